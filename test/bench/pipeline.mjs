// `npm run bench:pipeline [-- --cluster]`: how fast records move through the whole product, and what one costs beside a floor.
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import mongoose from 'mongoose';
import { reasonOf, say } from '../../deploy/local/host.mjs';
import { ensurePrepared, nodeBinary } from '../../deploy/local/prepare.mjs';
import { startSystem } from '../../deploy/local/system.mjs';
import { localToken } from '../../deploy/local/token.mjs';
import { closeDoors, insist } from './doors.mjs';
import { floorTransfer, pause, productTransfer, runRound } from './load.mjs';
import {
  collectionCounts,
  cores,
  cpuSecondsOf,
  loadAverages,
  machineSeconds,
  memoryOf,
  mongodCounts,
  storedBytes,
  threadSecondsOf,
} from './measure.mjs';
import { startReceiver } from './receiver.mjs';
import { recordBytes } from './record.mjs';
import { collectionsText, figuresOf, memoryText, ratioOf, tableOf } from './report.mjs';

const help = `Measures the whole product under load, beside a floor in the same run. Linux only.

  --cluster             each service its own process, over Kafka; else all in one
  --in-flight 1,16,64   how many transfers are under way, a round each
  --seconds 20          measured part of a round
  --floor-seconds 8     of the floor's rounds
  --warm 20             load before the first round, seconds, at 16 in flight
  --json FILE           all figures as JSON
  --profile FOLDER      a CPU profile of each service and thread; read it with test/bench/top.mjs. Costs time: do not compare such a run
`;
const method = (
  /** @type {Settings} */ { cluster, seconds, floorSeconds, warm },
) => `Method: ${cluster ? 'each service its own process, over Kafka' : 'one process, in-process transport'}; engines and services of \`npm ${cluster ? 'run start:cluster' : 'start'}\`, sealed, warmed
for ${warm} s. One transfer is three calls (opened for a patient not seen before, a ${recordBytes / 1000} KB C-CDA of its own put, submitted) and one push to a
receiver in the benchmark's process that answers 201 at once; the next starts when the former has arrived. Each round is measured for ${seconds} s after 2 s.
CPU: user and system of every process from /proc, services, mongod${cluster ? ' and Kafka' : ''}, the benchmark's own apart; the conversion is its threads' share. The floor: a bare
Node server (one journaled insert by a majority of the same bytes, forwarded, one journaled update) on the same mongod, ${floorSeconds} s before each round.
Writes count each insert, update and delete of mongod however grouped; KB stored are data and indexes before WiredTiger's compression. Shares are of ${cores} cores.`;

/** What the floor writes to; thrown away with the data folder. */
const floorDatabase = 'bench_floor';
const recipientId = 'bench-clinic';
const warmInFlight = 16;
const floorWarmSeconds = 4;
/** Piscina's threads convert, and read large documents; Node names them so. */
const conversionThread = /^WorkerThread$/;
/** What follows an arrival (state for people, audit, marks) is gathered for a second at most; then the next round begins (ms). */
const breatheMs = 2000;

