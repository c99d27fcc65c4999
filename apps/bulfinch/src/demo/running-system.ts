import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { childEnvironment } from '../config.js';
import { type RunFile, readRun } from '../doors/doors.client.js';
import { Failed, type Io } from '../io.js';

/** A first start may fetch engines, ms. */
const startMsMax = 600_000;
/** A stop drains in under 25 s (design.md section 8); then the process is killed. */
const stopMsMax = 60_000;
const lookAgainMs = 200;

/** The product, started for the demo in a folder of its own. */
export interface RunningSystem {
  readonly dataDir: string;
  readonly run: Required<RunFile>;
  /** Stops what was started and removes the folder. Safe to repeat. */
  stop(): Promise<void>;
}

/** The folder of the repository, from the source as from the build: the first above that holds the start script. */
export function repositoryRoot(): string {
  for (let folder = dirname(fileURLToPath(import.meta.url)); folder !== dirname(folder); folder = dirname(folder))
    if (existsSync(join(folder, 'deploy', 'local', 'start.mjs'))) return folder;
  throw new Failed('The demo needs the whole repository: deploy/local/start.mjs was not found.');
}

/** @throws Failed when it does not come up; what was started is stopped then. */
export async function startForDemo(cluster: boolean, io: Io, aborted: AbortSignal): Promise<RunningSystem> {
  const root = repositoryRoot();
  const dataDir = await mkdtemp(join(tmpdir(), 'bulfinch-demo-'));
  const child = spawn(process.execPath, [join(root, 'deploy', 'local', 'start.mjs'), ...(cluster ? ['--cluster'] : [])], {
    cwd: root,
    env: childEnvironment({ DATA_DIR: dataDir, PORT: '0', CLINIC_PORT: '0' }),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  let isOver = false;
  void ended.then(() => {
    isOver = true;
  });
  for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', (line) => io.say(`  | ${line}`));
  const stop = async (): Promise<void> => {
    if (!isOver) child.kill('SIGTERM');
    const killer = setTimeout(() => child.kill('SIGKILL'), stopMsMax);
    await ended;
    clearTimeout(killer);
    await rm(dataDir, { recursive: true, force: true });
  };
  const end = performance.now() + startMsMax;
  for (;;) {
    const run = await readRun(dataDir);
    if (run?.clinicUrl) return { dataDir, run: { url: run.url, clinicUrl: run.clinicUrl }, stop };
    if (isOver || aborted.aborted || performance.now() > end) {
      await stop();
      throw new Failed(aborted.aborted ? 'The demo was stopped.' : 'The product did not start; what it said stands above.');
    }
    await new Promise((resolve) => setTimeout(resolve, lookAgainMs));
  }
}
