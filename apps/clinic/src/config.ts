import { z } from 'zod';
import { ConfigProblem } from '#libs/shared/config';

/** The clinic has no database, no Kafka, no tokens: not the settings of the services. */
const schema = z.object({
  HOST: z.string().min(1).default('127.0.0.1'),
  PORT: z.coerce.number().int().min(0).max(65_535).default(3999),
  DATA_DIR: z.string().min(1),
});
export type ClinicConfig = z.infer<typeof schema>;

/** Reads the clinic's settings. @throws ConfigProblem that names every wrong setting, never its value. */
export function clinicConfig(): ClinicConfig {
  const parsed = schema.safeParse(process.env);
  if (parsed.success) return parsed.data;
  throw new ConfigProblem(
    `The clinic cannot start, these settings are wrong: ${parsed.error.issues.map((issue) => issue.path.join('.')).join(', ')}`,
  );
}