/** @typedef {ReturnType<typeof settings>} Settings */
function settings() {
  const { values } = parseArgs({
    options: {
      cluster: { type: 'boolean', default: false },
      'in-flight': { type: 'string', default: '1,16,64' },
      seconds: { type: 'string', default: '20' },
      'floor-seconds': { type: 'string', default: '8' },
      warm: { type: 'string', default: '20' },
      json: { type: 'string' },
      profile: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const numbers = (/** @type {string} */ text) => text.split(',').map(Number);
  const levels = numbers(values['in-flight']);
  const [seconds = 0, floorSeconds = 0, warm = 0] = [values.seconds, values['floor-seconds'], values.warm].map(Number);
  if ([...levels, seconds, floorSeconds, warm].some((number) => !(number > 0))) throw new TypeError('Give numbers above 0.');
  const { cluster, json, profile } = values;
  return { cluster, levels, seconds, floorSeconds, warm, json, profile, isHelp: values.help };
}

/** @param {Settings} chosen */
async function main(chosen) {
  if (process.platform !== 'linux') throw new Error('This benchmark reads /proc: it needs Linux.');
  await ensurePrepared();
  const dataDir = mkdtempSync(join(tmpdir(), 'bulfinch-bench-'));
  /** @type {(() => unknown)[]} undone from the last to the first */
  const undo = [() => rmSync(dataDir, { recursive: true, force: true })];
  try {
    const receiver = await startReceiver();
    undo.push(() => receiver.stop(), closeDoors);
    const system = await startSystem({ cluster: chosen.cluster, dataDir, say, env: environment(chosen) });
    undo.push(() => system.stop());
    const uri = readRun(dataDir).mongodbUri;
    const client = await mongoose.mongo.MongoClient.connect(uri);
    undo.push(() => client.close());
    const floor = await startFloor(uri, receiver.url);
    undo.push(floor.stop);
    await enterRecipient(system.url, receiver.url, dataDir);
    return await Promise.race([measure({ chosen, system, client, floor, receiver, dataDir }), interruption()]);
  } finally {
    for (const step of undo.reverse()) await step();
  }
}

/** Ctrl-C and SIGTERM end the measuring, not the stopping of what was started. @returns {Promise<never>} */
const interruption = () =>
  new Promise((_, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => reject(new Error(`stopped by ${signal}`)));
  });

/** @param {Settings} chosen @returns {Record<string, string>} */
function environment({ profile }) {
  return profile === undefined ? {} : { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${profile}` };
}

/** @param {string} dataDir @returns {{ mongodbUri: string }} as deploy/local/system.mjs wrote it */
const readRun = (dataDir) => JSON.parse(readFileSync(join(dataDir, 'run.json'), 'utf8'));

/** @param {string} url @param {string} receiverUrl @param {string} dataDir */
async function enterRecipient(url, receiverUrl, dataDir) {
  const token = localToken({ issuerDir: join(dataDir, 'issuer'), subject: 'bench', roles: ['system'] });
  const dayMs = 24 * 3_600_000;
  const party = {
    name: 'A clinic that answers at once',
    kind: 'clinic',
    country: 'PT',
    languages: ['pt'],
    timeZone: 'Europe/Lisbon',
    verifiedUntil: new Date(Date.now() + 2 * dayMs).toISOString(),
    channel: { type: 'fhir', baseUrl: `${receiverUrl}/fhir`, mode: 'document', auth: { type: 'none' }, retry: 'dedupes' },
    internal: true,
  };
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const path = `${url}/delivery/recipients/${recipientId}`;
  // 200 or 201: entered or there already; this data folder is new.
  await insist(201, 'PUT', path, { headers, body: JSON.stringify(party) });
}

/** @param {string} uri @param {string} receiverUrl @returns {Promise<{ pid: number, url: string, stop: () => Promise<void> }>} */
async function startFloor(uri, receiverUrl) {
  const script = fileURLToPath(new URL('./floor.mjs', import.meta.url));
  const child = spawn(nodeBinary(), [script, uri, floorDatabase, receiverUrl], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  /** @type {string} */
  const port = await new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', resolve);
    child.once('exit', () => reject(new Error('the floor could not start')));
  });
  return {
    pid: child.pid ?? 0,
    url: `http://127.0.0.1:${port}`,
    async stop() {
      child.stdin.end();
      await ended;
    },
  };
}

/**
 * @typedef {object} Bench
 * @property {Settings} chosen
 * @property {Awaited<ReturnType<typeof startSystem>>} system
 * @property {import('mongoose').mongo.MongoClient} client
 * @property {{ pid: number, url: string }} floor
 * @property {import('./receiver.mjs').Receiver} receiver
 * @property {string} dataDir
 */

/** @param {Bench} bench */
async function measure({ chosen, system, client, floor, receiver, dataDir }) {
  const { levels, seconds, floorSeconds, warm } = chosen;
  const engines = { ...pidOf('mongod', system.mongod), ...pidOf('kafka', system.kafka) };
  const services = Object.fromEntries(Object.values(system.services).map(({ name, pid }) => [name, pid]));
  const converting = (system.services.standalone ?? system.services.normalization)?.pid ?? 0;
  const kafkaDir = join(dataDir, 'kafka');
  /** @param {Record<string, number>} pids @returns {Promise<import('./report.mjs').Reading>} */
  const read = async (pids) => ({
    cpu: Object.fromEntries(Object.entries(pids).map(([name, pid]) => [name, cpuSecondsOf(pid)])),
    conversionCpu: pids === floorPids ? 0 : threadSecondsOf(converting, conversionThread),
    benchCpu: cpuSecondsOf(process.pid),
    machineCpu: machineSeconds(),
    mongod: await mongodCounts(client),
    collections: await collectionCounts(client),
    stored: await storedBytes(client, [floorDatabase]),
    kafkaBytes: system.kafka ? folderBytes(kafkaDir) : 0,
  });
  const systemPids = { ...services, ...engines };
  const floorPids = { floor: floor.pid, ...pidOf('mongod', system.mongod) };
  // Without the front that shares one port: it would run in this process.
  const url = system.services.ingestion ? `http://127.0.0.1:${system.services.ingestion.port}` : system.url;
  const token = localToken({ issuerDir: join(dataDir, 'issuer'), subject: 'bench', roles: ['records-staff'] });
  const throughSystem = { transfer: productTransfer({ url, token, recipientId }), receiver, read: () => read(systemPids) };
  const throughFloor = { transfer: floorTransfer(floor.url), receiver, read: () => read(floorPids) };

  const loadBefore = loadAverages();
  say(`warming up: ${warm} s of ${warmInFlight} in flight`);
  await runRound({ ...throughFloor, inFlight: warmInFlight, seconds: floorWarmSeconds });
  const warmed = await runRound({ ...throughSystem, inFlight: warmInFlight, seconds: warm });
  if (warmed.arrived === 0) throw new Error(`nothing arrived: ${warmed.faults.join('; ') || 'no fault was told'}`);
  const rounds = [];
  for (const inFlight of levels) {
    await pause(breatheMs);
    say(`${inFlight} in flight: floor ${floorSeconds} s, system ${seconds} s`);
    const floorFigures = figuresOf(await runRound({ ...throughFloor, inFlight, seconds: floorSeconds }), inFlight);
    const figures = figuresOf(await runRound({ ...throughSystem, inFlight, seconds }), inFlight);
    rounds.push({ system: figures, floor: floorFigures, ratio: ratioOf(figures, floorFigures) });
  }
  const memory = Object.fromEntries(Object.entries(systemPids).map(([name, pid]) => [name, memoryOf(pid)]));
  const isSame = Object.values(system.services).every(({ name, pid }) => services[name] === pid);
  return { at: new Date().toISOString(), loadBefore, loadAfter: loadAverages(), rounds, memory, repeats: receiver.repeats(), isSame };
}

/** @param {string} name @param {{ pid: number } | undefined} engine */
const pidOf = (name, engine) => (engine ? { [name]: engine.pid } : {});

/** @param {string} folder */
function folderBytes(folder) {
  let bytes = 0;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    // An index is made ten megabytes long and cut when it is closed; only what was said counts.
    if (entry.isFile() && entry.name.endsWith('.log')) bytes += statSync(join(entry.parentPath, entry.name)).size;
  }
  return bytes;
}

try {
  const chosen = settings();
  if (chosen.isHelp) process.stdout.write(help);
  else {
    const result = await main(chosen);
    const text = [
      method(chosen),
      `Load averages before and after: ${result.loadBefore} and ${result.loadAfter} on ${cores} cores.`,
      '',
      tableOf(result.rounds),
      '',
      ...result.rounds.slice(-1).map(({ system }) => collectionsText(system)),
      '',
      `Memory in MB at the end: ${memoryText(result.memory)}`,
      ...(result.repeats > 0 ? [`ARRIVED MORE THAN ONCE: ${result.repeats}`] : []),
      ...(result.isSame ? [] : ['A SERVICE DIED AND CAME BACK: its CPU figures are wrong.']),
      ...result.rounds.flatMap(({ system, floor }) => [...system.faults, ...floor.faults]).map((fault) => `FAULT: ${fault}`),
    ];
    process.stdout.write(`${text.join('\n')}\n`);
    if (chosen.json !== undefined) writeFileSync(chosen.json, `${JSON.stringify({ method: method(chosen), ...result }, undefined, 2)}\n`);
    const isWhole = result.isSame && result.rounds.every(({ system, floor }) => system.lost + floor.lost === 0);
    process.exitCode = isWhole ? 0 : 1;
  }
} catch (error) {
  say(reasonOf(error));
  // What was under way when it was stopped would go on.
  setImmediate(() => process.exit());
  process.exitCode = error instanceof TypeError ? 2 : 1;
}
