import { createHash, generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Missing, ROOT, runProgram } from '../host.mjs';
import { nodeBinary } from '../prepare.mjs';

/**
 * The key pair of the local token issuer, made on the first start: `private.jwk` and `public.jwk`, ES256.
 * @param {string} folder
 */
export function ensureIssuer(folder) {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, 'private.jwk');
  if (!existsSync(file)) writeWhole(file, JSON.stringify(newKey()));
  const { kty, crv, x, y, kid, alg, use } = JSON.parse(readFileSync(file, 'utf8'));
  // Always from the private one: they cannot come apart.
  writeWhole(join(folder, 'public.jwk'), JSON.stringify({ kty, crv, x, y, kid, alg, use }));
}

function newKey() {
  const jwk = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' });
  // RFC 7638: the hash of these members in this order.
  const thumbprint = JSON.stringify({ crv: jwk.crv, kty: jwk.kty, x: jwk.x, y: jwk.y });
  return { ...jwk, kid: createHash('sha256').update(thumbprint).digest('base64url'), alg: 'ES256', use: 'sig' };
}

/** @param {string} file @param {string} text */
function writeWhole(file, text) {
  writeFileSync(`${file}.new`, text, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

/**
 * Each service's vault key and everybody's public ones, made by the vault itself on the first start. A start that died while making
 * them leaves no half set: they are made beside and renamed when whole.
 * @param {string} folder
 * @throws {Missing} when they cannot be made
 */
export async function ensureVaultKeys(folder) {
  if (existsSync(folder)) return;
  const fresh = `${folder}.new`;
  rmSync(fresh, { recursive: true, force: true });
  const script = `import { createVaultKeys } from './dist/libs/vault/src/index.js'; await createVaultKeys(process.argv[1]);`;
  // In a process of its own: this one may still be an older Node than the vault needs.
  const made = await runProgram(nodeBinary(), ['--input-type=module', '-e', script, fresh], { cwd: ROOT });
  if (made.code !== 0) throw new Missing('not-ready', `The vault's keys could not be made in ${folder}:\n${made.output}`);
  renameSync(fresh, folder);
}
