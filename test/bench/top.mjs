// node test/bench/top.mjs FILE.cpuprofile...   where the time of V8's CPU profiles goes: by package and by room, and the costliest functions.
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { ROOT } from '../../deploy/local/host.mjs';
import { aligned } from './table.mjs';

/** Rows of each table. */
const rowsMax = 25;

/**
 * V8's format, as far as it is read here. Times in microseconds.
 * @typedef {{ id: number, callFrame: { functionName: string, url: string, lineNumber: number }, children?: number[] }} ProfileNode
 * @typedef {{ nodes: ProfileNode[], samples: number[], timeDeltas: number[] }} Profile
 */
/** @typedef {Map<string, number>} Times microseconds by name */
/** @typedef {{ byPackage: Times, byRoom: Times, byFunction: Times }} Tables */

/** A package, one of our own files, a module of Node, or V8 itself. @param {string} url */
function ownerOf(url) {
  const place = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1];
  if (place !== undefined) return place;
  return url.startsWith('file:') ? relative(`${ROOT}/dist`, new URL(url).pathname) : url;
}

/** @param {Times} into @param {string} name @param {number} time */
const add = (into, name, time) => into.set(name, (into.get(name) ?? 0) + time);

/** Counts one profile into the tables. @param {string} file @param {Tables} tables @returns {number} microseconds that were not idle */
function count(file, { byPackage, byRoom, byFunction }) {
  const { nodes, samples, timeDeltas } = /** @type {Profile} */ (JSON.parse(readFileSync(file, 'utf8')));
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => /** @type {const} */ ([child, id]))));
  /** @type {Map<number, number>} */
  const own = new Map();
  for (const [at, id] of samples.entries()) own.set(id, (own.get(id) ?? 0) + (timeDeltas[at] ?? 0));
  /** The nearest frame up the stack whose owner fits. @param {number} id @param {RegExp} wanted */
  const above = (id, wanted) => {
    for (let at = /** @type {number | undefined} */ (id); at !== undefined; at = parents.get(at)) {
      const owner = ownerOf(byId.get(at)?.callFrame.url ?? '');
      if (wanted.test(owner)) return owner;
    }
    return undefined;
  };
  let busy = 0;
  for (const [id, time] of own) {
    const frame = byId.get(id)?.callFrame;
    if (!frame || frame.functionName === '(idle)') continue;
    busy += time;
    const name = frame.functionName || '(anonymous)';
    const owner = ownerOf(frame.url) || '(V8)';
    add(byPackage, above(id, /^(?!node:|evalmachine).+/) ?? (owner === '(V8)' ? name : owner), time);
    add(
      byRoom,
      above(id, /^(apps|libs)\//)
        ?.split('/')
        .slice(0, 2)
        .join('/') ?? '(below none of ours)',
      time,
    );
    add(byFunction, `${name}  ${owner}:${frame.lineNumber + 1}`, time);
  }
  return busy;
}

/** @type {Tables} */
const tables = { byPackage: new Map(), byRoom: new Map(), byFunction: new Map() };
const files = process.argv.slice(2);
const busy = files.reduce((sum, file) => sum + count(file, tables), 0);
for (const [title, times] of /** @type {const} */ ([
  ['by package or file, with what Node and V8 did for it', tables.byPackage],
  ['by room, with all that it called', tables.byRoom],
  ['own time by function', tables.byFunction],
])) {
  const rows = [...times].sort(([, one], [, other]) => other - one).slice(0, rowsMax);
  const text = aligned([[title, 'share'], ...rows.map(([name, time]) => [name, `${((100 * time) / busy).toFixed(1)} %`])]);
  process.stdout.write(`${text}\n\n`);
}
process.stdout.write(`${files.length} profiles, busy ${(busy / 1e6).toFixed(1)} s\n`);
