import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Connection } from 'mongoose';
import {
  type AnyDraft,
  type BlobRef,
  type CloudEvent,
  exampleActor,
  exampleInstant,
  type TopicName,
  type TransferFacts,
} from '#libs/contracts';
import { InProcessBus, inProcessTransport } from '#libs/eventing';
import { type Caller, createHttpApp, type Role, roles } from '#libs/shared/http';
import { openConnection, ServiceLifecycle } from '#libs/shared/service';
import { createVaultKeys, loadVaultKeys, Vault } from '#libs/vault';
import { AppModule } from '../app.module.js';
import type { ConsentConfig } from '../config.js';
import { CONSENTS, type ConsentCases } from '../consent/consent.repository.js';
import { record } from '../release/domain/content/record.examples.js';
import { RELEASES, type ReleaseCases } from '../release/release.repository.js';

const environment = process.env;
/** Why the suite is skipped; undefined: it runs. */
export const mongodbSkip = environment.TEST_SKIP_MONGODB;

export interface Mongodb {
  readonly uri: string;
  stop(): Promise<void>;
}
/** A real mongod: the one the tests are given, or one of their own that ends with them. */
export async function mongodb(): Promise<Mongodb> {
  const given = environment.TEST_MONGODB_URI;
  if (given) return { uri: given, stop: async () => undefined };
  const dataDir = mkdtempSync(join(tmpdir(), 'bulfinch-mongod-'));
  const { startMongod } = await import('../../../../deploy/local/engines/mongod.mjs');
  const started = await startMongod({ dataDir });
  return { uri: started.uri, stop: () => started.stop().then(() => rmSync(dataDir, { recursive: true, force: true })) };
}

export function testConfig(uri: string, keysDir: string, changes: Partial<ConsentConfig> = {}): ConsentConfig {
  return {
    NODE_ENV: 'test',
    HOST: '127.0.0.1',
    PORT: 0,
    MONGODB_URI: uri,
    DATABASE_PREFIX: `t${randomUUID().slice(0, 8)}`,
    TRANSPORT: 'in-process',
    VAULT_KEYS_DIR: keysDir,
    OIDC_AUDIENCE: 'bulfinch',
    HOSPITAL_PARTY_ID: 'mgh',
    UNREAD_WAIVER_POLICY: 'embedded-demo',
    PERMIT_LIFE_MS: 1_000,
    PERMIT_MARGIN_MS: 100,
    REVIEW_DAYS: 5,
    RECIPIENT_WAIT_SECONDS: 2,
    ...changes,
  };
}

/** A token is the name of its role: what a verified token says is tested in libs/shared. */
function callerOf(token: string): Caller | undefined {
  const role = roles.find((one) => one === token);
  return role && { subject: `${role}-1`, roles: [role], actor: { kind: 'user', id: `${role}-1` } };
}

interface Answer {
  readonly status: number;
  readonly type: string;
  // JSON of a door: looked into by the tests.
  readonly body: Record<string, unknown>;
}

/** One running consent service over a real mongod and the in-process transport; the tests speak for its neighbours. */
export class ConsentWorld {
  private constructor(
    readonly app: NestFastifyApplication,
    private readonly bus: InProcessBus,
    private readonly config: ConsentConfig,
    /** Next sequence by topic and subject: of the neighbours, so it outlives a restart. */
    private readonly said: Map<string, number>,
  ) {}

  static async start(config: ConsentConfig, said = new Map<string, number>()): Promise<ConsentWorld> {
    const bus = new InProcessBus();
    const transport = inProcessTransport(bus, 'consent');
    const app = await createHttpApp(AppModule.register(config, transport), {
      title: 'consent',
      verify: async (token) => callerOf(token),
      ready: async () => [],
      metrics: async () => '',
    });
    app.connectMicroservice({ strategy: transport.strategy });
    await app.init();
    await app.getHttpAdapter().getInstance().ready();
    const lifecycle = app.get(ServiceLifecycle, { strict: false });
    await lifecycle.migrate();
    await app.startAllMicroservices();
    await lifecycle.eventing.start();
    return new ConsentWorld(app, bus, config, said);
  }

  /** A second process on the same database, with a bus of its own. */
  second(): Promise<ConsentWorld> {
    return ConsentWorld.start(this.config, this.said);
  }

  stop(): Promise<void> {
    return this.app.close();
  }

  get consents(): ConsentCases {
    return this.app.get<ConsentCases>(CONSENTS, { strict: false });
  }
  get releases(): ReleaseCases {
    return this.app.get<ReleaseCases>(RELEASES, { strict: false });
  }

  /** A neighbour publishes its next event about the subject. Returns its id. */
  async say(topic: TopicName, subject: string, draft: AnyDraft): Promise<string> {
    const event = this.next(topic, subject, draft);
    await this.bus.publish(topic, [{ key: subject, value: Buffer.from(JSON.stringify(event)), headers: {} }]);
    return event.id;
  }

