// `npm run check`: everything a reviewer will run. All steps are run, also after one failed.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, reasonOf, say } from './host.mjs';
import { closingLine, runJest } from './jest.mjs';
import { ensurePrepared, nodeBinary, withPackages } from './prepare.mjs';

const docsFresh = join('deploy', 'local', 'docs-fresh.mjs');
/** @type {readonly { name: string, command: string, args: readonly string[] }[]} */
const steps = [
  { name: 'format', command: 'biome', args: ['check', '.'] },
  { name: 'lint', command: 'oxlint', args: ['--type-aware', '--deny-warnings', 'apps', 'libs', 'test', 'deploy'] },
  { name: 'import rules', command: 'node', args: [join('deploy', 'local', 'import-rules.mjs')] },
  { name: 'types', command: 'node', args: [join('node_modules', 'ts7', 'bin', 'tsc'), '--noEmit', '-p', 'tsconfig.json'] },
  ...(existsSync(join(ROOT, docsFresh)) ? [{ name: 'generated docs', command: 'node', args: [docsFresh] }] : []),
];

/** @param {string} command @param {readonly string[]} args @returns {Promise<boolean>} whether it passed */
function run(command, args) {
  return new Promise((resolve) => {
    const program = command === 'node' ? nodeBinary() : command;
    const child = spawn(program, args, { cwd: ROOT, env: withPackages(), stdio: 'inherit' });
    child.once('error', (error) => {
      say(`${command}: ${error.message}`);
      resolve(false);
    });
    child.once('exit', (code) => resolve(code === 0));
  });
}

/** @param {string} name @param {number} from @param {boolean} isPassed */
const report = (name, from, isPassed) =>
  say(`check: ${name} ${isPassed ? 'passed' : 'FAILED'}, ${((performance.now() - from) / 1000).toFixed(1)} s`);

async function main() {
  await ensurePrepared();
  /** @type {string[]} */
  const failed = [];
  for (const { name, command, args } of steps) {
    const from = performance.now();
    const isPassed = await run(command, args);
    report(name, from, isPassed);
    if (!isPassed) failed.push(name);
  }
  const from = performance.now();
  const counts = await runJest({ projects: ['unit'], args: ['--maxWorkers=2'] });
  const isPassed = counts.failed === 0 && counts.passed > 0;
  report('unit tests', from, isPassed);
  if (!isPassed) failed.push('unit tests');
  say(failed.length === 0 ? 'check: everything passed' : `check: ${failed.join(', ')} FAILED`);
  process.stdout.write(`${closingLine(counts)}\n`);
  return failed.length === 0 ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  say(reasonOf(error));
  process.exitCode = 1;
}
