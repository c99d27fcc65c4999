import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import mongoose from 'mongoose';
import { type BlobRef, checkEvent, type EventKind, exampleFacts, type PatientFacts, type ServiceName, topics } from '#libs/contracts';
import { Eventing, InProcessBus, inProcessTransport } from '#libs/eventing';
import { createHttpApp, type Role, roles } from '#libs/shared/http';
import { ServiceLifecycle } from '#libs/shared/service';
import { createVaultKeys, loadVaultKeys, Vault } from '#libs/vault';
import { AppModule } from '../app.module.js';
import { normalizationConfig } from '../config.js';
import type { SourceDocument } from '../record/domain/record.js';
import { RECORDS, type RecordCases } from '../record/record.cases.js';

/** The normalization service as `npm start` runs it, over a fresh database of a real mongod, with conversion threads. For tests. */
export interface NormalizationRig {
  readonly app: NestFastifyApplication;
  readonly records: RecordCases;
  readonly patientId: string;
  /** The vault as another service opens it. */
  vaultOf(service: ServiceName): Promise<Vault>;
  /** A document of the patient as ingestion stores it. */
  store(bytes: Uint8Array): Promise<SourceDocument>;
  /** What the register says of the patient, as ingestion seals it. */
  storeFacts(facts: PatientFacts): Promise<BlobRef>;
  /** Says an event of ingestion. */
  say(fact: string, transferId: string, sequence: number, data?: object): Promise<void>;
  get(path: string, role: Role | undefined): Promise<{ status: number; json: () => unknown }>;
  post(path: string, role: Role | undefined, body: unknown): Promise<{ status: number; json: () => unknown }>;
  close(): Promise<void>;
}

interface Engine {
  readonly uri: string;
  stop(): Promise<void>;
}

async function findEngine(dataDir: string): Promise<Engine> {
  const given = process.env['TEST_MONGODB_URI'];
  if (given) return { uri: given, stop: async () => undefined };
  // By a path in a variable: what starts engines is no part of an app's build.
  const starter = new URL('../../../../deploy/local/engines/mongod.mjs', import.meta.url).href;
  const { startMongod } = await import(starter);
  return startMongod({ dataDir });
}

export async function openNormalizationRig(settings: NodeJS.ProcessEnv = {}): Promise<NormalizationRig> {
  const dir = await mkdtemp(join(tmpdir(), 'normalization-rig-'));
  const engine = await findEngine(join(dir, 'mongod'));
  const keysDir = join(dir, 'keys');
  await createVaultKeys(keysDir);
  const prefix = `t_${randomUUID().slice(0, 8)}`;
  const config = normalizationConfig({
    NODE_ENV: 'test',
    MONGODB_URI: engine.uri,
    DATABASE_PREFIX: prefix,
    TRANSPORT: 'in-process',
    VAULT_KEYS_DIR: keysDir,
    LOCAL_ISSUER_DIR: dir,
    ...settings,
  });
  const bus = new InProcessBus();
  const app = await createHttpApp(AppModule.register(config, inProcessTransport(bus, 'normalization')), {
    title: 'normalization under test',
    // The token is the role: how tokens are checked is tested in libs/shared/http.
    verify: async (token) => {
      const role = roles.find((one) => one === token);
      return role && { subject: `test-${role}`, roles: [role], actor: { kind: 'user', id: `test-${role}` } };
    },
    ready: async () => [],
    metrics: async () => '',
  });
  app.connectMicroservice({ strategy: bus.strategy });
  await app.init();
  await app.get(ServiceLifecycle, { strict: false }).migrate();
  const connection = await mongoose.createConnection(engine.uri, { dbName: `${prefix}_vault` }).asPromise();
  await app.startAllMicroservices();
  await app.get(Eventing, { strict: false }).start();
  const vaultOf = async (service: ServiceName): Promise<Vault> => new Vault({ connection, keys: await loadVaultKeys(keysDir, service) });
  const patientId = randomUUID();
  return {
    app,
    patientId,
    records: app.get<RecordCases>(RECORDS, { strict: false }),
    vaultOf,
    store: async (bytes) => {
      const vault = await vaultOf('ingestion');
      const blob = await vault.put(bytes, { patientId, readers: ['normalization'], heldBy: patientId });
      return { documentId: randomUUID(), type: 'ccda', blob };
    },
    storeFacts: async (facts) => {
      const vault = await vaultOf('ingestion');
      return vault.put(Buffer.from(JSON.stringify(facts)), { patientId, readers: ['normalization'], heldBy: patientId });
    },
    say: (fact, transferId, sequence, data = {}) => {
      const event = ingestionEvent(fact, transferId, sequence, data);
      return bus.publish('bulfinch.ingestion.v1', [{ key: transferId, value: Buffer.from(JSON.stringify(event)), headers: {} }]);
    },
    get: async (path, role) => {
      const answer = await app.inject({ method: 'GET', url: path, headers: role ? { authorization: `Bearer ${role}` } : {} });
      return { status: answer.statusCode, json: () => answer.json() };
    },
    post: async (path, role, body) => {
      const headers = { 'content-type': 'application/json', ...(role && { authorization: `Bearer ${role}` }) };
      const answer = await app.inject({ method: 'POST', url: path, headers, payload: JSON.stringify(body) });
      return { status: answer.statusCode, json: () => answer.json() };
    },
    close: async () => {
      await app.close();
      await connection.dropDatabase();
      await connection.useDb(`${prefix}_normalization`).dropDatabase();
      await connection.close();
      await engine.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** The facts of the planted transfers, for one patient. */
export function factsOf(patientId: string): typeof exampleFacts {
  return { ...exampleFacts, patientId: patientId as typeof exampleFacts.patientId };
}

function ingestionEvent(fact: string, subject: string, sequence: number, data: object): object {
  const topic = 'bulfinch.ingestion.v1';
  const kind = (topics[topic].events as readonly EventKind[]).find(({ type }) => type === `org.bulfinch.ingestion.${fact}.v1`);
  if (!kind) throw new Error(`no such fact: ${fact}`);
  const checked = checkEvent(topic, {
    specversion: '1.0',
    id: `${topic}/${subject}/${sequence}`,
    source: '/bulfinch/ingestion',
    subject,
    partitionkey: subject,
    sequence,
    time: '2026-11-24T12:00:00.000Z',
    datacontenttype: 'application/json',
    correlationid: subject,
    type: kind.type,
    // The example's patient lies in no vault: a test that wants one names it.
    data: { ...(kind.example as object), patient: undefined, ...data },
  });
  if (!checked.ok) throw new Error(`the planted event is not valid: ${checked.where}`);
  return checked.event;
}
