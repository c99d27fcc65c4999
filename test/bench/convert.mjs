// `npm run bench:convert`: how fast source documents become FHIR R4, on one thread, beside the reading of their XML alone.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT, reasonOf, say } from '../../deploy/local/host.mjs';
import { ensurePrepared } from '../../deploy/local/prepare.mjs';
import { cores, loadAverages, spread } from './measure.mjs';
import { newRecord, recordBytes } from './record.mjs';
import { aligned } from './table.mjs';

const help = `Measures the conversion of documents, one thread.

  --seconds 10    measured part, for each set of documents
  --warm 5        before it, seconds
  --json FILE     all figures as JSON

Documents: the C-CDA files in CORPUS_DIR/ccda (or ../shared/corpus), and one of the benchmark's own.
`;
const method = (
  /** @type {{ seconds: number, warm: number }} */ { seconds, warm },
) => `Method: convert() of libs/conversion and the record as JSON bytes, one thread, no server, warmed for ${warm} s; then whole rounds over the
set until ${seconds} s are over. Beside it in the same rounds, document by document, its floor: readXml() alone, the tree thrown away. CPU is this thread's, garbage
collection on it included, so that others on the machine disturb it little; the clock's times beside it. Times the floor: by CPU. Documents
that are refused are told and not counted.`;

const megabyte = 1024 * 1024;
const input = {
  patientId: '6f0a5a52-9d2e-4c1b-8a43-3d5a1c6e7b01',
  recordId: '0d5f2c1e-7a94-4f0b-9c26-51b7e8a3d402',
  recordedAt: '2026-11-24T12:00:00.000Z',
};
const documentId = '5c4d3e2f-1a0b-4c9d-8e7f-6a5b4c3d2e03';

/** @typedef {typeof import('../../libs/conversion/src/convert.ts').convert} Convert */
/** @typedef {typeof import('../../libs/conversion/src/xml/read-xml.ts').readXml} ReadXml */
/** @typedef {{ name: string, bytes: Buffer }} Source */

/** @returns {Promise<{ convert: Convert, readXml: ReadXml }>} what the services run: the built code */
async function built() {
  const library = join(ROOT, 'dist', 'libs', 'conversion', 'src');
  const [{ convert }, { readXml }] = await Promise.all([import(join(library, 'index.js')), import(join(library, 'xml', 'read-xml.js'))]);
  return { convert, readXml };
}

/** @returns {Source[]} */
function corpus() {
  const folder = join(process.env.CORPUS_DIR ?? join(ROOT, '..', 'shared', 'corpus'), 'ccda');
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith('.xml'))
    .sort()
    .map((name) => ({ name, bytes: readFileSync(join(folder, name)) }));
}

/** What a set came to. Times in ms. @typedef {ReturnType<typeof run>} Figures */

/**
 * @param {string} title @param {readonly Source[]} sources
 * @param {{ convert: Convert, readXml: ReadXml, seconds: number, warm: number }} options
 */
function run(title, sources, { convert, readXml, seconds, warm }) {
  const convertOne = (/** @type {Source} */ { bytes }) => {
    const outcome = convert({ ...input, sources: [{ documentId, bytes }] });
    return outcome.ok ? Buffer.byteLength(JSON.stringify(outcome.record)) : undefined;
  };
  const refused = sources.filter((source) => convertOne(source) === undefined).map(({ name }) => name);
  const taken = sources.filter(({ name }) => !refused.includes(name));
  /** @type {{ name: string, sizeBytes: number, recordBytes: number, convert: Took, readXml: Took }[]} */
  let timed = [];
  const passes = (/** @type {number} */ forSeconds) => {
    let count = 0;
    for (const from = performance.now(); performance.now() - from < forSeconds * 1000; count++)
      for (const source of taken) {
        let recordBytes = 0;
        const converting = took(() => {
          recordBytes = convertOne(source) ?? 0;
        });
        const reading = took(() => readXml(source.bytes));
        timed.push({ name: source.name, sizeBytes: source.bytes.length, recordBytes, convert: converting, readXml: reading });
      }
    return count;
  };
  passes(warm);
  timed = [];
  const rounds = taken.length > 0 ? passes(seconds) : 0;
  const mean = (/** @type {(one: typeof timed[number]) => number} */ of) => timed.reduce((sum, one) => sum + of(one), 0) / timed.length;
  const meanBytes = mean(({ sizeBytes }) => sizeBytes);
  const figuresOf = (/** @type {'convert' | 'readXml'} */ what) => {
    const cpuMs = mean((one) => one[what].cpuMs);
    return {
      perCpuSecond: 1000 / cpuMs,
      megabytesPerCpuSecond: ((1000 / cpuMs) * meanBytes) / megabyte,
      perSecond: 1000 / mean((one) => one[what].ms),
      cpuMs: spread(timed.map((one) => one[what].cpuMs)),
      ms: spread(timed.map((one) => one[what].ms)),
    };
  };
  const slowest = [...timed].sort((one, other) => other.convert.cpuMs - one.convert.cpuMs)[0];
  const [converted, read] = [figuresOf('convert'), figuresOf('readXml')];
  return {
    title,
    documents: taken.length,
    refused,
    rounds,
    meanBytes,
    meanRecordBytes: mean(({ recordBytes }) => recordBytes),
    convert: { ...converted, slowest: slowest && { name: slowest.name, sizeBytes: slowest.sizeBytes } },
    readXml: read,
    timesTheFloor: read.perCpuSecond / converted.perCpuSecond,
  };
}

