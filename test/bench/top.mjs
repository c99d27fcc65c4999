// node test/bench/top.mjs FILE.cpuprofile...   where the time of V8's CPU profiles goes: by what the code belongs to, and the costliest functions.
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { ROOT } from '../../deploy/local/host.mjs';
import { aligned } from './table.mjs';

/** Functions and parts told. */
const told = 40;

/** V8's format, as far as it is read here. Times in microseconds. @typedef {{ nodes: { id: number, callFrame: { functionName: string, url: string, lineNumber: number }, children?: number[] }[], samples: number[], timeDeltas: number[] }} Profile */

/** A package, one of our own files, or V8 and Node themselves. @param {string} url */
function ownerOf(url) {
  const place = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1];
  if (place !== undefined) return place;
  if (url.startsWith('node:')) return url.split('/')[0] === 'node:internal' ? `node:internal/${url.split('/')[1]}` : url;
  return url.startsWith('file:') ? relative(`${ROOT}/dist`, new URL(url).pathname) : '(V8)';
}

/** @param {string} file @param {Map<string, number>} byOwner @param {Map<string, number>} byFunction @param {Map<string, number>} underOurs */
function add(file, byOwner, byFunction, underOurs) {
  const { nodes, samples, timeDeltas } = /** @type {Profile} */ (JSON.parse(readFileSync(file, 'utf8')));
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id])));
  const own = new Map();
  for (const [at, id] of samples.entries()) own.set(id, (own.get(id) ?? 0) + (timeDeltas[at] ?? 0));
  let busy = 0;
  const count = (/** @type {Map<string, number>} */ into, /** @type {string} */ key, /** @type {number} */ time) =>
    into.set(key, (into.get(key) ?? 0) + time);
  for (const [id, time] of own) {
    const frame = byId.get(id)?.callFrame;
    if (!frame || frame.functionName === '(idle)') continue;
    busy += time;
    const owner = ownerOf(frame.url);
    count(byOwner, owner === '(V8)' ? frame.functionName : owner, time);
    count(byFunction, `${frame.functionName || '(anonymous)'}  ${owner}:${frame.lineNumber + 1}`, time);
    // The nearest of our own files up the stack: for whom the packages and Node worked.
    let above = id;
    while (above !== undefined && !/^(apps|libs)\//.test(ownerOf(byId.get(above)?.callFrame.url ?? ''))) above = parents.get(above);
    count(underOurs, above === undefined ? `(none of ours) ${owner}` : ownerOf(byId.get(above)?.callFrame.url ?? ''), time);
  }
  return busy;
}

const byOwner = new Map();
const byFunction = new Map();
const underOurs = new Map();
const busy = process.argv.slice(2).reduce((sum, file) => sum + add(file, byOwner, byFunction, underOurs), 0);
for (const [title, counts] of /** @type {const} */ ([
  ['own time by owner', byOwner],
  ['time by the nearest of our files', underOurs],
  ['own time by function', byFunction],
])) {
  const rows = [...counts].sort(([, one], [, other]) => other - one).slice(0, told);
  process.stdout.write(
    `\n${aligned([[title, 'share'], ...rows.map(([name, time]) => [name, `${((100 * time) / busy).toFixed(1)} %`])])}\n`,
  );
}
process.stdout.write(`\nbusy ${(busy / 1e6).toFixed(1)} s\n`);
