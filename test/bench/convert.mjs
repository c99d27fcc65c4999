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
set until ${seconds} s are over. Beside it in the same rounds, document by document, its floor: readXml() alone, the tree thrown away. CPU seconds are of the
whole process (garbage collection on other cores included), so they may exceed the time. Documents that are refused are told and not counted.`;

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
  /** @type {{ name: string, convertMs: number, readMs: number, sizeBytes: number }[]} */
  let timed = [];
  let recordBytesTotal = 0;
  const passes = (/** @type {number} */ forSeconds) => {
    let count = 0;
    for (const from = performance.now(); performance.now() - from < forSeconds * 1000; count++)
      for (const source of taken) {
        const start = performance.now();
        recordBytesTotal += convertOne(source) ?? 0;
        const converted = performance.now();
        readXml(source.bytes);
        timed.push({
          name: source.name,
          convertMs: converted - start,
          readMs: performance.now() - converted,
          sizeBytes: source.bytes.length,
        });
      }
    return count;
  };
  passes(warm);
  timed = [];
  recordBytesTotal = 0;
  const before = process.cpuUsage();
  const rounds = taken.length > 0 ? passes(seconds) : 0;
  const cpu = process.cpuUsage(before);
  const total = (/** @type {'convertMs' | 'readMs' | 'sizeBytes'} */ what) => timed.reduce((sum, one) => sum + one[what], 0);
  const slowest = [...timed].sort((one, other) => other.convertMs - one.convertMs)[0];
  const secondsOf = (/** @type {'convertMs' | 'readMs'} */ what) => total(what) / 1000;
  const sizeMegabytes = total('sizeBytes') / megabyte;
  return {
    title,
    documents: taken.length,
    refused,
    rounds,
    meanBytes: total('sizeBytes') / timed.length,
    meanRecordBytes: recordBytesTotal / timed.length,
    cpuSecondsPerSecond: (cpu.user + cpu.system) / 1e6 / (secondsOf('convertMs') + secondsOf('readMs')),
    convert: {
      perSecond: timed.length / secondsOf('convertMs'),
      megabytesPerSecond: sizeMegabytes / secondsOf('convertMs'),
      ms: spread(timed.map(({ convertMs }) => convertMs)),
      slowest: slowest && { name: slowest.name, sizeBytes: slowest.sizeBytes },
    },
    readXml: {
      perSecond: timed.length / secondsOf('readMs'),
      megabytesPerSecond: sizeMegabytes / secondsOf('readMs'),
      ms: spread(timed.map(({ readMs }) => readMs)),
    },
    timesTheFloor: secondsOf('convertMs') / secondsOf('readMs'),
  };
}

/** @param {readonly Figures[]} sets */
function tableOf(sets) {
  const times = (/** @type {{ p50: number, p95: number, max: number }} */ { p50, p95, max }) =>
    `${p50.toFixed(2)} / ${p95.toFixed(2)} / ${max.toFixed(1)}`;
  return aligned([
    ['', 'documents/s', 'MB/s', 'ms, p50 / p95 / max', 'times the floor'],
    ...sets.flatMap((set) => [
      [
        set.title,
        set.convert.perSecond.toFixed(0),
        set.convert.megabytesPerSecond.toFixed(1),
        times(set.convert.ms),
        set.timesTheFloor.toFixed(2),
      ],
      ['  reading alone', set.readXml.perSecond.toFixed(0), set.readXml.megabytesPerSecond.toFixed(1), times(set.readXml.ms), '1'],
    ]),
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
      ({ title, documents, rounds, meanBytes, meanRecordBytes, refused, cpuSecondsPerSecond, convert }) =>
        `${title}: ${documents} converted, ${rounds} rounds, ${(meanBytes / 1000).toFixed(0)} KB in, ${(meanRecordBytes / 1000).toFixed(0)} KB out on average, ` +
        `${cpuSecondsPerSecond.toFixed(2)} CPU s per s; slowest ${convert.slowest?.name ?? '-'} (${((convert.slowest?.sizeBytes ?? 0) / 1000).toFixed(0)} KB)` +
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
