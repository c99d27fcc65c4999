import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  findOnPath,
  freePorts,
  isExecutable,
  isPortFree,
  lastLineOf,
  Missing,
  majorVersionOf,
  pause,
  reasonOf,
  runProgram,
  say,
} from '../host.mjs';
import { cacheDir, fetchOnce } from './cache.mjs';
import { lastLogLine, restartable, startTethered } from './tethered.mjs';

/** @typedef {{ brokers: string, port: number } & import('./tethered.mjs').Engine} Kafka a running one-node KRaft cluster */

/** @typedef {{ java: string, libs: string, how: string }} KafkaProgram */
/** @typedef {{ brokers: string, how: string } | KafkaProgram} KafkaFound */
/** @typedef {{ broker: number, controller: number }} Ports */

const version = '4.3.1';
const cachedName = `kafka-${version}`;
/** kafka_2.13 with all it needs, and a log binding: without one the broker is silent, failures too. */
const dependencies = [
  ['org.apache.kafka', 'kafka_2.13', version],
  ['org.slf4j', 'slf4j-simple', '1.7.36'],
];
/** Fewer jars than this and the fetch was not whole (measured: 46). */
const jarsMin = 46;
/** Kafka 4 brokers need it. */
const javaMajorMin = 17;
/** From start to the first metadata answer (ms). Measured: 2.4-5.4 s; a loaded machine takes several times that. */
const readyMsMax = 120_000;
const lookAgainMs = 100;
/** From SIGTERM to SIGKILL (ms). Measured: 0.4-0.6 s. */
const stopGraceMs = 20_000;
/** How often other free ports are tried when a process took ours between looking and starting. */
const portTriesMax = 3;
/** The first level of the JIT only: 40 % faster start, 50 MB less. It costs peak speed: leave it out for measurements. */
const javaFlags = [
  '-Xmx256m',
  '-XX:TieredStopAtLevel=1',
  '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
  '-Dorg.slf4j.simpleLogger.showDateTime=true',
];

/**
 * Finds Kafka by the order of the README: KAFKA_BROKERS, cached jars and Java, else fetches the jars with Maven.
 * A broker that keeps its log in memory only (tansu, from PyPI, needs no Java) is refused: services take a sent event for kept.
 * @returns {Promise<KafkaFound>}
 * @throws {Missing} `no-kafka`, with what to do
 */
export async function findKafka() {
  const brokers = process.env.KAFKA_BROKERS;
  if (brokers) return { brokers, how: 'KAFKA_BROKERS' };
  return findKafkaProgram();
}

/** @returns {Promise<KafkaProgram>} @throws {Missing} `no-kafka` */
export async function findKafkaProgram() {
  const inHome = process.env.JAVA_HOME ? join(process.env.JAVA_HOME, 'bin', 'java') : undefined;
  const java = inHome !== undefined && isExecutable(inHome) ? inHome : findOnPath('java');
  if (java === undefined) throw nothing('there is no java on PATH or at JAVA_HOME');
  const major = majorVersionOf(java, ['-version']);
  if (major === undefined || major < javaMajorMin)
    throw nothing(`${java} is Java ${major ?? 'of an unknown version'}, and Kafka ${version} needs ${javaMajorMin}`);
  const libs = join(cacheDir(), cachedName, 'libs');
  if (!existsSync(libs)) await fetchJars();
  return { java, libs, how: `Kafka ${version} on Java ${major}, cached at ${libs}` };
}

async function fetchJars() {
  const mvn = findOnPath('mvn');
  if (mvn === undefined) throw nothing('there is no mvn on PATH to fetch Kafka with');
  await fetchOnce(cachedName, async (folder, work) => {
    say(`kafka: fetching Kafka ${version} with mvn (46 jars, 44 MB, once)`);
    writeFileSync(join(work, 'pom.xml'), pom());
    const libs = join(folder, 'libs');
    const args = [
      '-q',
      '-B',
      '-f',
      join(work, 'pom.xml'),
      'dependency:copy-dependencies',
      `-DoutputDirectory=${libs}`,
      '-DincludeScope=runtime',
    ];
    const copy = await runProgram(mvn, args, { cwd: work });
    if (copy.code !== 0) throw nothing(`fetching Kafka ${version} with mvn failed (${lastLineOf(copy.output)})`);
    const count = readdirSync(libs).filter((name) => name.endsWith('.jar')).length;
    if (count < jarsMin) throw nothing(`mvn brought ${count} jars of ${jarsMin} for Kafka ${version}`);
  });
}

