import { z } from 'zod';
import { commonSettings, loadConfig } from '#libs/shared/config';

/** The embedded mode: all services in one process, in-process transport. Each service reads its own settings beside these. */
const schema = z.object({ ...commonSettings, TRANSPORT: z.literal('in-process').default('in-process') });
export type StandaloneConfig = z.infer<typeof schema>;

export function readConfig(): StandaloneConfig {
  return loadConfig(schema);
}