/** Of one call, ms: on the clock, and of this thread's CPU alone. @typedef {{ ms: number, cpuMs: number }} Took */
/** @param {() => unknown} work @returns {Took} */
function took(work) {
  const from = performance.now();
  const before = process.threadCpuUsage();
  work();
  const { user, system } = process.threadCpuUsage(before);
  return { ms: performance.now() - from, cpuMs: (user + system) / 1000 };
}

/** @param {readonly Figures[]} sets */
function tableOf(sets) {
  const times = (/** @type {{ p50: number, p95: number, max: number }} */ { p50, p95, max }) =>
    `${p50.toFixed(2)} / ${p95.toFixed(2)} / ${max.toFixed(1)}`;
  const row = (/** @type {string} */ title, /** @type {Figures['readXml']} */ figures, /** @type {string} */ ratio) => [
    title,
    figures.perCpuSecond.toFixed(0),
    figures.megabytesPerCpuSecond.toFixed(1),
    times(figures.cpuMs),
    figures.perSecond.toFixed(0),
    times(figures.ms),
    ratio,
  ];
  return aligned([
    ['', 'documents/CPU s', 'MB/CPU s', 'CPU ms, p50 / p95 / max', 'documents/s', 'ms, p50 / p95 / max', 'times the floor'],
    ...sets.flatMap((set) => [row(set.title, set.convert, set.timesTheFloor.toFixed(2)), row('  reading alone', set.readXml, '1')]),
  ]);
}

async function main() {
  const { values } = parseArgs({
    options: {
      seconds: { type: 'string', default: '10' },
      warm: { type: 'string', default: '5' },
      json: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return void process.stdout.write(help);
  const [seconds = 0, warm = 0] = [values.seconds, values.warm].map(Number);
  if (!(seconds > 0 && warm > 0)) throw new TypeError('Give numbers above 0.');
  await ensurePrepared();
  const library = await built();
  const sets = [
    { title: `own C-CDA of ${recordBytes / 1000} KB`, sources: [{ name: 'own', bytes: newRecord().bytes }] },
    { title: 'C-CDA of the corpus', sources: corpus() },
  ];
  const loadBefore = loadAverages();
  const figures = [];
  for (const { title, sources } of sets) {
    if (sources.length === 0) say(`${title}: no documents in CORPUS_DIR, left out`);
    else {
      say(`${title}: ${sources.length} documents`);
      figures.push(run(title, sources, { ...library, seconds, warm }));
    }
  }
  const loads = { loadBefore, loadAfter: loadAverages() };
  const lines = [
    method({ seconds, warm }),
    `Load averages before and after: ${loads.loadBefore} and ${loads.loadAfter} on ${cores} cores.`,
    '',
    tableOf(figures),
    '',
    ...figures.map(
      ({ title, documents, rounds, meanBytes, meanRecordBytes, refused, convert }) =>
        `${title}: ${documents} converted, ${rounds} rounds, ${(meanBytes / 1000).toFixed(0)} KB in, ${(meanRecordBytes / 1000).toFixed(0)} KB out on average; ` +
        `slowest ${convert.slowest?.name ?? '-'} (${((convert.slowest?.sizeBytes ?? 0) / 1000).toFixed(0)} KB)` +
        (refused.length > 0 ? `; refused ${refused.length}: ${refused.join(', ')}` : ''),
    ),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
  if (values.json !== undefined)
    writeFileSync(values.json, `${JSON.stringify({ method: method({ seconds, warm }), ...loads, figures }, undefined, 2)}\n`);
}

try {
  await main();
} catch (error) {
  say(reasonOf(error));
  process.exitCode = error instanceof TypeError ? 2 : 1;
}
