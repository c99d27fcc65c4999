import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createLocalJWKSet, createRemoteJWKSet, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import type { Caller, Role } from './caller.js';
import { roles } from './caller.js';

/** Clocks of issuer and service may differ by this much, seconds. */
const clockToleranceSeconds = 30;
/** The issuer of the embedded mode; its key lies in LOCAL_ISSUER_DIR. */
export const localIssuer = 'bulfinch-local';
const discoveryTimeoutMs = 5000;
const subjectLengthMax = 128;

export interface TokenSettings {
  readonly OIDC_ISSUER?: string;
  readonly OIDC_AUDIENCE: string;
  readonly LOCAL_ISSUER_DIR?: string;
}

/** Checks a bearer token; undefined when it is not valid. @throws when the issuer cannot be reached. */
export type TokenVerifier = (token: string) => Promise<Caller | undefined>;

/** Verifies against the local issuer's public key (embedded mode), else against OIDC_ISSUER by discovery (OpenID Connect Discovery 1.0). */
export async function tokenVerifier(settings: TokenSettings): Promise<TokenVerifier> {
  if (settings.LOCAL_ISSUER_DIR) {
    const jwk = JSON.parse(await readFile(join(settings.LOCAL_ISSUER_DIR, 'public.jwk'), 'utf8'));
    return verifierOf(createLocalJWKSet({ keys: [jwk] }), localIssuer, settings.OIDC_AUDIENCE, ['ES256']);
  }
  const issuer = settings.OIDC_ISSUER;
  if (!issuer) throw new Error('OIDC_ISSUER is missing');
  let keys: JWTVerifyGetKey | undefined;
  const verify: TokenVerifier = async (token) => {
    keys ??= createRemoteJWKSet(await jwksUri(issuer));
    return verifierOf(keys, issuer, settings.OIDC_AUDIENCE, ['ES256', 'ES384', 'RS256', 'PS256', 'EdDSA'])(token);
  };
  return verify;
}

async function jwksUri(issuer: string): Promise<URL> {
  const answer = await fetch(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, {
    signal: AbortSignal.timeout(discoveryTimeoutMs),
    redirect: 'error',
  });
  if (!answer.ok) throw new Error(`OIDC discovery answered ${answer.status}`);
  const found = (await answer.json()) as { issuer?: unknown; jwks_uri?: unknown };
  if (found.issuer !== issuer || typeof found.jwks_uri !== 'string') throw new Error('OIDC discovery names another issuer or no keys');
  return new URL(found.jwks_uri);
}

function verifierOf(keys: JWTVerifyGetKey, issuer: string, audience: string, algorithms: string[]): TokenVerifier {
  return async (token) => {
    try {
      const { payload } = await jwtVerify(token, keys, {
        issuer,
        audience,
        algorithms,
        clockTolerance: clockToleranceSeconds,
        requiredClaims: ['sub', 'exp'],
      });
      return callerFrom(payload);
    } catch (error) {
      // A token that is not valid is an expected answer; an issuer that does not answer is a fault.
      if (error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code !== 'ERR_JWKS_TIMEOUT')
        return undefined;
      throw error;
    }
  };
}

function callerFrom(payload: JWTPayload): Caller | undefined {
  const subject = payload.sub;
  const claimed = Array.isArray(payload['roles']) ? payload['roles'] : [];
  const held = roles.filter((role): role is Role => claimed.includes(role));
  if (!subject || subject.length > subjectLengthMax || held.length === 0) return undefined;
  const party = payload['party'];
  const partyId = typeof party === 'string' && /^[A-Za-z0-9][A-Za-z0-9-]{0,63}$/.test(party) ? party : undefined;
  // A clinic's token without its party would see nothing of its own and is refused.
  if (held.includes('clinic') && !partyId) return undefined;
  const kind = held.includes('system') ? 'system' : held.includes('patient') ? 'patient' : 'user';
  return { subject, roles: held, partyId, actor: { kind, id: subject, ...(partyId ? { partyId } : {}) } };
}
