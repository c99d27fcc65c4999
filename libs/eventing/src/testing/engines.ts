import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mongoose, { type Connection } from 'mongoose';
import { readTestEngines } from '../config.js';

const given = readTestEngines();

/** Why a suite that needs the engine is skipped; undefined: it runs. */
export const mongodbSkip = given.skipMongodb;
export const kafkaSkip = given.skipKafka;

export interface Engine {
  readonly address: string;
  stop(): Promise<void>;
}

/** A real mongod: the one the tests are given, or one of their own that ends with them. */
export async function mongodb(): Promise<Engine> {
  if (given.mongodbUri) return { address: given.mongodbUri, stop: async () => undefined };
  const dataDir = mkdtempSync(join(tmpdir(), 'bulfinch-mongod-'));
  const { startMongod } = await import('../../../../deploy/local/engines/mongod.mjs');
  const started = await startMongod({ dataDir });
  return { address: started.uri, stop: () => started.stop().then(() => rmSync(dataDir, { recursive: true, force: true })) };
}

/** A real Kafka, as above. */
export async function kafka(): Promise<Engine> {
  if (given.kafkaBrokers) return { address: given.kafkaBrokers, stop: async () => undefined };
  const dataDir = mkdtempSync(join(tmpdir(), 'bulfinch-kafka-'));
  const { startKafka } = await import('../../../../deploy/local/engines/kafka.mjs');
  const started = await startKafka({ dataDir });
  return { address: started.brokers, stop: () => started.stop().then(() => rmSync(dataDir, { recursive: true, force: true })) };
}

/** A database of its own for every test. */
export function openDatabase(uri: string, name = `eventing_${randomUUID().slice(0, 8)}`): Promise<Connection> {
  return mongoose.createConnection(uri, { dbName: name, autoIndex: false, autoCreate: false, serverSelectionTimeoutMS: 2_000 }).asPromise();
}
