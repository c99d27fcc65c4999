import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose';
import { z } from 'zod';

/** Life of a token, s; an assertion lives no longer than five minutes (SMART App Launch 2.2, Backend Services). */
const tokenLifeSeconds = 300;
const assertionLifeSecondsMax = 300;

/** Body of `PUT control/client`: who may come to this party, and with which public keys. */
export const clientRequest = z.strictObject({ clientId: z.string().min(1).max(200), jwks: z.object({ keys: z.array(z.looseObject({})) }) });

interface Client {
  readonly clientId: string;
  readonly keys: ReturnType<typeof createLocalJWKSet>;
  readonly tokens: Set<string>;
  readonly usedAssertions: Set<string>;
}

/** The clients that a party knows. A party that knows one asks for a token at every door; the others are open. In memory: a double's tokens need not last. */
@Injectable()
export class Clients {
  private readonly clients = new Map<string, Client>();

  /** From now on only this client is known, and no token given before counts. */
  register(party: string, { clientId, jwks }: z.infer<typeof clientRequest>): void {
    // The cast: jose looks at every key itself.
    const keys = createLocalJWKSet(jwks as unknown as JSONWebKeySet);
    this.clients.set(party, { clientId, keys, tokens: new Set(), usedAssertions: new Set() });
  }

  /** A token for an assertion that is right in every part: signed by the client, for this endpoint, short-lived, used once. Undefined for every other. */
  async token(party: string, form: URLSearchParams, endpoint: string): Promise<{ token: string; lifeSeconds: number } | undefined> {
    const client = this.clients.get(party);
    const isAsked =
      form.get('grant_type') === 'client_credentials' &&
      form.get('client_assertion_type') === 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer' &&
      (form.get('scope') ?? '').startsWith('system/');
    if (!client || !isAsked) return undefined;
    const { clientId } = client;
    const verified = await jwtVerify(form.get('client_assertion') ?? '', client.keys, {
      issuer: clientId,
      subject: clientId,
      audience: endpoint,
      algorithms: ['ES384', 'RS384'],
      requiredClaims: ['exp', 'jti'],
    }).catch(() => undefined); // Whatever is wrong with it: no token.
    const { jti, exp = 0 } = verified?.payload ?? {};
    if (jti === undefined || client.usedAssertions.has(jti) || exp > Date.now() / 1000 + assertionLifeSecondsMax) return undefined;
    client.usedAssertions.add(jti);
    const token = randomUUID();
    client.tokens.add(token);
    return { token, lifeSeconds: tokenLifeSeconds };
  }

  /** Whether a request may come in: always where the party knows no client. */
  isKnown(party: string, authorization: string | undefined): boolean {
    const client = this.clients.get(party);
    return !client || client.tokens.has((authorization ?? '').replace(/^Bearer /, ''));
  }
}
