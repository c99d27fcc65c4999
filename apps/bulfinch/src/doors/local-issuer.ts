import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { importJWK, type JWK, SignJWT } from 'jose';
import { Failed } from '../io.js';

export interface Speaker {
  readonly roles: readonly string[];
  readonly party?: string;
  readonly subject?: string;
  readonly hours?: number;
}

/** A working day. */
const hoursUsual = 8;
const issuer = 'bulfinch-local';
const audience = 'bulfinch';

/**
 * A token of the embedded system whose data folder this is (ES256; RFC 7519).
 * @throws Failed where there is no issuer: only an embedded system has one.
 */
export async function localToken(dataDir: string, { roles, party, subject, hours }: Speaker): Promise<string> {
  const jwk = await readKey(dataDir);
  const seconds = Math.floor(Date.now() / 1000);
  return new SignJWT({ roles, ...(party === undefined ? {} : { party }) })
    .setProtectedHeader({ alg: 'ES256', typ: 'JWT', ...(jwk.kid ? { kid: jwk.kid } : {}) })
    .setIssuer(issuer)
    .setAudience(audience)
    .setSubject(subject ?? `cli-${roles[0] ?? 'nobody'}`)
    .setIssuedAt(seconds)
    .setExpirationTime(seconds + Math.round((hours ?? hoursUsual) * 3600))
    .sign(await importJWK(jwk, 'ES256'));
}

async function readKey(dataDir: string): Promise<JWK> {
  const file = join(dataDir, 'issuer', 'private.jwk');
  try {
    return JSON.parse(await readFile(file, 'utf8')) as JWK; // written by deploy/local; jose checks it
  } catch (cause) {
    throw new Failed(
      `There is no local token issuer at ${file}. Start the product once with \`npm start\`, set DATA_DIR to its data folder, or give a token in BULFINCH_TOKEN.`,
      { cause },
    );
  }
}