  private next(topic: TopicName, subject: string, { type, data }: AnyDraft): CloudEvent {
    const sequence = (this.said.get(`${topic}/${subject}`) ?? 0) + 1;
    this.said.set(`${topic}/${subject}`, sequence);
    const service = type.split('.')[2] ?? '';
    return {
      specversion: '1.0',
      id: `${topic}/${subject}/${sequence}`,
      type,
      source: `/bulfinch/${service}`,
      subject,
      partitionkey: subject,
      sequence,
      time: exampleInstant,
      datacontenttype: 'application/json',
      correlationid: subject,
      data,
    };
  }

  async knowsRecipient(partyId: string, changes: object = {}): Promise<void> {
    const data = {
      version: 1,
      kind: 'clinic',
      countries: ['PT'],
      suspended: false,
      channelHash: 'a'.repeat(64),
      actor: exampleActor,
      ...changes,
    };
    await this.say('bulfinch.directory.v1', partyId, { type: 'org.bulfinch.delivery.party-changed.v1', data });
  }

  /** Normalization puts a record into the vault and says so. */
  async recordComes(transferId: string, facts: TransferFacts, content: object = record): Promise<void> {
    const blob = await this.asService('normalization', (vault) =>
      vault.put(Buffer.from(JSON.stringify(content)), { patientId: facts.patientId, readers: ['consent'], heldBy: transferId }),
    );
    await this.say('bulfinch.normalization.v1', transferId, {
      type: 'org.bulfinch.normalization.record-normalized.v1',
      data: { facts, documentIds: [randomUUID()], record: blob, ledger: { statements: 1, kept: 1, lost: 0, warnings: 0 } },
    });
  }

  delivery(transferId: string, fact: string, data: object): Promise<string> {
    return this.say('bulfinch.delivery.v1', transferId, {
      type: `org.bulfinch.delivery.${fact}.v1`,
      data: { deliveryId, release: 1, ...data },
    });
  }

  /** What the service has said of a transfer, by fact, in order. */
  async told(transferId: string): Promise<readonly { fact: string; data: Record<string, unknown>; time: string }[]> {
    const outbox = (await this.releases.load(transferId))?.outbox ?? [];
    // Each event's data is an object by its schema.
    return outbox.map(({ type, data, time }) => ({ fact: type.split('.')[3] ?? '', data: data as Record<string, unknown>, time }));
  }

  /** Opens content with the key of a service; throws when it is not sealed to it. */
  open(service: 'delivery' | 'consent', blob: BlobRef): Promise<Uint8Array> {
    return this.asService(service, (vault) => vault.open(blob));
  }

  async call(role: Role | undefined, method: 'GET' | 'PUT' | 'POST', url: string, body?: object): Promise<Answer> {
    const response = await this.app.inject({
      method,
      url,
      headers: { ...(role ? { authorization: `Bearer ${role}` } : {}), ...(body ? { 'content-type': 'application/json' } : {}) },
      ...(body ? { payload: JSON.stringify(body) } : {}),
    });
    return {
      status: response.statusCode,
      type: String(response.headers['content-type']),
      body: response.payload === '' ? {} : JSON.parse(response.payload),
    };
  }

  private async asService<T>(service: 'normalization' | 'delivery' | 'consent', use: (vault: Vault) => Promise<T>): Promise<T> {
    const connection: Connection = await openConnection(this.config, 'vault');
    try {
      return await use(new Vault({ connection, keys: await loadVaultKeys(this.config.VAULT_KEYS_DIR, service) }));
    } finally {
      await connection.close();
    }
  }
}

export const deliveryId = randomUUID();

/** Keys of all services, in a folder that ends with the tests. */
export async function vaultKeys(): Promise<{ readonly dir: string; remove(): void }> {
  const dir = mkdtempSync(join(tmpdir(), 'bulfinch-keys-'));
  await createVaultKeys(dir);
  return { dir, remove: () => rmSync(dir, { recursive: true, force: true }) };
}

/** A Consent of the patient for the clinic, as a records desk would enter it. */
export function consentFor(patientId: string, provision: object = {}): object {
  return {
    resourceType: 'Consent',
    status: 'active',
    scope: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentscope', code: 'patient-privacy' }] },
    category: [{ coding: [{ system: 'http://loinc.org', code: '59284-0' }] }],
    patient: { reference: `Patient/${patientId}` },
    dateTime: '2026-01-01',
    policyRule: { text: 'Authorization under 45 CFR 164.508', coding: [{ system: 'urn:mgh:forms', code: 'authorization' }] },
    provision: {
      type: 'permit',
      actor: [
        {
          role: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ParticipationType', code: 'IRCP' }] },
          reference: { reference: 'Organization/clinica-lisboa' },
        },
      ],
      purpose: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason', code: 'TREAT' }],
      ...provision,
    },
  };
}
