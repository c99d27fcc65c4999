import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { freePorts, isAlive, isPortFree, lastLineOf, Missing, pause, ROOT, runProgram } from './host.mjs';
import { holdLock } from './lock-file.mjs';
import { startEngines } from './parts/engines.mjs';
import { startFront } from './parts/front.mjs';
import { ensureIssuer, ensureVaultKeys } from './parts/secrets.mjs';
import { seedDirectory, waitFor200 } from './parts/seed.mjs';
import { startService } from './parts/service-process.mjs';
import { nodeBinary } from './prepare.mjs';

/** @typedef {import('./parts/service-process.mjs').ServiceProcess} ServiceProcess */
/** @typedef {import('./engines/tethered.mjs').Engine} Engine */
/** @typedef {import('./parts/engines.mjs').Engines} Engines */

/**
 * @typedef {object} SystemOptions
 * @property {boolean} [cluster] each service its own process, over Kafka; else all in one
 * @property {string} dataDir
 * @property {number} [port] of the doors; 0 or none: any free one
 * @property {number} [clinicPort] of the clinic double; 0 or none: any free one
 * @property {boolean} [quiet] says nothing
 * @property {(line: string) => void} [say]
 * @property {Record<string, string>} [env] settings for the services beside those that follow from the rest
 * @property {AbortSignal} [signal] stops a start under way
 * @property {(name: string) => void} [onGiveUp] a service dies again and again
 */

/**
 * @typedef {object} RunningSystem
 * @property {string} url
 * @property {string} clinicUrl
 * @property {Readonly<Record<string, ServiceProcess>>} services `standalone` alone, or each by its name; `kill()` is SIGKILL, then the supervisor starts it again
 * @property {Engine | undefined} mongod undefined where MONGODB_URI is used
 * @property {Engine | undefined} kafka undefined without cluster, and where KAFKA_BROKERS is used
 * @property {ServiceProcess} clinic
 * @property {() => Promise<void>} stop services, then engines; data stays
 */

const serviceNames = ['ingestion', 'normalization', 'consent', 'delivery', 'audit'];
/** In the cluster the services take PORT+11 to PORT+15 where these are free. */
const servicePortOffset = 11;
const portMax = 65_535;
/** From the start of the processes to all of them ready (ms). Two cores start six Node processes in 10-20 s. */
const readyMsMax = 180_000;
/** When a start was killed its processes end by themselves: so long they are waited for (ms), longer than a drain takes. */
const leftoversMsMax = 35_000;
const lookAgainMs = 200;

/**
 * Starts the whole product with its engines, fills the directory, and writes `run.json` into the data folder for the command line.
 * `ensurePrepared()` must have run. A start that fails stops what it had started.
 * @param {SystemOptions} options
 * @returns {Promise<RunningSystem>}
 * @throws {Missing} with what to do: `data-in-use`, `port-taken`, `no-mongod`, `no-kafka`, `not-ready`
 */
