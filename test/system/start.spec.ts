import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePorts, isAlive, isPortFree } from '../../deploy/local/host.mjs';
import { localToken } from '../../deploy/local/token.mjs';

const timeoutMs = 180_000;
const script = fileURLToPath(new URL('../../deploy/local/start.mjs', import.meta.url));
const missing = process.env['TEST_SKIP_MONGODB'];

interface Run {
  readonly url: string;
  readonly clinicUrl: string;
  readonly pid: number;
  readonly mode: string;
  readonly services: Record<string, { readonly pid: number; readonly port: number }>;
  readonly engines: Record<string, number>;
}
interface Started {
  readonly child: ChildProcess;
  readonly said: () => string;
  readonly ended: Promise<number | null>;
}

let folder: string;
let dataDir: string;
let ports: { PORT: string; CLINIC_PORT: string };
const children: ChildProcess[] = [];

/** `npm start`, as npm runs it. */
function start(settings: Record<string, string> = {}): Started {
  const { NODE_OPTIONS: _jestsFlags, ...inherited } = process.env;
  const env = { ...inherited, DATA_DIR: dataDir, ...ports, ...settings };
  const child = spawn(process.execPath, [script], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  children.push(child);
  let text = '';
  child.stderr.on('data', (chunk: Buffer) => {
    text += chunk.toString('utf8');
  });
  return { child, said: () => text, ended: once(child, 'exit').then(([code]) => code as number | null) }; // the event's first argument
}

async function until(holds: () => boolean, forMs = 90_000): Promise<boolean> {
  for (const end = Date.now() + forMs; Date.now() < end; ) {
    if (holds()) return true;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return holds();
}

async function ready(started: Started): Promise<Run> {
  if (!(await until(() => started.said().includes('Bulfinch is ready on ')))) throw new Error(started.said());
  return JSON.parse(await readFile(join(dataDir, 'run.json'), 'utf8')) as Run; // as system.mjs writes it
}
const pidsOf = (run: Run): number[] => [...Object.values(run.services).map(({ pid }) => pid), ...Object.values(run.engines)];

/** The directory's own view of a party: its version rises with each change. */
async function party(run: Run): Promise<unknown> {
  const token = localToken({ issuerDir: join(dataDir, 'issuer'), subject: 'test', roles: ['records-staff'] });
  const answer = await fetch(`${run.url}/delivery/recipients/clinica-lisboa`, { headers: { authorization: `Bearer ${token}` } });
  expect(answer.status).toBe(200);
  return answer.json();
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bulfinch-start-'));
  dataDir = join(folder, 'data');
  const [port = 0, clinicPort = 0] = await freePorts(2);
  ports = { PORT: String(port), CLINIC_PORT: String(clinicPort) };
});
afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGTERM');
    await once(child, 'exit');
  }
  await rm(folder, { recursive: true, force: true });
}, timeoutMs);

(missing ? describe.skip : describe)('npm start', () => {
  it(
    'says where it is, keeps its secrets to itself, and leaves nothing running when it is stopped',
    async () => {
      const started = start();
      const run = await ready(started);
      expect(run).toMatchObject({ url: `http://127.0.0.1:${ports.PORT}`, pid: started.child.pid, mode: 'embedded' });
      expect(started.said()).toContain('mongod: using ');
      for (const secret of ['issuer/private.jwk', 'keys/delivery.age', 'run.json'])
        expect((await stat(join(dataDir, secret))).mode & 0o077).toBe(0);
      started.child.kill('SIGINT');
      expect(await started.ended).toBe(0);
      expect(pidsOf(run).filter(isAlive)).toEqual([]);
      expect(await isPortFree(Number(ports.PORT))).toBe(true);
      expect(existsSync(join(dataDir, 'run.json'))).toBe(false);
    },
    timeoutMs,
  );

  it(
    'goes on with its data: the same keys, and no party changed by a restart',
    async () => {
      const first = start();
      const before = await party(await ready(first));
      const key = await readFile(join(dataDir, 'issuer', 'private.jwk'), 'utf8');
      first.child.kill('SIGTERM');
      expect(await first.ended).toBe(0);
      const again = await ready(start());
      expect(await party(again)).toEqual(before);
      expect(await readFile(join(dataDir, 'issuer', 'private.jwk'), 'utf8')).toBe(key);
    },
    timeoutMs,
  );

  it(
    'a second time on the same data says who is there; on a taken port, which',
    async () => {
      const run = await ready(start());
      const second = start({ PORT: '0', CLINIC_PORT: '0' });
      expect(await second.ended).toBe(1);
      expect(second.said()).toContain(`process ${run.pid}, at ${run.url}`);
      const other = start({ DATA_DIR: join(folder, 'other'), CLINIC_PORT: '0' });
      expect(await other.ended).toBe(1);
      expect(other.said()).toMatch(new RegExp(`Port ${ports.PORT}.*taken.*PORT=`));
      expect(existsSync(join(folder, 'other', 'mongod'))).toBe(false);
      expect((await fetch(`${run.url}/health`)).status).toBe(200);
    },
    timeoutMs,
  );

  it(
    'killed hard leaves nothing running, and can be started again at once',
    async () => {
      const first = start();
      const run = await ready(first);
      first.child.kill('SIGKILL');
      await first.ended;
      const again = await ready(start());
      expect(again.pid).not.toBe(run.pid);
      expect(pidsOf(run).filter(isAlive)).toEqual([]);
    },
    timeoutMs,
  );

  it(
    'stopped while it starts undoes what it had started',
    async () => {
      const started = start();
      await until(() => started.said().includes('mongod: using '));
      started.child.kill('SIGTERM');
      expect(await started.ended).toBe(0);
      const other = createServer().listen(Number(ports.PORT), '127.0.0.1');
      await once(other, 'listening');
      other.close();
      expect(existsSync(join(dataDir, 'in-use'))).toBe(false);
    },
    timeoutMs,
  );
});
