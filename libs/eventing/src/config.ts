import { z } from 'zod';

/** Settings of the explicit step that creates the topics. */
const createTopicsSettings = z.object({
  KAFKA_BROKERS: z.string().min(1),
  /** Copies of each partition; a real cluster has 3. */
  CREATE_TOPICS_REPLICATION: z.coerce.number().int().min(1).max(9).default(1),
});

/** Reads the settings; throws an error that names the wrong ones, never their values. */
export function readCreateTopicsSettings(environment: NodeJS.ProcessEnv = process.env): z.infer<typeof createTopicsSettings> {
  const read = createTopicsSettings.safeParse(environment);
  if (read.success) return read.data;
  const names = read.error.issues.map((issue) => issue.path.join('.'));
  throw new Error(`create-topics cannot run: set ${[...new Set(names)].join(', ')} rightly`);
}

/** Engines the tests are given, and those they must do without (`npm test` sets them; doors.md). */
export function readTestEngines(environment: NodeJS.ProcessEnv = process.env): {
  readonly mongodbUri?: string;
  readonly kafkaBrokers?: string;
  readonly skipMongodb?: string;
  readonly skipKafka?: string;
} {
  return {
    mongodbUri: environment.TEST_MONGODB_URI,
    kafkaBrokers: environment.TEST_KAFKA_BROKERS,
    skipMongodb: environment.TEST_SKIP_MONGODB,
    skipKafka: environment.TEST_SKIP_KAFKA,
  };
}
