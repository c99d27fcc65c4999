import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { type ServiceName, serviceNames } from '#libs/contracts';
import { type AgeIdentity, type AgeRecipient, generateIdentity, parseIdentity, parseRecipient } from './age/keys.js';
import { codeOf } from './error-code.js';

const recipientsFile = 'recipients.json';
/** Anything for group or others. A key that others may read is no key. */
const modeForOthers = 0o077;

/** One service's own private key and everybody's public ones. */
export interface VaultKeys {
  readonly service: ServiceName;
  readonly identity: AgeIdentity;
  readonly recipients: Readonly<Record<ServiceName, AgeRecipient>>;
}

/**
 * Reads `<service>.age` (one `AGE-SECRET-KEY-1...` line, `#` comments, mode 0600) and `recipients.json` ({"ingestion":"age1...", ...}) of `dir`.
 * Throws an Error that names the file and what is wrong with it, never what stands in it.
 */
export async function loadVaultKeys(dir: string, service: ServiceName): Promise<VaultKeys> {
  const identity = await readIdentity(join(dir, `${service}.age`));
  const recipients = await readRecipients(join(dir, recipientsFile));
  // Others would seal to a key that nobody holds: better found at start than with a patient waiting.
  if (!recipients[service].raw.equals(identity.recipient.raw))
    throw new Error(`vault keys: ${join(dir, `${service}.age`)} is not the key that ${join(dir, recipientsFile)} names for ${service}`);
  return { service, identity, recipients };
}

/**
 * Makes a key for every service in `dir` when there is no `recipients.json` yet (a first start on one machine). Keys that are there stay.
 * Throws when a key file is there already without the recipients: nobody but an operator can say which is right.
 */
export async function createVaultKeys(dir: string): Promise<{ created: boolean }> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const file = join(dir, recipientsFile);
  if (await isThere(file)) return { created: false };
  const recipients: Record<string, string> = {};
  for (const service of serviceNames) {
    const pair = generateIdentity();
    await writeFile(join(dir, `${service}.age`), `# Bulfinch vault key of ${service}\n${pair.identity}\n`, { mode: 0o600, flag: 'wx' });
    recipients[service] = pair.recipient;
  }
  // Last, so that a directory with it is whole.
  await writeFile(file, `${JSON.stringify(recipients, undefined, 2)}\n`, { mode: 0o644, flag: 'wx' });
  return { created: true };
}

async function readIdentity(file: string): Promise<AgeIdentity> {
  const text = await read(file);
  const { mode } = await stat(file);
  if ((mode & modeForOthers) !== 0) throw new Error(`vault keys: ${file} may be used by others than its owner; run chmod 600 on it`);
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  if (lines.length !== 1) throw new Error(`vault keys: ${file} has ${lines.length} keys; there must be one`);
  const identity = parseIdentity(lines[0] ?? '');
  if (!identity) throw new Error(`vault keys: ${file} holds no AGE-SECRET-KEY-1 key`);
  return identity;
}

const recipientsShape = z.record(z.enum(serviceNames), z.string());

async function readRecipients(file: string): Promise<Record<ServiceName, AgeRecipient>> {
  const parsed = recipientsShape.safeParse(parseJson(await read(file)));
  if (!parsed.success) throw new Error(`vault keys: ${file} is not a JSON object with one key for each of ${serviceNames.join(', ')}`);
  const named = Object.entries(parsed.data).map(([service, text]) => {
    const recipient = parseRecipient(text);
    if (!recipient) throw new Error(`vault keys: ${file} holds no age1 key for ${service}`);
    return [service, recipient];
  });
  // The cast is what the shape has just shown: exactly one entry for each service.
  return Object.fromEntries(named) as Record<ServiceName, AgeRecipient>;
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new Error(`vault keys: cannot read ${file}`, { cause: error });
  }
}

async function isThere(file: string): Promise<boolean> {
  try {
    await stat(file);
    return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw new Error(`vault keys: cannot look for ${file}`, { cause: error });
  }
}

/** undefined where it is no JSON; the parser's own message would quote the file. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