function pom() {
  const list = dependencies.map(
    ([group, artifact, number]) =>
      `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${number}</version></dependency>`,
  );
  return `<project><modelVersion>4.0.0</modelVersion><groupId>org.bulfinch</groupId><artifactId>kafka-jars</artifactId><version>1</version><packaging>pom</packaging><dependencies>${list.join('')}</dependencies></project>\n`;
}

/** @param {string} reason */
const nothing = (reason) =>
  new Missing(
    'no-kafka',
    `No Kafka: KAFKA_BROKERS is not set, and ${reason}. Do one of: set KAFKA_BROKERS=host:9092; ` +
      `install Java ${javaMajorMin} and Maven (Debian: apt-get install openjdk-17-jre-headless maven) and start again; run \`docker compose up -d kafka\`; ` +
      'or use `npm start`, which needs no Kafka.',
  );

/**
 * Starts a one-node KRaft cluster on `dataDir` and waits until it answers. It ends when this process ends.
 * Data that is there is used. The ports of the last start are taken again when they are free.
 * @param {{ dataDir: string, port?: number, program?: KafkaProgram }} options `port` 0 or none: any free one
 * @returns {Promise<Kafka>}
 * @throws {Missing} `port-taken`, `data-in-use`, `no-kafka`
 */
export async function startKafka({ dataDir, port = 0, program }) {
  const found = program ?? (await findKafkaProgram());
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  if (port !== 0 && !(await isPortFree(port))) throw portTaken(port);
  for (let attempt = 1; ; attempt++) {
    const ports = await choosePorts(dataDir, port);
    const start = () => startBroker(dataDir, ports, found);
    try {
      return restartable({ brokers: `127.0.0.1:${ports.broker}`, port: ports.broker }, await start(), start);
    } catch (error) {
      const isLostRace = error instanceof Missing && error.code === 'port-taken' && port === 0;
      if (!isLostRace || attempt === portTriesMax) throw error;
    }
  }
}

/** @param {number} port */
const portTaken = (port) =>
  new Missing('port-taken', `Port ${port}, wanted for Kafka, is taken by another process. End it or choose another port.`);

/**
 * @param {string} dataDir @param {number} wanted
 * @returns {Promise<Ports>}
 */
async function choosePorts(dataDir, wanted) {
  const file = join(dataDir, 'ports.json');
  /** @type {Ports} written by startBroker */
  const last = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : { broker: 0, controller: 0 };
  const [first, second] = await freePorts(2);
  const broker = wanted || (last.broker > 0 && (await isPortFree(last.broker)) ? last.broker : /** @type {number} */ (first));
  const controller = last.controller > 0 && (await isPortFree(last.controller)) ? last.controller : /** @type {number} */ (second);
  return { broker, controller };
}

/**
 * The voters stand in this file, not in the log, so that a start on other ports needs no change of the quorum.
 * The session is short because a broker that was killed may register anew only when its old session is over.
 * @param {string} dataDir @param {Ports} ports
 */
const properties = (dataDir, { broker, controller }) => `process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:${controller}
listeners=PLAINTEXT://127.0.0.1:${broker},CONTROLLER://127.0.0.1:${controller}
advertised.listeners=PLAINTEXT://127.0.0.1:${broker}
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs=${join(dataDir, 'log')}
auto.create.topics.enable=false
offsets.topic.num.partitions=1
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
num.network.threads=2
num.io.threads=2
log.cleaner.dedupe.buffer.size=8388608
`;

/** @param {string} dataDir @param {Pick<KafkaProgram, 'java' | 'libs'>} program */
async function format(dataDir, { java, libs }) {
  if (existsSync(join(dataDir, 'log', 'meta.properties'))) return;
  // Made here: Kafka's own `random-uuid` starts a JVM for it, 3.9 s.
  // The first bit is cleared, so that it cannot begin with `-`, which the tool would take for an option.
  const bytes = randomBytes(16);
  bytes[0] = /** @type {number} */ (bytes[0]) & 0x7f;
  const clusterId = bytes.toString('base64url');
  const args = [
    '-Xmx64m',
    '-XX:TieredStopAtLevel=1',
    '-cp',
    join(libs, '*'),
    'kafka.tools.StorageTool',
    'format',
    '-t',
    clusterId,
    '-c',
    join(dataDir, 'server.properties'),
  ];
  const result = await runProgram(java, args);
  if (result.code !== 0) throw new Missing('no-kafka', `Kafka could not prepare ${dataDir}: ${lastLineOf(result.output)}`);
}

