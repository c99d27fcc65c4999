// `npm test [-- --only unit|integration|corpus|system] [JEST ARGS]`: every test, engines found or fetched by itself.
// The last line on stdout is `N passed, N failed, N skipped`.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findKafka, startKafka } from './engines/kafka.mjs';
import { findMongodb, startMongod } from './engines/mongod.mjs';
import { Missing, reasonOf, say } from './host.mjs';
import { closingLine, runJest, sum } from './jest.mjs';
import { ensurePrepared } from './prepare.mjs';

/** @typedef {import('./jest.mjs').Counts} Counts */
/** @typedef {{ stop: () => Promise<void> }} Stoppable */

/** Pure tests share the two cores; tests with engines and processes go one after the other, or they would time each other out. */
const runs = [
  { projects: ['unit'], needsEngines: false, args: ['--maxWorkers=2'] },
  { projects: ['corpus'], needsEngines: false, args: ['--maxWorkers=2'] },
  { projects: ['integration'], needsEngines: true, args: ['--runInBand'] },
  { projects: ['system'], needsEngines: true, args: ['--runInBand'] },
];
const usage = `npm test [-- [--only ${runs.map((run) => run.projects[0]).join('|')}] [JEST ARGS]]`;

/** @param {readonly string[]} args */
function choose(args) {
  const at = args.indexOf('--only');
  if (at < 0) return { chosen: runs, rest: args };
  const chosen = runs.filter((run) => run.projects[0] === args[at + 1]);
  if (chosen.length === 0) throw new Missing('not-ready', `There is no such kind of test. Use: ${usage}`);
  return { chosen, rest: [...args.slice(0, at), ...args.slice(at + 2)] };
}

/**
 * Starts what the tests share and says so; what cannot be had is named in TEST_SKIP_..., by which tests are skipped and counted.
 * @param {string} folder
 * @param {Stoppable[]} started what has been started, also when a later one fails
 * @returns {Promise<{ env: Record<string, string>, missing: string[] }>}
 */
async function startEngines(folder, started) {
  /** @type {Record<string, string>} */
  const env = {};
  /** @type {string[]} */
  const missing = [];
  const attempts = [
    { name: 'mongod', needs: 'TEST_MONGODB_URI', skip: 'TEST_SKIP_MONGODB', start: () => mongodbFor(folder, started) },
    { name: 'kafka', needs: 'TEST_KAFKA_BROKERS', skip: 'TEST_SKIP_KAFKA', start: () => kafkaFor(folder, started) },
  ];
  await Promise.all(
    attempts.map(async ({ name, needs, skip, start }) => {
      try {
        const { address, how } = await start();
        say(`${name}: using ${how}`);
        env[needs] = address;
      } catch (error) {
        say(`${name}: tests that need it are skipped. ${reasonOf(error)}`);
        env[skip] = error instanceof Missing ? error.code : 'not-started';
        missing.push(name);
      }
    }),
  );
  return { env, missing };
}

/** @param {string} folder @param {Stoppable[]} started */
async function mongodbFor(folder, started) {
  const found = await findMongodb();
  if ('uri' in found) return { address: found.uri, how: found.how };
  const mongod = await startMongod({ dataDir: join(folder, 'mongod'), binary: found.binary });
  started.push(mongod);
  return { address: mongod.uri, how: found.how };
}

/** @param {string} folder @param {Stoppable[]} started */
async function kafkaFor(folder, started) {
  const found = await findKafka();
  if ('brokers' in found) return { address: found.brokers, how: found.how };
  const kafka = await startKafka({ dataDir: join(folder, 'kafka'), program: found });
  started.push(kafka);
  return { address: kafka.brokers, how: found.how };
}

/** @returns {Promise<number>} the exit code */
async function main() {
  const { chosen, rest } = choose(process.argv.slice(2));
  await ensurePrepared();
  const folder = mkdtempSync(join(tmpdir(), 'bulfinch-test-'));
  /** @type {Stoppable[]} */
  const started = [];
  /** @type {Counts[]} */
  const counts = [];
  /** @type {string[]} */
  let missing = [];
  try {
    /** @type {Record<string, string>} */
    let env = {};
    if (chosen.some((run) => run.needsEngines)) ({ env, missing } = await startEngines(folder, started));
    for (const { projects, args } of chosen) {
      const from = performance.now();
      const count = await runJest({ projects, args: [...args, ...rest], env });
      counts.push(count);
      say(`${projects.join(', ')}: ${closingLine(count)}, ${((performance.now() - from) / 1000).toFixed(0)} s`);
    }
  } finally {
    await Promise.allSettled(started.map((engine) => engine.stop()));
    rmSync(folder, { recursive: true, force: true });
  }
  const total = sum(counts);
  const isStrict = process.env.CI === 'true' && missing.length > 0;
  if (isStrict) say(`CI=true: ${missing.join(' and ')} must be there.`);
  if (total.passed === 0) say('No test passed: nothing was shown.');
  process.stdout.write(`${closingLine(total)}\n`);
  return total.failed > 0 || total.passed === 0 || isStrict ? 1 : 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  say(reasonOf(error));
  process.stdout.write(`${closingLine({ passed: 0, failed: 1, skipped: 0 })}\n`);
  process.exitCode = 1;
}
