import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serviceNames } from '#libs/contracts';
import { generateIdentity } from './age/keys.js';
import { createVaultKeys, loadVaultKeys } from './vault-keys.js';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'vault-keys-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

describe('keys made on a first start', () => {
  beforeEach(() => createVaultKeys(dir));

  it('load for every service, each with its own identity', async () => {
    const loaded = await Promise.all(serviceNames.map((service) => loadVaultKeys(dir, service)));
    expect(new Set(loaded.map((keys) => keys.identity.recipient.raw.toString('hex'))).size).toBe(serviceNames.length);
    for (const keys of loaded) expect(keys.recipients[keys.service].raw).toEqual(keys.identity.recipient.raw);
  });

  it('can be read by their owner only', async () => {
    for (const service of serviceNames) expect((await stat(join(dir, `${service}.age`))).mode & 0o777).toBe(0o600);
  });

  it('stay as they are on the next start', async () => {
    const before = await readFile(join(dir, 'delivery.age'), 'utf8');
    expect(await createVaultKeys(dir)).toEqual({ created: false });
    expect(await readFile(join(dir, 'delivery.age'), 'utf8')).toBe(before);
  });

  it('are never written over, also when the recipients are lost', async () => {
    await rm(join(dir, 'recipients.json'));
    await expect(createVaultKeys(dir)).rejects.toThrow('EEXIST');
  });
});

describe('a key file that is wrong stops the start, naming the file and never its content', () => {
  const secret = generateIdentity().identity;
  beforeEach(() => createVaultKeys(dir));

  it.each<[string, (file: string) => Promise<void>, RegExp]>([
    ['missing', (file) => rm(file), /cannot read .*consent\.age$/],
    ['open to others', (file) => chmod(file, 0o640), /consent\.age may be used by others/],
    ['empty', (file) => writeFile(file, '# nothing\n'), /consent\.age has 0 keys/],
    ['with two keys', (file) => writeFile(file, `${secret}\n${secret}\n`), /consent\.age has 2 keys/],
    ['with a damaged key', (file) => writeFile(file, secret.slice(0, -2)), /consent\.age holds no AGE-SECRET-KEY-1 key/],
    ['of somebody else', (file) => writeFile(file, secret), /consent\.age is not the key that .*recipients\.json names for consent/],
  ])('%s', async (_what, spoil, said) => {
    const before = (await readFile(join(dir, 'consent.age'), 'utf8')).split('\n')[1] ?? '';
    await spoil(join(dir, 'consent.age'));
    const error = await refused();
    expect(error.message).toMatch(said);
    for (const key of [secret, secret.slice(20, 40), before]) expect(`${error.message}${error.stack}`).not.toContain(key);
  });

  it.each<[string, string, RegExp]>([
    ['that are no JSON', 'age1nonsense', /recipients\.json is not a JSON object with one key for each/],
    [
      'without a service',
      JSON.stringify({ consent: generateIdentity().recipient }),
      /recipients\.json is not a JSON object with one key for each/,
    ],
    [
      'with a damaged key',
      JSON.stringify(Object.fromEntries(serviceNames.map((name) => [name, 'age1damaged']))),
      /recipients\.json holds no age1 key for ingestion/,
    ],
  ])('recipients %s', async (_what, text, said) => {
    await writeFile(join(dir, 'recipients.json'), text);
    const error = await refused();
    expect(error.message).toMatch(said);
    expect(error.message).not.toMatch(/nonsense|damaged/);
  });

  async function refused(): Promise<Error> {
    try {
      await loadVaultKeys(dir, 'consent');
    } catch (error) {
      if (error instanceof Error) return error;
    }
    throw new Error('the keys were loaded');
  }
});

it('comments and empty lines in a key file are allowed', async () => {
  await createVaultKeys(dir);
  const file = join(dir, 'audit.age');
  await writeFile(file, `# made by hand\n\n${await readFile(file, 'utf8')}\n# end\n`);
  expect((await loadVaultKeys(dir, 'audit')).service).toBe('audit');
});