export async function startSystem(options) {
  const dataDir = resolve(options.dataDir);
  const say = options.quiet ? () => {} : (options.say ?? (() => {}));
  /** @type {(() => Promise<void> | void)[]} undone from the last to the first */
  const undo = [];
  const stop = onlyOnce(async () => {
    for (const step of undo.reverse()) await step();
  });
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    undo.push(claim(dataDir));
    await awaitLeftovers(dataDir, say);
    const ports = await choosePorts(options);
    const plan = { ...options, dataDir, say, undo, ports, check: () => options.signal?.throwIfAborted() };
    const engines = await startEngines(plan);
    plan.check();
    ensureIssuer(join(dataDir, 'issuer'));
    await ensureVaultKeys(join(dataDir, 'keys'));
    const parts = await startParts(plan, engines);
    plan.check();
    const url = `http://127.0.0.1:${ports.main}`;
    const clinicUrl = `http://127.0.0.1:${ports.clinic}`;
    await becomeReady(plan, parts, { url, clinicUrl });
    const mode = options.cluster ? 'cluster' : 'embedded';
    const writeRun = () => writeRunFile(dataDir, { url, clinicUrl, mode, parts, engines });
    parts.onRestart = writeRun;
    writeRun();
    undo.push(() => rmSync(join(dataDir, 'run.json'), { force: true }));
    return { url, clinicUrl, services: parts.services, clinic: parts.clinic, mongod: engines.mongod, kafka: engines.kafka, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** @param {() => Promise<void>} work */
function onlyOnce(work) {
  /** @type {Promise<void> | undefined} */
  let running;
  return () => {
    running ??= work();
    return running;
  };
}

/** One system on one data folder. @param {string} dataDir @returns {() => void} gives it back */
function claim(dataDir) {
  const held = holdLock(join(dataDir, 'in-use'));
  if ('release' in held) return held.release;
  const where = lastRun(dataDir)?.url;
  throw new Missing(
    'data-in-use',
    `Bulfinch already works on ${dataDir}: process ${held.holder}${where ? `, at ${where}` : ''}. ` +
      `Use that one; or stop it (kill ${held.holder}) and start again; or start a second one with DATA_DIR=/other/folder PORT=3100 npm start.`,
  );
}

/** @param {string} dataDir @returns {{ url: string, services: Record<string, { pid: number }>, engines: Record<string, number> } | undefined} as writeRunFile wrote it */
function lastRun(dataDir) {
  const file = join(dataDir, 'run.json');
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
}

/** @param {string} dataDir @param {(line: string) => void} say */
async function awaitLeftovers(dataDir, say) {
  const run = lastRun(dataDir);
  if (!run) return;
  const pids = [...Object.values(run.services).map(({ pid }) => pid), ...Object.values(run.engines)];
  if (pids.some(isAlive)) say('the last start was killed: waiting for its processes to end');
  for (const until = Date.now() + leftoversMsMax; pids.some(isAlive) && Date.now() < until; ) await pause(lookAgainMs);
  rmSync(join(dataDir, 'run.json'), { force: true });
}

/** @param {SystemOptions} options */
async function choosePorts({ port = 0, clinicPort = 0, cluster = false }) {
  await refuseTaken(port, 'PORT', 'the doors');
  await refuseTaken(clinicPort, 'CLINIC_PORT', "the clinic's FHIR server");
  const free = await freePorts(2 + serviceNames.length);
  const services = await Promise.all(
    serviceNames.map(async (_, index) => {
      const wished = port + servicePortOffset + index;
      const isWished = cluster && port > 0 && wished <= portMax && wished !== clinicPort && (await isPortFree(wished));
      return isWished ? wished : /** @type {number} */ (free[2 + index]);
    }),
  );
  return { main: port || /** @type {number} */ (free[0]), clinic: clinicPort || /** @type {number} */ (free[1]), services };
}

/** @param {number} port @param {string} setting @param {string} what */
async function refuseTaken(port, setting, what) {
  if (port === 0 || (await isPortFree(port))) return;
  throw new Missing(
    'port-taken',
    `Port ${port}, wanted for ${what}, is taken by another process. End that one (ss -ltnp shows it), or choose another port: ${setting}=${port + 100} npm start.`,
  );
}

/**
 * @typedef {Omit<SystemOptions, 'say'> & { say: (line: string) => void, undo: (() => Promise<void> | void)[], check: () => void,
 *   ports: { main: number, clinic: number, services: number[] } }} Plan
 */
/** @typedef {{ services: Record<string, ServiceProcess>, clinic: ServiceProcess, onRestart: () => void }} Parts */

/** @param {Plan} plan @param {Engines} engines @returns {Promise<Parts>} */
async function startParts(plan, { mongodbUri, kafkaBrokers }) {
  const { dataDir, ports, cluster = false } = plan;
  const env = {
    ...inherited(),
    HOST: '127.0.0.1',
    MONGODB_URI: mongodbUri,
    LOCAL_ISSUER_DIR: join(dataDir, 'issuer'),
    VAULT_KEYS_DIR: join(dataDir, 'keys'),
    HOSPITAL_PARTY_ID: 'mgh',
    // Content that nobody reads for protected kinds leaves only under a named policy, which status and trail show.
    UNREAD_WAIVER_POLICY: 'embedded-demo',
    ...(cluster ? { TRANSPORT: 'kafka', KAFKA_BROKERS: kafkaBrokers } : { TRANSPORT: 'in-process' }),
    ...plan.env,
  };
  if (cluster) await createTopics(env);
  /** @type {Partial<Parts>} filled below; the processes call back only later */
  const parts = { onRestart: () => {} };
  const start = (/** @type {string} */ name, /** @type {number} */ port, /** @type {NodeJS.ProcessEnv} */ settings) => {
    const service = startService({
      name,
      app: name,
      port,
      env: settings,
      logFile: join(dataDir, 'logs', `${name}.log`),
      say: plan.say,
      onRestart: () => parts.onRestart?.(),
      onGiveUp: (gone) => plan.onGiveUp?.(gone),
    });
    return service;
  };
  parts.clinic = start('clinic', ports.clinic, { ...inherited(), HOST: '127.0.0.1', DATA_DIR: join(dataDir, 'clinic') });
  plan.undo.push(() => parts.clinic?.stop());
  const services = cluster
    ? serviceNames.map((name, index) => start(name, /** @type {number} */ (ports.services[index]), env))
    : [start('standalone', ports.main, env)];
  plan.undo.push(async () => void (await Promise.all(services.map((service) => service.stop()))));
  parts.services = Object.fromEntries(services.map((service) => [service.name, service]));
  if (cluster) {
    const front = await startFront({ port: ports.main, host: '127.0.0.1', services: parts.services });
    plan.undo.push(front.stop);
  }
  // All of it is there now.
  return /** @type {Parts} */ (parts);
}

/** What this process was given, less what is meant for itself: jest's flags would break a service. */
function inherited() {
  const { NODE_OPTIONS: _flags, PORT: _port, ...rest } = process.env;
  return rest;
}

/** @param {NodeJS.ProcessEnv} env */
async function createTopics(env) {
  const result = await runProgram(
    nodeBinary(),
    ['--disable-warning=TimeoutNegativeWarning', join(ROOT, 'dist', 'libs', 'eventing', 'src', 'create-topics.js')],
    { env },
  );
  if (result.code !== 0) throw new Missing('no-kafka', `The topics could not be created: ${lastLineOf(result.output)}`);
}

/** @param {Plan} plan @param {Parts} parts @param {{ url: string, clinicUrl: string }} where */
async function becomeReady(plan, parts, { url, clinicUrl }) {
  const all = [...Object.values(parts.services), parts.clinic];
  const failure = () => {
    plan.check();
    return all.map((service) => service.failure()).find((found) => found !== undefined);
  };
  await waitFor200(`${clinicUrl}/mgh/control/received`, readyMsMax, failure);
  await waitFor200(`${url}/ready`, readyMsMax, failure);
  for (const service of all) service.watch();
  await seedDirectory({ url, clinicUrl, issuerDir: join(plan.dataDir, 'issuer') });
}

/**
 * What the command line and tests read: where the system is and which processes it is made of.
 * @param {string} dataDir
 * @param {{ url: string, clinicUrl: string, mode: string, parts: Parts, engines: Engines }} run
 */
function writeRunFile(dataDir, { url, clinicUrl, mode, parts, engines }) {
  const services = Object.fromEntries(Object.entries(parts.services).map(([name, { pid, port }]) => [name, { pid, port }]));
  const enginePids = Object.fromEntries(
    Object.entries({ mongod: engines.mongod?.pid, kafka: engines.kafka?.pid }).filter(([, pid]) => pid),
  );
  const { mongodbUri, kafkaBrokers } = engines;
  const run = { url, clinicUrl, pid: process.pid, mode, services, engines: enginePids, mongodbUri, kafkaBrokers };
  const file = join(dataDir, 'run.json');
  writeFileSync(`${file}.new`, `${JSON.stringify(run, undefined, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
