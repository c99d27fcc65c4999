import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import kafkajs, { type Admin, type Kafka } from 'kafkajs';
import { echoesTopic, topicNames } from '#libs/contracts';
import type { IncomingMessage } from '../definition.js';
import { type Engine, kafkaSkip, mongodb, mongodbSkip, openDatabase } from '../testing/engines.js';
import { until } from '../testing/until.js';
import { silent, World, type WorldOptions } from '../testing/world.js';
import { kafkaTransport } from './kafka.js';
import { KafkaServer } from './kafka-server.js';
import { createTopics } from './topic-admin.js';

const slow = 120_000;
const reason = mongodbSkip ?? kafkaSkip;

// A broker of its own: these tests delete topics and kill it.
(reason ? describe.skip : describe)(`Kafka's traps${reason ? ` (skipped: ${reason})` : ''}`, () => {
  let broker: { brokers: string; kill(): Promise<void>; start(): Promise<void>; stop(): Promise<void> };
  let database: string;
  let storage: Engine;
  let run: string;
  let kafka: Kafka;
  let admin: Admin;
  let worlds: World[] = [];
  const dataDir = mkdtempSync(join(tmpdir(), 'bulfinch-kafka-traps-'));

  async function world(more: Partial<WorldOptions> = {}): Promise<World> {
    const opened = await World.open({ kind: 'kafka', run, database, mongodbUri: storage.address, brokers: broker.brokers, ...more });
    worlds.push(opened);
    return opened;
  }
  async function say(from: World, name: string, count: number): Promise<void> {
    for (let index = 0; index < count; index++) await from.speakers.handle(from.subject(name), { type: 'say' });
  }

  beforeAll(async () => {
    storage = await mongodb();
    const { startKafka } = await import('../../../../deploy/local/engines/kafka.mjs');
    broker = await startKafka({ dataDir });
    kafka = new kafkajs.Kafka({ brokers: [broker.brokers], logLevel: kafkajs.logLevel.NOTHING });
    admin = kafka.admin();
    await admin.connect();
  }, slow);
  beforeEach(() => {
    database = `eventing_${randomUUID().slice(0, 8)}`;
    run = `run-${randomUUID().slice(0, 13)}`;
  });
  afterEach(async () => {
    for (const opened of worlds) await opened.stop();
    worlds = [];
    const connection = await openDatabase(storage.address, database);
    await connection.dropDatabase();
    await connection.close();
  }, slow);
  afterAll(async () => {
    await admin.disconnect();
    await broker.stop();
    await storage.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }, slow);

  it(
    'does not start to read topics that are not there, and says what to do; nothing creates them by itself',
    async () => {
      const early = await world();
      await expect(early.start(['normalization'])).rejects.toThrow(/create-topics/);
      expect(await admin.listTopics()).not.toContain('bulfinch.ingestion.v1');
      await expect(
        early.transports.ingestion.publish('bulfinch.ingestion.v1', [{ key: 'k', value: Buffer.from('{}'), headers: {} }]),
      ).rejects.toThrow(/topic/);
      expect(await createTopics(admin, { replication: 1 })).toEqual({ created: [...topicNames, echoesTopic.name], rewound: [] });
      expect(await createTopics(admin, { replication: 1 })).toEqual({ created: [], rewound: [] });
      expect((await admin.listTopics()).filter((name) => name.startsWith('bulfinch.'))).toHaveLength(7);
    },
    slow,
  );

  it(
    'hands over value and headers as they were sent, whatever they look like',
    async () => {
      const heard: IncomingMessage[] = [];
      const server = new KafkaServer({
        service: 'normalization',
        brokers: [broker.brokers],
        clientId: run,
        groupId: run,
        logger: silent,
        onFatal: () => undefined,
      });
      server.addHandler('bulfinch.ingestion.v1', async (message: IncomingMessage) => {
        if (message.headers.run === run) heard.push(message);
      });
      await new Promise<void>((resolve, reject) => void server.listen((error) => (error ? reject(error as Error) : resolve())));
      const producer = kafka.producer();
      await producer.connect();
      const headers = { run, json: '{"a":1}', number: '0012', repeated: ['first', 'second'] };
      await producer.send({
        topic: 'bulfinch.ingestion.v1',
        messages: [
          { key: '{"k":1}', value: '{"v": 1.0}', headers },
          { key: '42', value: null, headers: { run } },
        ],
      });
      // At least once: a retry of the producer may bring one twice.
      await until(() => heard.some(({ value }) => value === null) && heard.some(({ value }) => value !== null));
      await producer.disconnect();
      await server.close();
      const [full] = heard.filter(({ value }) => value !== null);
      expect(full?.value?.toString()).toBe('{"v": 1.0}');
      expect(full?.headers).toEqual({ run, json: '{"a":1}', number: '0012', repeated: 'first' });
    },
    slow,
  );

  it('refuses a handler of a topic that the contracts do not know, and a service without a handler for one it reads', async () => {
    const options = {
      service: 'consent',
      brokers: [broker.brokers],
      clientId: run,
      groupId: run,
      logger: silent,
      onFatal: () => undefined,
    } as const;
    const server = new KafkaServer(options);
    expect(() => server.addHandler('bulfinch.ingestion.v2', async () => undefined)).toThrow(/does not know/);
    server.addHandler('bulfinch.delivery.v1', async () => undefined);
    const error = await new Promise((resolve) => void server.listen(resolve));
    expect(String(error)).toMatch(/consent has no handler for bulfinch.normalization.v1, bulfinch.directory.v1/);
    await server.close();
  });

  it(
    'tells the process to end when reading has crashed for good, and is not ready from then on',
    async () => {
      // A member of the same group that speaks another protocol: the broker refuses ours, and kafkajs does not try again.
      const other = kafka.consumer({
        groupId: run,
        partitionAssigners: [
          () => ({ name: 'another', version: 1, assign: async () => [], protocol: () => ({ name: 'another', metadata: Buffer.alloc(0) }) }),
        ],
      });
      await other.connect();
      await other.subscribe({ topics: ['bulfinch.access.v1'] });
      await other.run({ eachMessage: async () => undefined });
      await until(async () => (await admin.describeGroups([run])).groups[0]?.members.length === 1);
      const reasons: string[] = [];
      const transport = kafkaTransport({
        brokers: broker.brokers,
        service: 'normalization',
        groupId: run,
        logger: silent,
        onFatal: (why) => reasons.push(why),
      });
      const server = transport.strategy as KafkaServer; // The strategy of this transport.
      server.addHandler('bulfinch.ingestion.v1', async () => undefined);
      await new Promise<void>((resolve, reject) => void server.listen((error) => (error ? reject(error as Error) : resolve())));
      await until(() => reasons.length > 0);
      expect(transport.status()).toMatchObject({ ready: false, reason: expect.stringMatching(/crashed/) });
      await server.close();
      await transport.close();
      await other.disconnect();
    },
    slow,
  );

  it(
    'commits offsets only up to what is handled',
    async () => {
      const stuck = await world({
        beforeHearing: (subject, sequence) => {
          if (subject.endsWith('-stuck') && sequence === 2) throw new Error('storage is away for this case');
          return true;
        },
      });
      await stuck.start(['audit', 'normalization', 'ingestion']);
      await say(stuck, 'stuck', 5);
      await until(async () => (await stuck.applied(stuck.subject('stuck'))).length === 1);
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      const unhandled = async (group: string): Promise<bigint> => {
        const [committed] = await admin.fetchOffsets({ groupId: `${run}-${group}`, topics: ['bulfinch.ingestion.v1'] });
        const ends = await admin.fetchTopicOffsets('bulfinch.ingestion.v1');
        return ends.reduce((sum, { partition, high }) => {
          const own = committed?.partitions.find((found) => found.partition === partition);
          return sum + BigInt(high) - (BigInt(own?.offset ?? '-1') < 0n ? 0n : BigInt(own?.offset ?? '0'));
        }, 0n);
      };
      // Audit handled all five of the case; normalization the first one only.
      expect((await unhandled('normalization')) - (await unhandled('audit'))).toBeGreaterThanOrEqual(4n);
    },
    slow,
  );

  it(
    'tells when retention took messages that the group had not read, and brings them again all the same',
    async () => {
      const first = await world();
      await first.start();
      await say(first, 'case1', 2);
      await until(async () => (await first.applied(first.subject('case1'))).length === 2);
      await first.stop();
      const mute = await world();
      await mute.start(['ingestion']);
      await say(mute, 'case1', 2);
      await until(() => mute.eventing('ingestion').metrics().published >= 2);
      await mute.stop();
      const ends = await admin.fetchTopicOffsets('bulfinch.ingestion.v1');
      await admin.deleteTopicRecords({
        topic: 'bulfinch.ingestion.v1',
        partitions: ends.map(({ partition, high }) => ({ partition, offset: high })),
      });
      const second = await world();
      await second.start();
      expect(second.eventing('normalization').metrics().kafkaOffsetsGone).toBeGreaterThan(0);
      await until(async () => (await second.applied(second.subject('case1'))).length === 4);
    },
    slow,
  );

  it(
    'loses nothing when the broker is killed in the middle of the stream and comes back',
    async () => {
      const hit = await world();
      await hit.start();
      await say(hit, 'case1', 3);
      await until(async () => (await hit.applied(hit.subject('case1'))).length === 3);
      await broker.kill();
      await say(hit, 'case1', 3);
      await broker.start();
      await until(async () => (await hit.applied(hit.subject('case1'))).length === 6, 90_000);
      expect(await hit.applied(hit.subject('case1'))).toEqual([1, 2, 3, 4, 5, 6]);
    },
    slow,
  );

  it(
    'loses nothing when every topic is deleted with messages on the way: echoes heal it, and readers start at the beginning',
    async () => {
      const first = await world();
      await first.start();
      await say(first, 'case1', 2);
      await until(async () => (await first.applied(first.subject('case1'))).length === 2);
      await first.stop();
      const mute = await world();
      await mute.start(['ingestion']);
      await say(mute, 'case1', 3);
      await until(() => mute.eventing('ingestion').metrics().published >= 3);
      await mute.stop();
      await admin.deleteTopics({ topics: [...topicNames, echoesTopic.name] });
      await until(async () => !(await admin.listTopics()).includes('bulfinch.ingestion.v1'));
      const { created } = await createTopics(admin, { replication: 1, groupOf: (service) => `${run}-${service}` });
      expect(created).toHaveLength(7);
      const second = await world();
      await second.start();
      await until(async () => (await second.applied(second.subject('case1'))).length === 5, 60_000);
      expect(await second.applied(second.subject('case1'))).toEqual([1, 2, 3, 4, 5]);
      await until(async () => (await second.speakers.model.countDocuments({ unheard: true })) === 0);
    },
    slow,
  );
});
