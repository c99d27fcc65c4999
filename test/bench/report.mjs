import { cores, since } from './measure.mjs';
import { aligned } from './table.mjs';

const megabyte = 1024 * 1024;
const kilobyte = 1024;

/**
 * @typedef {object} Reading all counters at one moment
 * @property {Record<string, number>} cpu seconds, by process
 * @property {number} conversionCpu seconds of the conversion's threads, a part of the above
 * @property {number} benchCpu seconds of the benchmark's own process: clients and receiver
 * @property {number} machineCpu seconds of the whole machine, others included
 * @property {Record<string, number>} mongod counts
 * @property {Record<string, number>} collections single writes and reads, by collection
 * @property {Record<string, number>} stored bytes, by database
 * @property {number} kafkaBytes in the broker's log folder
 */
/** @typedef {import('./load.mjs').Round<Reading>} Round */
/** @typedef {ReturnType<typeof figuresOf>} Figures */

/** @param {Record<string, number>} counts */
const sum = (counts) => Object.values(counts).reduce((total, count) => total + count, 0);
/** @param {Record<string, number>} counts @param {number} divisor */
const each = (counts, divisor) => Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, count / divisor]));

/**
 * What a round comes to, per transfer and per 1,000.
 * @param {Round} round
 * @param {number} inFlight
 */
export function figuresOf(round, inFlight) {
  const { before, after, arrived, seconds } = round;
  const cpu = since(after.cpu, before.cpu);
  const thousands = arrived / 1000;
  const ours = sum(cpu) + after.benchCpu - before.benchCpu;
  const conversion = (after.conversionCpu - before.conversionCpu) / thousands;
  return {
    inFlight,
    seconds,
    arrived,
    lost: round.lost,
    faults: round.faults,
    perSecond: arrived / seconds,
    submitToArrivalMs: round.submitToArrivalMs,
    firstCallToArrivalMs: round.firstCallToArrivalMs,
    cpuSecondsPer1000: {
      all: sum(cpu) / thousands,
      withoutConversion: sum(cpu) / thousands - conversion,
      conversion,
      ...each(cpu, thousands),
    },
    mongodPerTransfer: each(since(after.mongod, before.mongod), arrived),
    collectionsPerTransfer: each(since(after.collections, before.collections), arrived),
    storedBytesPerTransfer: sum(since(after.stored, before.stored)) / arrived,
    storedBytesPerTransferByDatabase: each(since(after.stored, before.stored), arrived),
    kafkaBytesPerTransfer: (after.kafkaBytes - before.kafkaBytes) / arrived,
    /** Shares of all cores in the measured part. */
    machine: {
      system: sum(cpu) / seconds / cores,
      bench: (after.benchCpu - before.benchCpu) / seconds / cores,
      others: Math.max(0, after.machineCpu - before.machineCpu - ours) / seconds / cores,
    },
  };
}

/** @param {number} value @param {number} [digits] */
const fixed = (value, digits = 1) => (Number.isFinite(value) ? value.toFixed(digits) : '-');
/** @param {number} share */
const percent = (share) => `${fixed(share * 100, 0)} %`;

/** @param {{ p50: number, p95: number, p99: number }} times */
const times = ({ p50, p95, p99 }) => `${fixed(p50, 0)} / ${fixed(p95, 0)} / ${fixed(p99, 0)}`;

/**
 * One table for people: the system and the floor side by side at each level.
 * @param {readonly { system: Figures, floor: Figures }[]} levels
 */
