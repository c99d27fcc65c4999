import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kafka as KafkaClient, logLevel } from 'kafkajs';
import { MongoClient } from 'mongodb';
import { startKafka } from '../../deploy/local/engines/kafka.mjs';
import { startMongod } from '../../deploy/local/engines/mongod.mjs';
import { isAlive } from '../../deploy/local/host.mjs';

/** A loaded machine starts a JVM in half a minute. */
const timeoutMs = 180_000;
const engines = new URL('../../deploy/local/engines/', import.meta.url).href;
const missingMongod = process.env['TEST_SKIP_MONGODB'];
const missingKafka = process.env['TEST_SKIP_KAFKA'];

let folder: string;
const opened: { stop: () => Promise<void> }[] = [];
const keep = <Engine extends { stop: () => Promise<void> }>(engine: Engine): Engine => {
  opened.push(engine);
  return engine;
};

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bulfinch-engines-'));
});
afterEach(async () => {
  for (const engine of opened.splice(0)) await engine.stop();
  await rm(folder, { recursive: true, force: true });
}, timeoutMs);

/** Runs a script in a process of its own, as another command would. */
function run(script: string, env: NodeJS.ProcessEnv = {}): { child: ChildProcess; output: Promise<string>; firstLine: Promise<string> } {
  const { NODE_OPTIONS: _jestsFlags, ...inherited } = process.env;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    env: { ...inherited, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  let tell: (line: string) => void = () => {};
  const firstLine = new Promise<string>((resolve) => {
    tell = resolve;
  });
  const hear = (chunk: Buffer): void => {
    text += chunk.toString('utf8');
    if (text.includes('\n')) tell(text.split('\n')[0] ?? '');
  };
  child.stdout.on('data', hear);
  child.stderr.on('data', hear);
  return { child, firstLine, output: once(child, 'close').then(() => text) };
}

async function occupy(port: number): Promise<Server> {
  const server = createServer();
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

async function until(holds: () => boolean, forMs: number): Promise<boolean> {
  for (const end = Date.now() + forMs; Date.now() < end; ) {
    if (holds()) return true;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return holds();
}

(missingMongod ? describe.skip : describe)('an own MongoDB', () => {
  const write = async (uri: string): Promise<void> => {
    const client = new MongoClient(uri);
    await client
      .db('kept')
      .collection('things')
      .insertOne({ what: 'journaled' }, { writeConcern: { w: 'majority', j: true } });
    await client.close();
  };
  const count = async (uri: string): Promise<number> => {
    const client = new MongoClient(uri);
    const found = await client.db('kept').collection('things').countDocuments();
    await client.close();
    return found;
  };

  it(
    'has all that was journaled after kill -9, on the same port',
    async () => {
      const first = keep(await startMongod({ dataDir: folder }));
      await write(first.uri);
      await first.kill();
      expect(isAlive(first.pid)).toBe(false);
      const again = keep(await startMongod({ dataDir: folder }));
      expect(again.port).toBe(first.port);
      expect(await count(again.uri)).toBe(1);
      await again.kill();
      await again.start();
      expect(await count(again.uri)).toBe(1);
    },
    timeoutMs,
  );

  it(
    'moves to another port when its own is taken meanwhile, with its data',
    async () => {
      const first = keep(await startMongod({ dataDir: folder }));
      await write(first.uri);
      await first.stop();
      const other = await occupy(first.port);
      const again = keep(await startMongod({ dataDir: folder }));
      expect(again.port).not.toBe(first.port);
      expect(await count(again.uri)).toBe(1);
      other.close();
    },
    timeoutMs,
  );

  it(
    'says which port is taken, and that another one works on the data',
    async () => {
      const first = keep(await startMongod({ dataDir: folder }));
      await expect(startMongod({ dataDir: join(folder, 'other'), port: first.port })).rejects.toMatchObject({
        code: 'port-taken',
        message: expect.stringContaining(String(first.port)),
      });
      await expect(startMongod({ dataDir: folder })).rejects.toMatchObject({ code: 'data-in-use' });
      expect(first.isRunning()).toBe(true);
    },
    timeoutMs,
  );

  it(
    'ends when the command that started it is killed',
    async () => {
      const { child, firstLine } = run(
        `const { startMongod } = await import('${engines}mongod.mjs');
         const mongod = await startMongod({ dataDir: process.env.FOLDER });
         console.log(mongod.pid); setInterval(() => {}, 1000);`,
        { FOLDER: folder },
      );
      const pid = Number(await firstLine);
      expect(isAlive(pid)).toBe(true);
      child.kill('SIGKILL');
      expect(await until(() => !isAlive(pid), 30_000)).toBe(true);
    },
    timeoutMs,
  );
});

(missingKafka ? describe.skip : describe)('an own Kafka', () => {
  const client = (brokers: string): KafkaClient => new KafkaClient({ brokers: [brokers], logLevel: logLevel.NOTHING });
  const latest = async (brokers: string): Promise<string | undefined> => {
    const admin = client(brokers).admin();
    await admin.connect();
    const offsets = await admin.fetchTopicOffsets('kept');
    await admin.disconnect();
    return offsets[0]?.high;
  };

  it(
    'has what it acknowledged after kill -9, and says when its port is taken',
    async () => {
      const kafka = keep(await startKafka({ dataDir: folder }));
      const admin = client(kafka.brokers).admin();
      await admin.connect();
      await admin.createTopics({ topics: [{ topic: 'kept', numPartitions: 1 }] });
      await admin.disconnect();
      const producer = client(kafka.brokers).producer();
      await producer.connect();
      await producer.send({ topic: 'kept', acks: -1, messages: [{ value: 'one' }, { value: 'two' }] });
      await producer.disconnect();
      await expect(startKafka({ dataDir: join(folder, 'other'), port: kafka.port })).rejects.toMatchObject({ code: 'port-taken' });
      await kafka.kill();
      await kafka.start();
      expect(await latest(kafka.brokers)).toBe('2');
      await kafka.stop();
      const other = await occupy(kafka.port);
      const moved = keep(await startKafka({ dataDir: folder }));
      expect(moved.port).not.toBe(kafka.port);
      expect(await latest(moved.brokers)).toBe('2');
      other.close();
    },
    timeoutMs,
  );
});

describe('an engine that must be fetched', () => {
  /** What is fetched here is a file made on the spot: the fetches of real engines share all but the program that brings them. */
  const fetchScript = `
    const { appendFileSync, writeFileSync } = await import('node:fs');
    const { fetchOnce } = await import('${engines}cache.mjs');
    const found = await fetchOnce('thing', async (folder) => {
      appendFileSync(process.env.FOLDER + '/fetches', 'x');
      await new Promise((resolve) => setTimeout(resolve, 500));
      if (process.env.DIES) process.exit(1);
      writeFileSync(folder + '/file', 'whole');
    });
    const { readFileSync } = await import('node:fs');
    console.log(readFileSync(found + '/file', 'utf8'));`;
  const env = (): NodeJS.ProcessEnv => ({ FOLDER: folder, BULFINCH_CACHE_DIR: join(folder, 'cache') });

  it(
    'is fetched once by commands that start together, and whole for each',
    async () => {
      const outputs = await Promise.all(Array.from({ length: 4 }, () => run(fetchScript, env()).output));
      for (const output of outputs) expect(output).toContain('whole');
      expect(await readFile(join(folder, 'fetches'), 'utf8')).toBe('x');
    },
    timeoutMs,
  );

  it(
    'is fetched anew when the command that fetched it died half-way',
    async () => {
      await run(fetchScript, { ...env(), DIES: '1' }).output;
      expect(await run(fetchScript, env()).output).toContain('whole');
      expect(await readFile(join(folder, 'fetches'), 'utf8')).toBe('xx');
    },
    timeoutMs,
  );

  it(
    'and cannot be had is named with what to do',
    async () => {
      await writeFile(join(folder, 'nothing-here'), '');
      const bare = { PATH: folder, JAVA_HOME: '', KAFKA_BROKERS: '', MONGODB_URI: '', MONGOD: '', MONGOMS_SYSTEM_BINARY: '', ...env() };
      const ask = (file: string, find: string): Promise<string> =>
        run(`await (await import('${engines}${file}')).${find}().catch((error) => console.log(error.code, error.message));`, bare).output;
      expect(await ask('kafka.mjs', 'findKafka')).toMatch(
        /^no-kafka No Kafka: KAFKA_BROKERS is not set.*no java.*KAFKA_BROKERS=host:9092.*npm start/,
      );
      expect(await ask('mongod.mjs', 'findMongodb')).toMatch(/^no-mongod No MongoDB: MONGODB_URI is not set.*no python3.*MONGODB_URI=/);
    },
    timeoutMs,
  );
});
