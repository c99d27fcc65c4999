import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT, say } from './host.mjs';
import { nodeBinary, withPackages } from './prepare.mjs';

/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */

/** How long jest may stay after it has written its results (ms). */
const lingerMsMax = 15_000;
const lookAgainMs = 1000;

/** @param {readonly Counts[]} all @returns {Counts} */
export const sum = (all) =>
  all.reduce(
    (one, other) => ({ passed: one.passed + other.passed, failed: one.failed + other.failed, skipped: one.skipped + other.skipped }),
    {
      passed: 0,
      failed: 0,
      skipped: 0,
    },
  );

/** The closing line of `npm test`; programs read it. @param {Counts} counts */
export const closingLine = ({ passed, failed, skipped }) => `${passed} passed, ${failed} failed, ${skipped} skipped`;

/**
 * Runs jest on some of its projects and lets it speak (on stderr).
 * @param {{ projects: readonly string[], args: readonly string[], env?: Record<string, string> }} options
 * @returns {Promise<Counts>} a test file that cannot be loaded, and a jest that dies, count as one failed test each
 */
export async function runJest({ projects, args, env = {} }) {
  const folder = mkdtempSync(join(tmpdir(), 'bulfinch-jest-'));
  const outputFile = join(folder, 'results.json');
  const flags = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', '--disable-warning=TimeoutNegativeWarning'];
  const jest = [
    join(ROOT, 'node_modules', 'jest', 'bin', 'jest.js'),
    '--config',
    'test/jest.config.mjs',
    '--passWithNoTests',
    '--json',
    '--outputFile',
    outputFile,
  ];
  try {
    const code = await new Promise((resolve) => {
      const child = spawn(nodeBinary(), [...flags, ...jest, '--selectProjects', ...projects, ...args], {
        cwd: ROOT,
        env: { ...withPackages(), ...env },
        // jest's stdout holds only the JSON that also goes to the file.
        stdio: ['ignore', 'ignore', 'inherit'],
      });
      const guard = endWhenDone(child, outputFile);
      child.once('error', () => resolve(1));
      child.once('exit', (status, signal) => {
        clearInterval(guard);
        // Ended by the guard: its results are written and decide.
        resolve(signal === 'SIGTERM' && existsSync(outputFile) ? 0 : (status ?? 1));
      });
    });
    return existsSync(outputFile) ? countsOf(outputFile, code) : { passed: 0, failed: 1, skipped: 0 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * A test that leaves something open keeps jest alive for ever after its results are out.
 * @param {import('node:child_process').ChildProcess} child @param {string} outputFile
 */
function endWhenDone(child, outputFile) {
  let doneSince = 0;
  return setInterval(() => {
    if (!existsSync(outputFile)) return;
    doneSince ||= Date.now();
    if (Date.now() - doneSince < lingerMsMax) return;
    say('jest: a test has left something open; all results are in, so it is ended');
    child.kill('SIGTERM');
  }, lookAgainMs);
}

/** @param {string} file @param {number} code @returns {Counts} */
function countsOf(file, code) {
  /** @type {{ numPassedTests: number, numFailedTests: number, numPendingTests: number, numTodoTests: number, numRuntimeErrorTestSuites: number }} */
  const result = JSON.parse(readFileSync(file, 'utf8'));
  const failed = result.numFailedTests + result.numRuntimeErrorTestSuites;
  // Exit code 1 without a failed test (a setup that threw, an open handle): still a failure.
  return {
    passed: result.numPassedTests,
    failed: failed === 0 && code !== 0 ? 1 : failed,
    skipped: result.numPendingTests + result.numTodoTests,
  };
}
