// `npm run --silent bulfinch -- COMMAND`: the command line, prepared by itself. Answers of the command alone stand on stdout.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { ROOT, reasonOf, say } from './host.mjs';
import { ensurePrepared, nodeBinary } from './prepare.mjs';

try {
  await ensurePrepared();
} catch (error) {
  say(reasonOf(error));
  process.exit(1);
}
const program = join(ROOT, 'dist', 'apps', 'bulfinch', 'src', 'main.js');
// The warning is of kafkajs' timers on Node 24 and says nothing to a person.
const flags = ['--enable-source-maps', '--disable-warning=TimeoutNegativeWarning'];
const child = spawn(nodeBinary(), [...flags, program, ...process.argv.slice(2)], { stdio: 'inherit' });
// A signal to this process is passed on, and the child's end decides. Ctrl-C in a terminal reaches the child without us.
process.on('SIGINT', () => void (process.stdin.isTTY || child.kill('SIGINT')));
for (const signal of /** @type {const} */ (['SIGTERM', 'SIGHUP'])) process.on(signal, () => void child.kill(signal));
child.once('error', (error) => {
  say(`bulfinch could not be started: ${error.message}`);
  process.exit(1);
});
child.once('exit', (code, signal) => {
  if (signal === null) process.exit(code ?? 1);
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
});
