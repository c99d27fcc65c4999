import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts, isAlive } from '../../deploy/local/host.mjs';
import { startService } from '../../deploy/local/parts/service-process.mjs';

const timeoutMs = 90_000;
const module = new URL('../../deploy/local/parts/service-process.mjs', import.meta.url).href;

let folder: string;
let said: string[];
const opened: ReturnType<typeof startService>[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bulfinch-supervision-'));
  said = [];
});
afterEach(async () => {
  for (const service of opened.splice(0)) await service.stop();
  await rm(folder, { recursive: true, force: true });
}, timeoutMs);

/** The clinic double: the one program of the product that needs no engine. */
async function clinic(settings: Record<string, string> = {}, restartAfterMs?: number): Promise<ReturnType<typeof startService>> {
  const { NODE_OPTIONS: _jestsFlags, ...inherited } = process.env;
  const [port = 0] = await freePorts(1);
  const service = startService({
    name: 'clinic',
    app: 'clinic',
    port,
    env: { ...inherited, HOST: '127.0.0.1', DATA_DIR: join(folder, 'data'), ...settings },
    logFile: join(folder, 'clinic.log'),
    say: (line) => said.push(line),
    onRestart: () => {},
    onGiveUp: (name) => said.push(`gave up ${name}`),
    restartAfterMs,
  });
  opened.push(service);
  return service;
}

async function until(holds: () => boolean | Promise<boolean>, forMs = 30_000): Promise<boolean> {
  for (const end = Date.now() + forMs; Date.now() < end; ) {
    if (await holds()) return true;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return holds();
}

const answers = async (port: number): Promise<boolean> => {
  const answer = await fetch(`http://127.0.0.1:${port}/mgh/control/received`).catch(() => undefined);
  return answer?.ok === true;
};

describe('a service under supervision', () => {
  it(
    'starts again by itself after kill -9, on its port, and stays away when stopped',
    async () => {
      const service = await clinic();
      expect(await until(() => answers(service.port))).toBe(true);
      service.watch();
      const before = service.pid;
      await service.kill();
      expect(isAlive(before)).toBe(false);
      expect(await until(() => answers(service.port))).toBe(true);
      expect(service.pid).not.toBe(before);
      expect(said).toEqual(['clinic: ended (SIGKILL), starts again in 1 s']);
      await service.stop();
      expect(isAlive(service.pid)).toBe(false);
      await new Promise((resolve) => setTimeout(resolve, 1500));
      expect(await answers(service.port)).toBe(false);
    },
    timeoutMs,
  );

  it(
    'that dies at its start is told with its own words, not tried for ever',
    async () => {
      const service = await clinic({ DATA_DIR: '' });
      expect(await until(() => service.failure() !== undefined)).toBe(true);
      expect(service.failure()?.message).toContain('DATA_DIR');
    },
    timeoutMs,
  );

  it(
    'that dies again and again is given up after twenty starts in a minute',
    async () => {
      const service = await clinic({ DATA_DIR: '' }, 1);
      service.watch();
      expect(await until(() => said.includes('gave up clinic'), 75_000)).toBe(true);
      expect(said.filter((line) => line.includes('starts again'))).toHaveLength(20);
    },
    timeoutMs,
  );

  it(
    'ends when the command that started it is killed',
    async () => {
      const [port = 0] = await freePorts(1);
      const script = `const { startService } = await import('${module}');
        const service = startService({ name: 'clinic', app: 'clinic', port: ${port}, env: process.env, logFile: process.env.FOLDER + '/clinic.log',
          say: () => {}, onRestart: () => {}, onGiveUp: () => {} });
        console.log(service.pid);`;
      const { NODE_OPTIONS: _jestsFlags, ...inherited } = process.env;
      const env = { ...inherited, FOLDER: folder, DATA_DIR: join(folder, 'data') };
      const parent = spawn(process.execPath, ['--input-type=module', '-e', script], { env, stdio: ['ignore', 'pipe', 'inherit'] });
      const [chunk] = (await once(parent.stdout, 'data')) as [Buffer]; // the event's one argument
      const pid = Number(chunk.toString('utf8'));
      const isAnswering = await until(() => answers(port));
      parent.kill('SIGKILL');
      expect(isAnswering).toBe(true);
      expect(await until(() => !isAlive(pid))).toBe(true);
    },
    timeoutMs,
  );
});
