import { z } from 'zod';
import { commonSettings, loadConfig } from '#libs/shared/config';

const settings = z.object(commonSettings);
export type AuditConfig = z.infer<typeof settings>;

/** @throws ConfigProblem that names every wrong setting. */
export const auditConfig = (environment?: NodeJS.ProcessEnv): AuditConfig => loadConfig(settings, environment);
