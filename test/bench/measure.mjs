import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/** Linux counts the CPU time of processes in hundredths of a second, whatever the kernel's own clock. */
const ticksPerSecond = 100;
/** Places of utime and stime in /proc/PID/stat behind the program's name (proc(5): fields 14 and 15; the state, field 3, is place 0). */
const utimePlace = 11;
const stimePlace = 12;
const kilobyte = 1024;

/** @param {string} file @returns {number} CPU seconds, user and system, of the process or thread whose `stat` file it is */
function cpuSecondsIn(file) {
  const text = readFileSync(file, 'utf8');
  // The name stands in brackets and may hold spaces and brackets itself.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[utimePlace]) + Number(fields[stimePlace])) / ticksPerSecond;
}

/** CPU seconds of a process since its start, ended threads included. @param {number} pid */
export const cpuSecondsOf = (pid) => cpuSecondsIn(`/proc/${pid}/stat`);

/**
 * CPU seconds of a process's living threads of one name. Node calls its worker threads what their program asked for.
 * @param {number} pid @param {RegExp} name
 */
export function threadSecondsOf(pid, name) {
  let seconds = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    try {
      if (name.test(readFileSync(`/proc/${pid}/task/${thread}/comm`, 'utf8').trim()))
        seconds += cpuSecondsIn(`/proc/${pid}/task/${thread}/stat`);
    } catch {
      // It ended between the listing and the reading.
    }
  }
  return seconds;
}

/** @param {number} pid @returns {{ rssBytes: number, rssBytesMax: number }} memory now, and the most it ever was */
export function memoryOf(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const bytesOf = (/** @type {string} */ name) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) * kilobyte;
  return { rssBytes: bytesOf('VmRSS'), rssBytesMax: bytesOf('VmHWM') };
}

/** CPU seconds that the whole machine worked since its start, whoever it was for. */
export function machineSeconds() {
  const line = readFileSync('/proc/stat', 'utf8').split('\n', 1)[0] ?? '';
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = line.split(/\s+/).slice(1).map(Number);
  return (user + nice + system + irq + softirq) / ticksPerSecond;
}

export const cores = availableParallelism();

/** Load averages of 1, 5 and 15 minutes, as the system tells them. */
export const loadAverages = () => readFileSync('/proc/loadavg', 'utf8').split(' ').slice(0, 3).join(' ');

/**
 * The value below which `share` of the values lie (nearest rank).
 * @param {readonly number[]} sorted ascending @param {number} share 0 to 1 @returns {number} NaN of none
 */
export function percentile(sorted, share) {
  if (sorted.length === 0) return Number.NaN;
  return /** @type {number} */ (sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))]);
}

/** @param {readonly number[]} values @returns {{ p50: number, p95: number, p99: number, max: number }} */
export function spread(values) {
  const sorted = [...values].sort((one, other) => one - other);
  return { p50: percentile(sorted, 0.5), p95: percentile(sorted, 0.95), p99: percentile(sorted, 0.99), max: sorted.at(-1) ?? Number.NaN };
}

/** The differences between two readings of the same counters. @param {Record<string, number>} after @param {Record<string, number>} before */
export function since(after, before) {
  return Object.fromEntries(Object.entries(after).map(([name, value]) => [name, value - (before[name] ?? 0)]));
}

/**
 * What mongod counted since its start: single writes and reads, however many go in one command; commands that carry them; syncs of the journal.
 * @param {import('mongoose').mongo.MongoClient} client
 * @returns {Promise<Record<string, number>>}
 */
export async function mongodCounts(client) {
  // The shape of serverStatus (MongoDB 6.0); absent counters are read as 0.
  /** @typedef {Record<string, number | undefined>} Counts */
  const status =
    /** @type {{ opcounters: Counts, metrics: { commands: Record<string, { total: number } | undefined> }, wiredTiger: { log: Counts } }} */ (
      /** @type {unknown} */ (await client.db('admin').command({ serverStatus: 1 }))
    );
  const { opcounters, metrics, wiredTiger } = status;
  const writes = (opcounters.insert ?? 0) + (opcounters.update ?? 0) + (opcounters.delete ?? 0);
  const total = (/** @type {string} */ name) => metrics.commands[name]?.total ?? 0;
  return {
    writes,
    inserts: opcounters.insert ?? 0,
    updates: opcounters.update ?? 0,
    deletes: opcounters.delete ?? 0,
    writeCommands: total('insert') + total('update') + total('delete') + total('findAndModify'),
    reads: opcounters.query ?? 0,
    journalSyncs: wiredTiger.log['log sync operations'] ?? 0,
  };
}

/**
 * Bytes in the product's databases, as WiredTiger holds them before its own compression, indexes apart; by database.
 * @param {import('mongoose').mongo.MongoClient} client @param {readonly string[]} except databases that are not the product's
 * @returns {Promise<Record<string, number>>}
 */
export async function storedBytes(client, except) {
  const { databases } = await client.db('admin').admin().listDatabases({ nameOnly: true });
  const names = databases.map(({ name }) => name).filter((name) => !['admin', 'config', 'local', ...except].includes(name));
  const sizes = await Promise.all(
    names.map(async (name) => {
      const { dataSize, indexSize } = await client.db(name).stats();
      return /** @type {const} */ ([name, Number(dataSize) + Number(indexSize)]);
    }),
  );
  return Object.fromEntries(sizes);
}

/**
 * Single writes and reads of each collection since mongod's start, as `database.collection write` and `... read`.
 * @param {import('mongoose').mongo.MongoClient} client
 * @returns {Promise<Record<string, number>>}
 */
export async function collectionCounts(client) {
  /** @typedef {{ count: number } | undefined} Count the shape of `top` (MongoDB 6.0) */
  const { totals } = /** @type {{ totals: Record<string, Record<string, Count>> }} */ (
    /** @type {unknown} */ (await client.db('admin').command({ top: 1 }))
  );
  const countOf = (/** @type {Count} */ count) => count?.count ?? 0;
  return Object.fromEntries(
    Object.entries(totals)
      .filter(([name]) => name !== 'note' && !/^(admin|config|local)\./.test(name))
      .flatMap(([name, { insert, update, remove, queries }]) => [
        [`${name} write`, countOf(insert) + countOf(update) + countOf(remove)],
        [`${name} read`, countOf(queries)],
      ]),
  );
}
