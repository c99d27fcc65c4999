import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import mongoose from 'mongoose';
import { type CloudEvent, checkEvent, type EventKind, type EventOn, exampleFacts, type TopicName, topics } from '#libs/contracts';
import { Eventing, InProcessBus, inProcessTransport } from '#libs/eventing';
import { createHttpApp, type Role, roles } from '#libs/shared/http';
import { ServiceLifecycle } from '#libs/shared/service';
import { createVaultKeys, loadVaultKeys, Vault } from '#libs/vault';
import { AppModule } from '../app.module.js';
import { deliveryConfig } from '../config.js';

export type DeliveryEvent = EventOn<'bulfinch.delivery.v1'>;
/** How the consent of the tests answers an ask: within so many ms of life, refused, or not at all. */
export type Answer = { readonly lifeMs: number } | 'refused' | 'silent';

export interface Received {
  readonly id: string;
  readonly sha256: string;
  readonly identifier: { readonly system: string; readonly value: string };
}
export interface RequestLine {
  readonly answer: number | 'reset';
  readonly door: string;
  readonly sha256?: string;
  readonly isAuthorized: boolean;
  readonly at: string;
}
export interface DeliveryRig {
  /** Base URL of the clinic's server, without the party. */
  readonly clinicUrl: string;
  /** What delivery has published, in order. */
  readonly events: readonly DeliveryEvent[];
  readonly database: mongoose.Connection;
  /** From now on; the next ask takes the first of `next`. */
  answer(always: Answer, ...next: Answer[]): void;
  ask(
    path: string,
    ask?: { method?: 'GET' | 'POST' | 'PUT'; as?: string; body?: unknown },
  ): Promise<{ status: number; body: Record<string, unknown> }>;
  /** Enters a clinic that stands on the loopback server under its own id; `channel` and `party` change what is said of it. Answers the status. */
  enter(id: string, channel?: object, party?: object): Promise<number>;
  /** A released transfer, as consent tells it. Returns the transfer's id. */
  release(recipientId: string, text?: string): Promise<string>;
  say(fact: string, transferId: string, data: object): Promise<void>;
  /** The first event of this fact about the transfer, or an error after 20 s. */
  heard<Fact extends string>(transferId: string, fact: Fact): Promise<DeliveryEvent>;
  /** The event that tells this fact of evidence about the transfer, or an error after 20 s. */
  evidence(transferId: string, fact: string): Promise<DeliveryEvent>;
  factsOf(transferId: string): string[];
  received(party: string): Promise<Received[]>;
  /** What came in order to send or to look. */
  requests(party: string): Promise<RequestLine[]>;
  /** What came in order to read back what was stored. */
  reads(party: string): Promise<RequestLine[]>;
  /** What the clinic answers to a FHIR read or search under its base. */
  fhir(party: string, path: string): Promise<Record<string, unknown>>;
  plan(party: string, faults: object): Promise<void>;
  close(): Promise<void>;
}

const heardWithinMs = 20_000;

