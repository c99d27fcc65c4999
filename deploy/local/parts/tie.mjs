// Loaded by `node --import` into each service that start.mjs runs: ends the service when its parent is gone, also after kill -9.
// The parent holds the other end of fd 3, which the system closes for it.
import { Socket } from 'node:net';
import { isMainThread } from 'node:worker_threads';

/** A drain takes under 25 s (docs/architecture.md); what still runs then is cut (ms). */
const graceMs = 28_000;

// Worker threads inherit the flag and must not read the same pipe.
if (isMainThread) {
  const parent = new Socket({ fd: 3, readable: true, writable: false });
  const end = () => {
    process.kill(process.pid, 'SIGTERM');
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), graceMs).unref();
  };
  parent.once('error', () => {});
  parent.once('close', end);
  parent.resume();
  parent.unref();
}
