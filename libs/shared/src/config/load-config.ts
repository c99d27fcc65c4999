import { z } from 'zod';

/** One or more settings are missing or wrong. The message names them and what is wanted, never the value found. */
export class ConfigProblem extends Error {
  override readonly name = 'ConfigProblem';
}

/** Settings every service has. Defaults stand here and nowhere else. */
export const commonSettings = {
  NODE_ENV: z.enum(['production', 'development', 'test']).default('development'),
  HOST: z.string().min(1).default('127.0.0.1'),
  PORT: z.coerce.number().int().min(0).max(65_535).default(3000),
  MONGODB_URI: z.string().regex(/^mongodb(\+srv)?:\/\//, 'must start with mongodb:// or mongodb+srv://'),
  /** Prefix of the databases, so that several systems (and tests) may share one mongod. */
  DATABASE_PREFIX: z
    .string()
    .regex(/^[a-z][a-z0-9_]{0,30}$/)
    .default('bulfinch'),
  TRANSPORT: z.enum(['kafka', 'in-process']).default('kafka'),
  KAFKA_BROKERS: z
    .string()
    .regex(/^[^,\s]+:\d+(,[^,\s]+:\d+)*$/, 'must be host:port, comma separated')
    .transform((list) => list.split(','))
    .optional(),
  VAULT_KEYS_DIR: z.string().min(1),
  OIDC_ISSUER: z.url().optional(),
  OIDC_AUDIENCE: z.string().min(1).default('bulfinch'),
  LOCAL_ISSUER_DIR: z.string().min(1).optional(),
  HOSPITAL_PARTY_ID: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9-]{0,63}$/)
    .default('mgh'),
  UNREAD_WAIVER_POLICY: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,59}$/)
    .optional(),
} as const;

const commonSchema = z.object(commonSettings);
export type CommonConfig = z.infer<typeof commonSchema>;

/**
 * Reads settings from the environment by one schema. Names every wrong setting at once.
 * @throws ConfigProblem, also for combinations that are not allowed (a local issuer in production, Kafka without brokers).
 */
export function loadConfig<Schema extends z.ZodObject>(schema: Schema, environment: NodeJS.ProcessEnv = process.env): z.infer<Schema> {
  const present = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''));
  const parsed = schema.safeParse(present);
  const problems = parsed.success
    ? combinationProblems(parsed.data as Partial<CommonConfig>) // every service's schema holds the common settings
    : parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${wanted(issue)}`);
  if (!parsed.success || problems.length > 0)
    throw new ConfigProblem(`Bulfinch cannot start, these settings are wrong:\n  ${problems.join('\n  ')}`);
  return parsed.data;
}

/** zod's own words may hold the value (an enum's "received"); only what is wanted is told. */
function wanted(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_value') return `must be one of ${issue.values.map(String).join(', ')}`;
  if (issue.code === 'invalid_type') return issue.input === undefined ? 'is missing' : `must be a ${issue.expected}`;
  if (issue.code === 'too_small') return `must be at least ${issue.minimum}`;
  if (issue.code === 'too_big') return `must be at most ${issue.maximum}`;
  return issue.message.startsWith('must') ? issue.message : 'has not the right form';
}

function combinationProblems(config: Partial<CommonConfig>): string[] {
  const problems: string[] = [];
  if (config.TRANSPORT === 'kafka' && !config.KAFKA_BROKERS) problems.push('KAFKA_BROKERS: is missing, TRANSPORT is kafka');
  if (config.LOCAL_ISSUER_DIR && config.NODE_ENV === 'production')
    problems.push('LOCAL_ISSUER_DIR: the local token issuer is for the embedded mode only and refused in production; set OIDC_ISSUER');
  if (!config.LOCAL_ISSUER_DIR && !config.OIDC_ISSUER) problems.push('OIDC_ISSUER: is missing, and there is no LOCAL_ISSUER_DIR');
  return problems;
}
