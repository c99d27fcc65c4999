import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeJwt, exportJWK, generateKeyPair } from 'jose';
import { runProgram } from './program.js';

const summary = new URL('../fixtures/mgh-summary.xml', import.meta.url).pathname;
const anId = '6f0a5a52-9d2e-4c1b-8a43-3d5a1c6e7b01';
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bulfinch-cli-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Runs a command line; nothing of the environment reaches it. */
async function run(...args: readonly string[]): Promise<{ code: number; out: string[]; err: string[] }> {
  const out: string[] = [];
  const err: string[] = [];
  const io = { out: (line: string) => void out.push(line), say: (line: string) => void err.push(line), progress: () => undefined };
  // A port that nothing listens on (RFC 863): whoever asks it is told so.
  const code = await runProgram(args, { config: { url: 'http://127.0.0.1:9', dataDir: folder }, io });
  return { code, out, err };
}
async function file(name: string, content: string | Uint8Array): Promise<string> {
  await writeFile(join(folder, name), content);
  return join(folder, name);
}

describe('the command line', () => {
  it.each([
    [],
    ['nonsense'],
    ['convert'],
    ['convert', '--colour', 'red', 'x'],
    ['send', 'x'],
    ['token'],
    ['token', '--role', 'king'],
    ['token', '--role', ','],
    ['status', 'XX'],
    ['status', '--state', 'asleep'],
    ['status', 'K7QM-3XPC-1', '--all'],
    ['status', '--report'],
    ['status', 'K7QM-3XPT', '--report'],
    ['cancel', 'nonsense', '--reason', 'why'],
    ['recall', 'K7QM-3XPC', '--reason', 'why'],
    ['consent', 'show', 'none'],
    ['consent', 'revoke', 'none'],
    ['consent', 'grant', '--patient', 'none', '--to', 'clinica-lisboa', '--purpose', 'TREAT'],
    ['consent', 'grant', '--patient', anId, '--to', 'clinica-lisboa', '--purpose', 'TREAT', '--until', 'yesterday'],
    ['consent', 'grant', '--patient', anId, '--to', 'clinica-lisboa', '--purpose', 'TREAT', '--until', '2026-02-31'],
    ['audit', '--from', 'garbage'],
    ['audit', '--transfer', 'nonsense'],
    ['audit', '--patient', 'Zoë'],
  ])('tells wrong use by exit code 2 and says on stderr what is wrong: %j', async (...args) => {
    const { code, out, err } = await run(...args);
    expect(code).toBe(2);
    expect(out).toEqual([]);
    expect(err.join('\n')).not.toBe('');
  });

  it.each(['convert', 'demo', 'send', 'status', 'audit', 'consent', 'approve', 'hold', 'cancel', 'recall', 'parked', 'token'])(
    'explains %s by --help, on stdout, with exit code 0',
    async (command) => {
      const { code, out } = await run(command, '--help');
      expect(code).toBe(0);
      expect(out.join('\n')).toContain(`Usage: bulfinch ${command}`);
    },
  );

  it('says where to look when nobody answers, with exit code 1', async () => {
    const { privateKey } = await generateKeyPair('ES256', { extractable: true });
    await mkdir(join(folder, 'issuer'));
    await file('issuer/private.jwk', JSON.stringify(await exportJWK(privateKey)));
    const { code, err } = await run('status');
    expect(code).toBe(1);
    expect(err.join('\n')).toContain('npm start');
  });

  it('does not take for an address what is none', async () => {
    const err: string[] = [];
    const io = { out: () => undefined, say: (line: string) => void err.push(line), progress: () => undefined };
    expect(await runProgram(['status'], { config: { url: 'notaurl', dataDir: folder }, io })).toBe(2);
    expect(err.join()).toContain('BULFINCH_URL');
  });

  it('says of what is no reference at all that it is none, and does not speak of check characters', async () => {
    const { err } = await run('status', 'XX');
    expect(err.join()).toContain('no reference');
    expect(err.join()).not.toContain('check character');
  });

  it('makes a token with its roles and party, and refuses one of a clinic without its party', async () => {
    const { privateKey } = await generateKeyPair('ES256', { extractable: true });
    await mkdir(join(folder, 'issuer'));
    await file('issuer/private.jwk', JSON.stringify(await exportJWK(privateKey)));
    const made = await run('token', '--role', 'clinic,records-staff', '--party', 'clinica-porto', '--subject', 'somebody', '--hours', '1');
    const claims = decodeJwt(made.out[0] ?? '');
    expect(claims).toMatchObject({
      iss: 'bulfinch-local',
      aud: 'bulfinch',
      sub: 'somebody',
      roles: ['clinic', 'records-staff'],
      party: 'clinica-porto',
    });
    expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBe(3600);
    expect((await run('token', '--role', 'clinic')).code).toBe(2);
  });
});

describe('convert', () => {
  it('gives one line a file, with a record and a balanced report', async () => {
    const { code, out } = await run('convert', '--json', summary, summary);
    expect(code).toBe(0);
    expect(out).toHaveLength(2);
    const line = JSON.parse(out[0] ?? '');
    expect(line).toMatchObject({ file: summary, type: 'ccda', ok: true, record: { resourceType: 'Bundle', type: 'document' } });
    expect(line.report.source.statements).toBe(line.report.kept + line.report.lost.length);
    expect(out[1]).toBe(out[0]);
  });

  it('goes on after a file that fails, names its reason, and ends with exit code 1 and the names of such files', async () => {
    const paper = await file('paper.pdf', '%PDF-1.7');
    const { code, out, err } = await run('convert', '--json', paper, summary, paper);
    expect(code).toBe(1);
    expect(out.map((line) => JSON.parse(line)).map(({ ok, type, reason }) => [ok, type, reason])).toEqual([
      [false, 'pdf', 'not-convertible-yet'],
      [true, 'ccda', undefined],
      [false, 'pdf', 'not-convertible-yet'],
    ]);
    expect(err.at(-1)).toBe(`Not converted, 2 of 3: ${paper}, ${paper}`);
  });

  it('ends with exit code 2 as send does when a file cannot be read; the others are converted', async () => {
    const missing = join(folder, 'missing.xml');
    const { code, out, err } = await run('convert', '--json', missing, summary);
    expect(code).toBe(2);
    expect(out.map((line) => JSON.parse(line)).map(({ ok, reason }) => [ok, reason])).toEqual([
      [false, 'cannot-read'],
      [true, undefined],
    ]);
    expect(err.at(-1)).toBe(`Not converted, 1 of 2: ${missing}`);
  });

  it('writes each record under the name of its file, and two of one name beside each other', async () => {
    const other = await mkdtemp(join(folder, 'other-'));
    await writeFile(join(other, 'mgh-summary.xml'), await readFile(summary));
    const { code } = await run('convert', '--out', join(folder, 'made'), summary, join(other, 'mgh-summary.xml'));
    expect(code).toBe(0);
    const names = (await readdir(join(folder, 'made'))).sort();
    expect(names).toEqual(['mgh-summary-2.json', 'mgh-summary.json']);
    const [first, second] = await Promise.all(names.map((name) => readFile(join(folder, 'made', name), 'utf8')));
    expect(first).toBe(second);
    expect(JSON.parse(first ?? '')).toMatchObject({ resourceType: 'Bundle' });
  });

  it('refuses a time that is none', async () => {
    expect((await run('convert', '--recorded-at', 'yesterday', summary)).code).toBe(2);
  });
});
