import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, renameSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { isAlive, lastLineOf } from '../host.mjs';

/**
 * @typedef {object} Tethered a program that ends when this process ends
 * @property {number} pid the program's own process id
 * @property {Promise<{ code: number | null, signal: string | null }>} ended settles when the program has ended
 * @property {() => boolean} isRunning
 * @property {() => Promise<void>} stop SIGTERM, after `graceMs` SIGKILL; resolves when it is gone
 * @property {() => Promise<void>} kill SIGKILL, as a power cut would; resolves when it is gone
 */

const tetherFile = fileURLToPath(new URL('./tether.mjs', import.meta.url));

/**
 * Starts a program tied to this process. Its output goes to `logFile`; the one of the start before is kept as `logFile.1`.
 * @param {{ program: string, args: readonly string[], logFile: string, graceMs: number, cwd?: string, env?: NodeJS.ProcessEnv }} options
 * @returns {Promise<Tethered>} rejects when it cannot be started
 */
export async function startTethered({ program, args, logFile, graceMs, cwd, env }) {
  if (existsSync(logFile)) renameSync(logFile, `${logFile}.1`);
  const log = openSync(logFile, 'a', 0o600);
  const tether = spawn(process.execPath, [tetherFile, String(graceMs), program, ...args], {
    cwd,
    env: env ?? process.env,
    detached: true,
    stdio: ['pipe', log, log, 'pipe'],
  });
  closeSync(log);
  // Writing to a tether that is gone is no fault: it is what we wanted.
  tether.stdin?.on('error', () => {});
  const messages = createInterface({ input: /** @type {import('node:stream').Readable} */ (tether.stdio[3]) });
  /** @type {{ pid: number, code: number | null, signal: string | null }} */
  const known = { pid: 0, code: null, signal: null };
  /** @type {Promise<void>} */
  const started = new Promise((resolve, reject) => {
    tether.once('error', reject);
    messages.on('line', (line) => {
      // Written by tether.mjs, in one of its three shapes.
      const message = JSON.parse(line);
      if (message.error) reject(new Error(`${program}: ${message.error}`));
      Object.assign(known, message);
      if (message.pid) resolve();
    });
    tether.once('exit', () => reject(new Error(`${program} could not be started`)));
  });
  let isEnded = false;
  /** @type {Tethered['ended']} */
  const ended = new Promise((resolve) => {
    tether.once('close', () => {
      // A tether killed by hand leaves its engine: end it here.
      if (known.pid > 0 && known.code === null && known.signal === null && isAlive(known.pid)) process.kill(known.pid, 'SIGKILL');
      isEnded = true;
      resolve({ code: known.code, signal: known.signal });
    });
  });
  await started;
  // A tethered engine does not keep this process alive: it ends with it. Only waiting for its end does.
  const handles = [tether, tether.stdin, tether.stdio[3]];
  const hold = (/** @type {'ref' | 'unref'} */ how) => {
    // Pipes are sockets here and have ref and unref; the type of stdio knows only streams.
    for (const handle of handles) /** @type {{ ref(): void, unref(): void }} */ (/** @type {unknown} */ (handle))[how]();
  };
  hold('unref');
  return {
    pid: known.pid,
    ended,
    isRunning: () => !isEnded,
    async stop() {
      hold('ref');
      tether.stdin?.end();
      await ended;
    },
    async kill() {
      hold('ref');
      if (!isEnded && isAlive(known.pid)) process.kill(known.pid, 'SIGKILL');
      await ended;
    },
  };
}

/** @param {string} logFile @param {RegExp} [wanted] @returns {string} the last line of a log that fits, for an error text */
export function lastLogLine(logFile, wanted = /./) {
  if (!existsSync(logFile)) return 'it said nothing';
  const lines = readFileSync(logFile, 'utf8').split('\n');
  return lastLineOf(lines.filter((line) => wanted.test(line)).join('\n')).slice(0, 600);
}

/**
 * @typedef {object} Engine a tethered program that can be started again on the same data and port
 * @property {number} pid of the program that runs now, or ran last
 * @property {() => boolean} isRunning
 * @property {() => Promise<{ code: number | null, signal: string | null }>} ended waits for the end of the one that runs now
 * @property {() => Promise<void>} stop clean, data kept
 * @property {() => Promise<void>} kill as a power cut would; what was durable is kept
 * @property {() => Promise<void>} start again after its end; nothing when it runs
 */

/**
 * @template {object} Facts
 * @param {Facts} facts what stays the same over restarts
 * @param {Tethered} first
 * @param {() => Promise<Tethered>} again starts it anew, on the same data and port
 * @returns {Facts & Engine}
 */
export function restartable(facts, first, again) {
  let engine = first;
  /** @type {Promise<void> | undefined} one start at a time, whoever asks */
  let starting;
  const startAgain = async () => {
    engine = await again();
  };
  return {
    ...facts,
    get pid() {
      return engine.pid;
    },
    isRunning: () => engine.isRunning(),
    ended: () => engine.ended,
    stop: () => engine.stop(),
    kill: () => engine.kill(),
    async start() {
      if (engine.isRunning()) return;
      starting ??= startAgain().finally(() => {
        starting = undefined;
      });
      await starting;
    },
  };
}
