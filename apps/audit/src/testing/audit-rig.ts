import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { TopicName } from '#libs/contracts';
import { Eventing, InProcessBus, inProcessTransport } from '#libs/eventing';
import { createHttpApp, type Role, roles } from '#libs/shared/http';
import { ServiceLifecycle } from '#libs/shared/service';
import { createVaultKeys } from '#libs/vault';
import { AppModule } from '../app.module.js';
import { auditConfig } from '../config.js';
import type { AnyEvent } from '../log/domain/event.js';

/** The audit service as `npm start` runs it, over a fresh database of a real mongod. For tests. */
export interface AuditRig {
  readonly app: NestFastifyApplication;
  /** Hands events to the service as the transport would. */
  publish(topic: TopicName, ...events: readonly AnyEvent[]): Promise<void>;
  /** A door, with a token that says these roles. */
  get(path: string, role: Role | undefined, accept?: string): Promise<{ status: number; type: string; text: string; json: () => unknown }>;
  /** What a writer outside of the service does to its database. */
  database(): ReturnType<typeof connectionOf>;
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

function connectionOf(app: NestFastifyApplication) {
  return app.get<import('mongoose').Connection>('bulfinch:connection', { strict: false });
}

export async function openAuditRig(): Promise<AuditRig> {
  const dir = await mkdtemp(join(tmpdir(), 'audit-rig-'));
  const engine = await findEngine(join(dir, 'mongod'));
  await createVaultKeys(join(dir, 'keys'));
  const config = auditConfig({
    NODE_ENV: 'test',
    MONGODB_URI: engine.uri,
    DATABASE_PREFIX: `t_${randomUUID().slice(0, 8)}`,
    TRANSPORT: 'in-process',
    VAULT_KEYS_DIR: join(dir, 'keys'),
    LOCAL_ISSUER_DIR: dir,
  });
  const bus = new InProcessBus();
  const app = await createHttpApp(AppModule.register(config, inProcessTransport(bus, 'audit')), {
    title: 'audit under test',
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
  await app.startAllMicroservices();
  await app.get(Eventing, { strict: false }).start();
  return {
    app,
    publish: (topic, ...events) =>
      bus.publish(
        topic,
        events.map((event) => ({ key: event.subject, value: Buffer.from(JSON.stringify(event)), headers: {} })),
      ),
    get: async (path, role, accept) => {
      const answer = await app.inject({
        method: 'GET',
        url: path,
        headers: { ...(role ? { authorization: `Bearer ${role}` } : {}), ...(accept ? { accept } : {}) },
      });
      return {
        status: answer.statusCode,
        type: String(answer.headers['content-type']),
        text: answer.body,
        json: () => answer.json(),
      };
    },
    database: () => connectionOf(app),
    close: async () => {
      await connectionOf(app).dropDatabase();
      await app.close();
      await engine.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
