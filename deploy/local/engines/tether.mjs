// Runs one engine for a parent process and stops it when the parent is gone, however that went (also kill -9): the parent
// holds the other end of stdin, which the system closes for it. Lives in a process group of its own, so that Ctrl-C in the
// parent's terminal does not reach the engine before the parent has stopped what uses it.
// node tether.mjs GRACE_MS PROGRAM ARGS...   Messages on fd 3, one JSON line each: {pid} | {error} | {code, signal}.
import { spawn } from 'node:child_process';
import { writeSync } from 'node:fs';

const [graceMs, program, ...args] = process.argv.slice(2);
const tell = (/** @type {object} */ message) => {
  try {
    writeSync(3, `${JSON.stringify(message)}\n`);
  } catch {
    // The parent is gone: nobody to tell.
  }
};

const child = spawn(/** @type {string} */ (program), args, { stdio: ['ignore', 'inherit', 'inherit'] });
let isStopping = false;
const stop = () => {
  if (isStopping) return;
  isStopping = true;
  child.kill('SIGTERM');
  setTimeout(() => child.kill('SIGKILL'), Number(graceMs));
};
child.once('spawn', () => tell({ pid: child.pid }));
child.once('error', (error) => {
  tell({ error: error.message });
  process.exit(127);
});
child.once('exit', (code, signal) => {
  tell({ code, signal });
  process.exit(0);
});
process.stdin.resume();
process.stdin.once('close', stop);
process.stdin.once('error', stop);
for (const signal of /** @type {const} */ (['SIGTERM', 'SIGINT', 'SIGHUP'])) process.on(signal, stop);