export function tableOf(levels) {
  /** @type {(readonly [string, (pair: { system: Figures, floor: Figures }) => readonly [string, string]])[]} */
  const rows = [
    ['transfers/s', ({ system, floor }) => [fixed(system.perSecond), fixed(floor.perSecond)]],
    ['submit to arrival, ms, p50 / p95 / p99', ({ system, floor }) => [times(system.submitToArrivalMs), times(floor.submitToArrivalMs)]],
    ['first call to arrival, ms', ({ system, floor }) => [times(system.firstCallToArrivalMs), times(floor.firstCallToArrivalMs)]],
    ['CPU s per 1,000, all of it', ({ system, floor }) => [fixed(system.cpuSecondsPer1000.all), fixed(floor.cpuSecondsPer1000.all)]],
    [
      '  without the conversion',
      ({ system, floor }) => [fixed(system.cpuSecondsPer1000.withoutConversion), fixed(floor.cpuSecondsPer1000.all)],
    ],
    ...cpuRows(levels),
    [
      'single writes per transfer',
      ({ system, floor }) => [fixed(system.mongodPerTransfer.writes ?? 0), fixed(floor.mongodPerTransfer.writes ?? 0)],
    ],
    [
      '  in write commands',
      ({ system, floor }) => [fixed(system.mongodPerTransfer.writeCommands ?? 0, 2), fixed(floor.mongodPerTransfer.writeCommands ?? 0, 2)],
    ],
    [
      '  journal syncs',
      ({ system, floor }) => [fixed(system.mongodPerTransfer.journalSyncs ?? 0, 2), fixed(floor.mongodPerTransfer.journalSyncs ?? 0, 2)],
    ],
    ['reads per transfer', ({ system, floor }) => [fixed(system.mongodPerTransfer.reads ?? 0), fixed(floor.mongodPerTransfer.reads ?? 0)]],
    ['KB stored per transfer', ({ system }) => [fixed(system.storedBytesPerTransfer / kilobyte), '']],
    ['KB in Kafka per transfer', ({ system }) => [fixed(system.kafkaBytesPerTransfer / kilobyte), '']],
    ['share of the cores: measured / bench / others', ({ system, floor }) => [machine(system), machine(floor)]],
    ['lost', ({ system, floor }) => [String(system.lost), String(floor.lost)]],
  ];
  const head = ['', ...levels.flatMap(({ system }) => [`${system.inFlight} in flight`, 'floor'])];
  const body = rows.map(([title, cells]) => [title, ...levels.flatMap((pair) => cells(pair))]);
  const ratios = [
    'times the floor, CPU / without conversion',
    ...levels.flatMap(({ system, floor }) => [ratioText(ratioOf(system, floor)), '']),
  ];
  return aligned([head, ...body, ratios]);
}

/** @param {Figures} figures */
const machine = ({ machine: { system, bench, others } }) => `${percent(system)} / ${percent(bench)} / ${percent(others)}`;

/** A row a process, and the conversion's threads. @param {readonly { system: Figures, floor: Figures }[]} levels @returns {(readonly [string, (pair: { system: Figures, floor: Figures }) => readonly [string, string]])[]} */
function cpuRows(levels) {
  const names = Object.keys(levels[0]?.system.cpuSecondsPer1000 ?? {}).filter((name) => name !== 'all' && name !== 'withoutConversion');
  return names.map((name) => [
    `  ${name}`,
    ({ system, floor }) => {
      // Each process is a member of its own beside the sums.
      const secondsOf = (/** @type {Figures} */ figures) => /** @type {Record<string, number>} */ (figures.cpuSecondsPer1000)[name];
      return [fixed(secondsOf(system) ?? Number.NaN), name === 'mongod' ? fixed(secondsOf(floor) ?? Number.NaN) : ''];
    },
  ]);
}

/** CPU of the system by CPU of the floor. @param {Figures} system @param {Figures} floor */
export const ratioOf = (system, floor) => ({
  all: system.cpuSecondsPer1000.all / floor.cpuSecondsPer1000.all,
  withoutConversion: system.cpuSecondsPer1000.withoutConversion / floor.cpuSecondsPer1000.all,
});
/** @param {ReturnType<typeof ratioOf>} ratio */
const ratioText = ({ all, withoutConversion }) => `${fixed(all)} / ${fixed(withoutConversion)}`;

/** @param {Record<string, { rssBytes: number, rssBytesMax: number }>} memory */
export function memoryText(memory) {
  return Object.entries(memory)
    .map(([name, { rssBytes, rssBytesMax }]) => `${name} ${fixed(rssBytes / megabyte, 0)} (most ${fixed(rssBytesMax / megabyte, 0)})`)
    .join(', ');
}

/** Below this a collection is not told: the sweeps' own (writes or reads a transfer). */
const countShownMin = 0.2;

/** What the last level wrote and read, by collection. @param {Figures} figures */
export function collectionsText({ inFlight, collectionsPerTransfer }) {
  const told = Object.entries(collectionsPerTransfer)
    .filter(([, count]) => count >= countShownMin)
    .sort(([, one], [, other]) => other - one)
    .map(([name, count]) => `  ${fixed(count).padStart(6)}  ${name}`);
  return [`Single writes and reads per transfer by collection, ${inFlight} in flight:`, ...told].join('\n');
}
