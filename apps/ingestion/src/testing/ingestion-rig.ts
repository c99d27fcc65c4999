import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import mongoose, { type Connection } from 'mongoose';
import { type CloudEvent, checkEvent, type EventKind, type ServiceName, type TopicName, topics } from '#libs/contracts';
import { Eventing, InProcessBus, inProcessTransport } from '#libs/eventing';
import { createHttpApp, type Role, roles } from '#libs/shared/http';
import { ServiceLifecycle } from '#libs/shared/service';
import { createVaultKeys, loadVaultKeys, Vault } from '#libs/vault';
import { AppModule } from '../app.module.js';
import { ingestionConfig } from '../config.js';

/** Small, so that the limit can be met: a document of the tests has some KB. */
export const documentBytesMax = 256 * 1024;

export interface Answer<Body = Record<string, unknown>> {
  readonly status: number;
  readonly type: string;
  readonly body: Body;
}
export interface Ask {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** `records-staff`, or `clinic:clinica-porto`, with another subject as `records-staff@anna`; undefined: no token. */
  readonly as?: string;
  readonly body?: unknown;
  /** Sent as it is. */
  readonly raw?: Buffer | string;
  readonly headers?: Record<string, string>;
}

/** The ingestion service as `npm start` runs it, over fresh databases of a real mongod. Of the other services only their events are there. */
export interface IngestionRig {
  readonly app: NestFastifyApplication;
  /** Where it listens, for what `inject` cannot do: connections that break. */
  readonly url: string;
  ask<Body = Record<string, unknown>>(path: string, ask?: Ask): Promise<Answer<Body>>;
  /** An event as its service publishes it: the example of the contract with its data changed, at the next place of the subject. */
  say(topic: TopicName, fact: string, subject: string, data?: object): Promise<void>;
  readonly database: Connection;
  vaultOf(service: ServiceName): Promise<Vault>;
  close(): Promise<void>;
}

export async function openIngestionRig(): Promise<IngestionRig> {
  const dir = await mkdtemp(join(tmpdir(), 'ingestion-rig-'));
  const engine = await findEngine(join(dir, 'mongod'));
  const keysDir = join(dir, 'keys');
  await createVaultKeys(keysDir);
  const config = ingestionConfig({
    NODE_ENV: 'test',
    MONGODB_URI: engine.uri,
    DATABASE_PREFIX: `t_${randomUUID().slice(0, 8)}`,
    TRANSPORT: 'in-process',
    VAULT_KEYS_DIR: keysDir,
    LOCAL_ISSUER_DIR: dir,
    DOCUMENT_BYTES_MAX: String(documentBytesMax),
  });
  const bus = new InProcessBus();
  const app = await createHttpApp(AppModule.register(config, inProcessTransport(bus, 'ingestion')), {
    title: 'ingestion under test',
    verify: async (token) => callerOf(token),
    ready: async () => [],
    metrics: async () => '',
  });
  app.connectMicroservice({ strategy: bus.strategy });
  await app.init();
  const eventing = app.get(Eventing, { strict: false });
  const database = app.get<Connection>('bulfinch:connection', { strict: false });
  const vaultDatabase = await mongoose.createConnection(engine.uri, { dbName: `${config.DATABASE_PREFIX}_vault` }).asPromise();
  await app.get(ServiceLifecycle, { strict: false }).migrate();
  await app.startAllMicroservices();
  await eventing.start();
  await app.listen(0, '127.0.0.1');
  return {
    app,
    url: await app.getUrl(),
    ask: (path, ask = {}) => send(app, path, ask),
    say: publisher(bus),
    database,
    vaultOf: async (service) => new Vault({ connection: vaultDatabase, keys: await loadVaultKeys(keysDir, service) }),
    close: async () => {
      await database.dropDatabase();
      await vaultDatabase.dropDatabase();
      await vaultDatabase.close();
      await app.close();
      await engine.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** The token is the role: how tokens are checked is tested in libs/shared/http. */
function callerOf(token: string) {
  const [claim = '', subject = 'someone'] = token.split('~');
  const [name, partyId] = claim.split('.');
  const role = roles.find((one) => one === name);
  if (!role) return undefined;
  const id = partyId ? `${partyId}-${subject}` : subject;
  return { subject: id, roles: [role] as Role[], partyId, actor: { kind: 'user' as const, id, ...(partyId && { partyId }) } };
}

async function send<Body>(app: NestFastifyApplication, path: string, { method, as, body, raw, headers }: Ask): Promise<Answer<Body>> {
  const token = as?.replace(':', '.').replace('@', '~');
  const answer = await app.inject({
    method: method ?? 'GET',
    url: path,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(raw !== undefined && { 'content-type': 'application/octet-stream' }),
      ...headers,
    },
    ...(body !== undefined && { payload: JSON.stringify(body) }),
    ...(raw !== undefined && { payload: raw }),
  });
  const parsed = answer.body === '' ? {} : JSON.parse(answer.body);
  return { status: answer.statusCode, type: String(answer.headers['content-type']), body: parsed as Body };
}

function publisher(bus: InProcessBus): IngestionRig['say'] {
  const places = new Map<string, number>();
  return async (topic, fact, subject, data = {}) => {
    const kind = (topics[topic].events as readonly EventKind[]).find(({ type }) => type.split('.')[3] === fact);
    if (!kind) throw new Error(`no such fact on ${topic}: ${fact}`);
    const place = `${kind.service} ${subject}`;
    const sequence = (places.get(place) ?? 0) + 1;
    places.set(place, sequence);
    const checked = checkEvent(topic, {
      specversion: '1.0',
      id: `${topic}/${subject}/${sequence}`,
      source: `/bulfinch/${kind.service}`,
      subject,
      partitionkey: subject,
      sequence,
      time: new Date().toISOString(),
      datacontenttype: 'application/json',
      correlationid: subject,
      type: kind.type,
      data: { ...(kind.example as object), ...data },
    });
    if (!checked.ok) throw new Error(`the planted event is not valid: ${checked.where}`);
    const event: CloudEvent = checked.event;
    await bus.publish(topic, [{ key: subject, value: Buffer.from(JSON.stringify(event)), headers: {} }]);
  };
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
