import { z } from 'zod';
import { commonSettings, loadConfig } from '#libs/shared/config';

const settings = z.object({
  ...commonSettings,
  /** Longest a conversion may take, seconds: the slowest real document (30 MB) takes some seconds; beyond this it is poison. */
  CONVERSION_SECONDS_MAX: z.coerce.number().positive().max(3600).default(120),
  /** Memory of one conversion, MB of JavaScript heap: a 30 MB document as a tree takes some hundred. */
  CONVERSION_MEMORY_MB_MAX: z.coerce.number().int().min(32).max(16_384).default(1024),
  /** Conversions side by side in one process. */
  CONVERSION_THREADS: z.coerce.number().int().min(1).max(64).default(2),
});
export type NormalizationConfig = z.infer<typeof settings>;

/** @throws ConfigProblem that names every wrong setting. */
export const normalizationConfig = (environment?: NodeJS.ProcessEnv): NormalizationConfig => loadConfig(settings, environment);