/** @param {string} dataDir @param {Ports} ports @param {KafkaProgram} program */
async function startBroker(dataDir, ports, { java, libs }) {
  const port = ports.broker;
  // Anew at each start: another start on this data, refused because this one runs, has written its own.
  writeFileSync(join(dataDir, 'server.properties'), properties(dataDir, ports));
  await format(dataDir, { java, libs });
  const logFile = join(dataDir, 'kafka.log');
  const args = [...javaFlags, '-cp', join(libs, '*'), 'kafka.Kafka', join(dataDir, 'server.properties')];
  const engine = await startTethered({ program: java, args, logFile, graceMs: stopGraceMs });
  const until = Date.now() + readyMsMax;
  try {
    for (;;) {
      if (!engine.isRunning()) throw whyItEnded(logFile, port, dataDir);
      const refusal = await withoutTimerWarning(() => askMetadata(port));
      if (refusal === undefined) break;
      if (Date.now() > until)
        throw new Missing('not-ready', `Kafka on port ${port} did not answer in ${readyMsMax / 1000} s: ${refusal} (its log: ${logFile})`);
      await pause(lookAgainMs);
    }
  } catch (error) {
    await engine.kill();
    throw error;
  }
  writeFileSync(join(dataDir, 'ports.json'), JSON.stringify(ports));
  return engine;
}

/**
 * kafkajs sets timers in the past; Node 24 tells the person, who can do nothing about it. Only that warning is kept back.
 * @template T
 * @param {() => Promise<T>} work
 */
async function withoutTimerWarning(work) {
  const emit = process.emitWarning.bind(process);
  // The cast: one of emitWarning's overloads is enough to stand in for all.
  process.emitWarning = /** @type {typeof emit} */ (
    (/** @type {string} */ warning, /** @type {string | undefined} */ type) => {
      if (type !== 'TimeoutNegativeWarning') emit(warning, type);
    }
  );
  try {
    return await work();
  } finally {
    process.emitWarning = emit;
  }
}

/** @param {number} port @returns {Promise<string | undefined>} undefined when the broker is its cluster's controller and serves consumer groups */
async function askMetadata(port) {
  // A look before the client: kafkajs waits and logs long for a broker that does not listen yet.
  if (await isPortFree(port)) return 'it does not listen yet';
  const { Kafka, logLevel } = await import('kafkajs');
  const client = new Kafka({
    brokers: [`127.0.0.1:${port}`],
    clientId: 'bulfinch-start',
    logLevel: logLevel.NOTHING,
    connectionTimeout: 1000,
    requestTimeout: 3000,
    retry: { retries: 0 },
  });
  const admin = client.admin();
  try {
    await admin.connect();
    const { brokers, controller } = await admin.describeCluster();
    if (brokers.length !== 1 || controller !== 1) return 'it has no controller yet';
    // Its group coordinator loads later than the rest; who comes in between is refused.
    await admin.fetchOffsets({ groupId: 'bulfinch-start', topics: [] });
    return undefined;
  } catch (error) {
    return reasonOf(error);
  } finally {
    await admin.disconnect();
  }
}

/** @param {string} logFile @param {number} port @param {string} dataDir */
function whyItEnded(logFile, port, dataDir) {
  const fault = lastLogLine(logFile, /FATAL|ERROR|Exception/);
  const log = readFileSync(logFile, 'utf8');
  if (/Address already in use/.test(log)) return portTaken(port);
  if (/Failed to acquire lock|OverlappingFileLockException/.test(log))
    return new Missing('data-in-use', `Another Kafka works on ${dataDir}. Stop it, or choose another DATA_DIR.`);
  return new Missing('no-kafka', `Kafka ended at its start: ${fault} (all of it: ${logFile})`);
}
