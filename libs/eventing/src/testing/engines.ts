import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mongoose, { type Connection } from 'mongoose';

/** Environment of the tests (docs: `npm test` provides the engines; alone, a spec starts its own). */
const environment = process.env;

/** Why a suite that needs the engine is skipped; undefined: it runs. */
export const mongodbSkip = environment.TEST_SKIP_MONGODB;
export const kafkaSkip = environment.TEST_SKIP_KAFKA;

export interface Engine {
  readonly address: string;
  stop(): Promise<void>;
}

/** A real mongod: the one the tests are given, or one of their own that ends with them. */
export async function mongodb(): Promise<Engine> {
  const given = environment.TEST_MONGODB_URI;
  if (given) return { address: given, stop: async () => undefined };
  const dataDir = mkdtempSync(join(tmpdir(), 'bulfinch-mongod-'));
  const { startMongod } = await import('../../../../deploy/local/engines/mongod.mjs');
  const started = await startMongod({ dataDir });
  return { address: started.uri, stop: () => started.stop().then(() => rmSync(dataDir, { recursive: true, force: true })) };
}

/** A real Kafka, as above. */
export async function kafka(): Promise<Engine> {
  const given = environment.TEST_KAFKA_BROKERS;
  if (given) return { address: given, stop: async () => undefined };
  const dataDir = mkdtempSync(join(tmpdir(), 'bulfinch-kafka-'));
  const { startKafka } = await import('../../../../deploy/local/engines/kafka.mjs');
  const started = await startKafka({ dataDir });
  return { address: started.brokers, stop: () => started.stop().then(() => rmSync(dataDir, { recursive: true, force: true })) };
}

/** A database of its own for every test. */
export function openDatabase(uri: string, name = `eventing_${randomUUID().slice(0, 8)}`): Promise<Connection> {
  return mongoose.createConnection(uri, { dbName: name, autoIndex: false, autoCreate: false, serverSelectionTimeoutMS: 2_000 }).asPromise();
}
