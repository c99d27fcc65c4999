import { createPrivateKey, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A working day and a bit (s). */
const lifeSeconds = 12 * 3600;

/**
 * A token of the local issuer, for the embedded mode only: ES256 by the key in `issuerDir` (RFC 7515, RFC 7519).
 * @param {{ issuerDir: string, subject: string, roles: readonly string[], party?: string }} options `party`: needed for role clinic
 * @returns {string}
 */
export function localToken({ issuerDir, subject, roles, party }) {
  const jwk = JSON.parse(readFileSync(join(issuerDir, 'private.jwk'), 'utf8'));
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    iss: 'bulfinch-local',
    aud: 'bulfinch',
    sub: subject,
    roles,
    ...(party === undefined ? {} : { party }),
    iat: now,
    exp: now + lifeSeconds,
  };
  const head = { alg: 'ES256', typ: 'JWT', kid: jwk.kid };
  const signed = `${encode(head)}.${encode(claims)}`;
  const key = createPrivateKey({ key: jwk, format: 'jwk' });
  // JOSE wants r and s side by side, not OpenSSL's DER (RFC 7518 section 3.4).
  return `${signed}.${sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
}

/** @param {object} part */
const encode = (part) => Buffer.from(JSON.stringify(part)).toString('base64url');
