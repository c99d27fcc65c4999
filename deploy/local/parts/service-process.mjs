import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Missing, ROOT } from '../host.mjs';
import { nodeBinary } from '../prepare.mjs';

/**
 * @typedef {object} ServiceProcess one Node process of the product, started again when it dies
 * @property {string} name
 * @property {number} port
 * @property {number} pid of the process that runs now, or ran last
 * @property {() => Promise<void>} kill SIGKILL; the supervisor starts it again
 * @property {() => Promise<void>} restart a clean stop and a start, as a deploy does it
 * @property {() => Promise<void>} stop for good
 * @property {() => void} watch from now on a death is answered by a start; before, it fails the start of the system
 * @property {() => Missing | undefined} failure why it is not there, when it died before it was watched
 */

/** A service drains in under 25 s (design.md section 8); what still runs after this is cut (ms). */
const stopGraceMs = 27_000;
const restartAfterMsDefault = 1000;
/** A service that dies so often in a minute will not get better by itself. */
const restartsPerMinuteMax = 20;
const minuteMs = 60_000;
/** Lines of a service's log that go into an error text. */
const logLinesShown = 6;
const tie = new URL('./tie.mjs', import.meta.url).href;

/**
 * Starts `dist/apps/<app>/src/main.js` with its output in `logFile`, in a process group of its own: Ctrl-C reaches the parent alone,
 * which stops the parts in order.
 * @param {{ name: string, app: string, port: number, env: NodeJS.ProcessEnv, logFile: string, say: (line: string) => void,
 *   onRestart: () => void, onGiveUp: (name: string) => void, restartAfterMs?: number }} options
 * @returns {ServiceProcess}
 */
export function startService({ name, app, port, env, logFile, say, onRestart, onGiveUp, restartAfterMs = restartAfterMsDefault }) {
  mkdirSync(dirname(logFile), { recursive: true, mode: 0o700 });
  if (existsSync(logFile)) renameSync(logFile, `${logFile}.1`);
  let isWatched = false;
  let isStopping = false;
  /** @type {Missing | undefined} */
  let failure;
  /** @type {number[]} */
  let deaths = [];
  /** @type {NodeJS.Timeout | undefined} */
  let next;
  let current = launch({ app, env: { ...env, PORT: String(port) }, logFile });

  /** @param {{ code: number | null, signal: string | null }} end */
  function onDeath({ code, signal }) {
    if (isStopping) return;
    const how = signal ?? `exit code ${code}`;
    if (!isWatched) {
      failure = new Missing('not-ready', `${name} ended at its start (${how}):\n${lastLines(logFile)}\nAll of it: ${logFile}`);
      return;
    }
    deaths = [...deaths.filter((at) => at > Date.now() - minuteMs), Date.now()];
    if (deaths.length > restartsPerMinuteMax) {
      say(`${name}: ended ${deaths.length} times in a minute (${how}); its log is ${logFile}`);
      onGiveUp(name);
      return;
    }
    say(`${name}: ended (${how}), starts again in ${restartAfterMs / 1000} s`);
    next = setTimeout(startAgain, restartAfterMs);
  }
  function startAgain() {
    current = launch({ app, env: { ...env, PORT: String(port) }, logFile });
    void current.ended.then(onDeath);
    onRestart();
  }
  async function end() {
    clearTimeout(next);
    if (!current.isRunning()) return;
    const cut = setTimeout(() => current.child.kill('SIGKILL'), stopGraceMs);
    current.child.kill('SIGTERM');
    await current.ended;
    clearTimeout(cut);
  }
  void current.ended.then(onDeath);

  return {
    name,
    port,
    get pid() {
      return current.child.pid ?? 0;
    },
    watch: () => {
      isWatched = true;
    },
    failure: () => failure,
    async kill() {
      current.child.kill('SIGKILL');
      await current.ended;
    },
    async restart() {
      isStopping = true;
      await end();
      isStopping = false;
      startAgain();
    },
    async stop() {
      isStopping = true;
      await end();
    },
  };
}

/** @param {{ app: string, env: NodeJS.ProcessEnv, logFile: string }} options */
function launch({ app, env, logFile }) {
  const log = openSync(logFile, 'a', 0o600);
  // The warning is of kafkajs' timers on Node 24 and says nothing to a person.
  const flags = ['--enable-source-maps', '--disable-warning=TimeoutNegativeWarning', '--import', tie];
  const script = join(ROOT, 'dist', 'apps', app, 'src', 'main.js');
  const child = spawn(nodeBinary(), [...flags, script], { cwd: ROOT, env, detached: true, stdio: ['ignore', log, log, 'pipe'] });
  closeSync(log);
  child.stdio[3]?.on('error', () => {});
  let isRunning = true;
  /** @type {Promise<{ code: number | null, signal: string | null }>} */
  const ended = new Promise((resolve) => {
    child.once('error', () => resolve({ code: 127, signal: null }));
    child.once('exit', (code, signal) => resolve({ code, signal }));
  }).then((end) => {
    isRunning = false;
    return end;
  });
  return { child, ended, isRunning: () => isRunning };
}

/** What a dying service said last, without stack lines: they are in the log. @param {string} logFile */
function lastLines(logFile) {
  const lines = readFileSync(logFile, 'utf8').trimEnd().split('\n');
  return lines
    .filter((line) => line.trim() !== '' && !/^\s+at |^Node\.js v|^\s*\^+$/.test(line))
    .slice(-logLinesShown)
    .join('\n');
}