/** The delivery service as `npm start` runs it, a real mongod, the clinic's server of apps/clinic, and a consent that only answers asks. */
export async function openDeliveryRig(settings: Record<string, string> = {}): Promise<DeliveryRig> {
  const dir = await mkdtemp(join(tmpdir(), 'delivery-rig-'));
  const engine = await findEngine(join(dir, 'mongod'));
  const keysDir = join(dir, 'keys');
  await createVaultKeys(keysDir);
  const config = deliveryConfig({
    NODE_ENV: 'test',
    MONGODB_URI: engine.uri,
    DATABASE_PREFIX: `t_${randomUUID().slice(0, 8)}`,
    TRANSPORT: 'in-process',
    VAULT_KEYS_DIR: keysDir,
    LOCAL_ISSUER_DIR: dir,
    DELIVERY_BACKOFF_FIRST_MS: '20',
    DELIVERY_BACKOFF_MAX_MS: '200',
    ...settings,
  });
  const bus = new InProcessBus();
  const app = await createHttpApp(AppModule.register(config, inProcessTransport(bus, 'delivery')), {
    title: 'delivery under test',
    verify: async (token) => callerOf(token),
    ready: async () => [],
    metrics: async () => '',
  });
  app.connectMicroservice({ strategy: bus.strategy });
  await app.init();
  const vaultDatabase = await mongoose.createConnection(engine.uri, { dbName: `${config.DATABASE_PREFIX}_vault` }).asPromise();
  await app.get(ServiceLifecycle, { strict: false }).migrate();
  const say = publisher(bus);
  const consent = consentDouble(bus, say);
  await app.startAllMicroservices();
  await app.get(Eventing, { strict: false }).start();
  const clinic = await startClinic(dir);
  const consentVault = new Vault({ connection: vaultDatabase, keys: await loadVaultKeys(keysDir, 'consent') });
  const database = app.get<mongoose.Connection>('bulfinch:connection', { strict: false });
  const control = async <Body>(party: string, door: string): Promise<Body> =>
    (await fetch(`${clinic.url}/${party}/control/${door}`)).json() as Promise<Body>;
  return {
    clinicUrl: clinic.url,
    events: consent.events,
    database,
    answer: consent.answer,
    ask: (path, ask = {}) => send(app, path, ask),
    enter: async (id, channel = {}, party = {}) => {
      const body = {
        name: 'Clínica',
        kind: 'clinic',
        country: 'PT',
        internal: true,
        channel: { type: 'fhir', baseUrl: `${clinic.url}/${id}/fhir`, retry: 'dedupes', ...channel },
        ...party,
      };
      return (await send(app, `/delivery/recipients/${id}`, { method: 'PUT', body })).status;
    },
    release: async (recipientId, text = 'summary') => {
      const transferId = randomUUID();
      const patientId = exampleFacts.patientId;
      const content = await consentVault.put(Buffer.from(documentOf(text)), { patientId, readers: ['delivery'], heldBy: transferId });
      await say('record-released', transferId, { facts: { ...exampleFacts, recipientId }, content, sha256: content.sha256 });
      return transferId;
    },
    say,
    heard: (transferId, fact) => consent.heard(transferId, fact, (event) => factOf(event) === fact),
    evidence: (transferId, fact) =>
      consent.heard(transferId, fact, ({ data }) => 'evidence' in data && !Array.isArray(data.evidence) && data.evidence.fact === fact),
    factsOf: (transferId) => consent.events.filter(({ subject }) => subject === transferId).map(factOf),
    received: (party) => control(party, 'received'),
    requests: async (party) => (await control<RequestLine[]>(party, 'requests')).filter(({ door }) => door !== 'read'),
    reads: async (party) => (await control<RequestLine[]>(party, 'requests')).filter(({ door }) => door === 'read'),
    fhir: async (party, path) => (await fetch(`${clinic.url}/${party}/fhir/${path}`)).json() as Promise<Record<string, unknown>>,
    plan: async (party, faults) => {
      const answer = await fetch(`${clinic.url}/${party}/control/faults`, {
        method: 'PUT',
        body: JSON.stringify(faults),
        headers: { 'content-type': 'application/json' },
      });
      if (answer.status !== 204) throw new Error('the clinic did not take the faults');
    },
    close: async () => {
      await database.dropDatabase();
      await vaultDatabase.dropDatabase();
      await vaultDatabase.close();
      await app.close();
      await clinic.close();
      await engine.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

export const factOf = (event: CloudEvent): string => event.type.split('.')[3] ?? '';

/** A FHIR document that a strict receiver takes; spaces and digits as no program would write them again. */
function documentOf(text: string): string {
  return (
    '{"resourceType":"Bundle",  "type":"document","identifier":{"system":"urn:bulfinch:release","value":"r"},"timestamp":"2026-11-24T12:00:00Z",' +
    `"entry":[{"fullUrl":"urn:uuid:1","resource":{"resourceType":"Composition","title":"${text}","section":[{"entry":[{"reference":"urn:uuid:2"}]}]}},` +
    '{"fullUrl":"urn:uuid:2","resource":{"resourceType":"Observation","valueQuantity":{"value":1.10}}}]}'
  );
}

/** Answers asks as told, and keeps what delivery says. */
function consentDouble(bus: InProcessBus, say: DeliveryRig['say']) {
  const events: DeliveryEvent[] = [];
  const waiting = new Set<() => void>();
  let always: Answer = { lifeMs: 30_000 };
  let next: Answer[] = [];
  bus.subscribe('bulfinch.delivery.v1', 'consent', async ({ value }) => {
    const event = JSON.parse(value?.toString('utf8') ?? '') as DeliveryEvent;
    if (events.some(({ id }) => id === event.id)) return;
    events.push(event);
    for (const look of waiting) look();
    if (event.type !== 'org.bulfinch.delivery.permit-asked.v1') return;
    const answer = next.shift() ?? always;
    const { release } = event.data;
    if (answer === 'refused') await say('permit-refused', event.subject, { permitId: event.id, release, reason: 'gate-not-open' });
    else if (answer !== 'silent') await say('permit-granted', event.subject, { permitId: event.id, release, lifeMs: answer.lifeMs });
  });
  const heard = (transferId: string, what: string, is: (event: DeliveryEvent) => boolean): Promise<DeliveryEvent> =>
    new Promise((resolve, reject) => {
      const find = () => events.find((event) => event.subject === transferId && is(event));
      const timer = setTimeout(() => {
        waiting.delete(look);
        reject(new Error(`not heard: ${what}; heard: ${events.map(factOf).join(' ')}`));
      }, heardWithinMs);
      const look = () => {
        const found = find();
        if (!found) return;
        clearTimeout(timer);
        waiting.delete(look);
        resolve(found);
      };
      waiting.add(look);
      look();
    });
  const answer = (one: Answer, ...first: Answer[]): void => {
    always = one;
    next = first;
  };
  return { events, heard, answer };
}

/** Speaks for consent: the example of the contract with its data changed, at the next place of the transfer. */
function publisher(bus: InProcessBus): DeliveryRig['say'] {
  const topic: TopicName = 'bulfinch.consent.v1';
  const places = new Map<string, number>();
  return async (fact, subject, data) => {
    const kind = (topics[topic].events as readonly EventKind[]).find(({ type }) => type.split('.')[3] === fact);
    if (!kind) throw new Error(`no such fact: ${fact}`);
    const sequence = (places.get(subject) ?? 0) + 1;
    places.set(subject, sequence);
    const checked = checkEvent(topic, {
      specversion: '1.0',
      id: `${topic}/${subject}/${sequence}`,
      source: '/bulfinch/consent',
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
    await bus.publish(topic, [{ key: subject, value: Buffer.from(JSON.stringify(checked.event)), headers: {} }]);
  };
}

/** `records-staff`, or `clinic:clinica-porto`. How tokens are checked is tested in libs/shared/http. */
function callerOf(token: string) {
  const [name, partyId] = token.split('.');
  const role = roles.find((one) => one === name);
  if (!role) return undefined;
  return {
    subject: 'someone',
    roles: [role] as Role[],
    partyId,
    actor: { kind: 'user' as const, id: 'someone', ...(partyId && { partyId }) },
  };
}

async function send(
  app: NestFastifyApplication,
  path: string,
  { method, as = 'records-staff', body }: { method?: 'GET' | 'POST' | 'PUT'; as?: string; body?: unknown },
) {
  const answer = await app.inject({
    method: method ?? 'GET',
    url: path,
    headers: { authorization: `Bearer ${as.replace(':', '.')}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
  });
  return { status: answer.statusCode, body: answer.body === '' ? {} : (JSON.parse(answer.body) as Record<string, unknown>) };
}

/** By a path in a variable: the clinic is another house, started like an engine; nothing of delivery imports it. */
async function startClinic(dir: string): Promise<{ url: string; close(): Promise<void> }> {
  const clinic = new URL('../../../clinic/src/app.module.ts', import.meta.url).href;
  return (await import(clinic)).startClinic({ HOST: '127.0.0.1', PORT: 0, DATA_DIR: dir });
}

async function findEngine(dataDir: string): Promise<{ uri: string; stop(): Promise<void> }> {
  const given = process.env['TEST_MONGODB_URI'];
  if (given) return { uri: given, stop: async () => undefined };
  const starter = new URL('../../../../deploy/local/engines/mongod.mjs', import.meta.url).href;
  return (await import(starter)).startMongod({ dataDir });
}
