import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { SignJWT } from 'jose';
import { z } from 'zod';
import { ClientKeys } from '../directory/client-keys.js';
import { Egress } from './egress.client.js';

/** An assertion is used at once; SMART allows five minutes, s. */
const assertionLifeSeconds = 120;
/** A token is renewed so long before its end that a request begun with it does not outlive it, s; of short ones half the life is used. */
const renewBeforeSeconds = 60;
/** Life of a token whose endpoint does not say, s. */
const unsaidLifeSeconds = 60;
const answerTimeoutMs = 10_000;
const answerBytesMax = 64 * 1024;
/** Tokens kept; above, all are thrown away and asked for anew. */
const tokensMax = 1000;

/** How a recipient gives tokens (SMART App Launch 2.2, Backend Services). */
export interface SmartAuth {
  readonly recipientId: string;
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly scope: string;
  readonly isInternal: boolean;
}

const tokenAnswer = z.object({
  access_token: z.string().min(1).max(16_384),
  token_type: z.string().regex(/^bearer$/i),
  expires_in: z.number().positive().optional(),
});

/** Tokens of recipients by a signed assertion (private_key_jwt, RFC 7523), kept in memory until shortly before their end. */
@Injectable()
export class SmartTokens {
  private readonly tokens = new Map<string, { readonly token: string; readonly until: number }>();

  constructor(
    private readonly egress: Egress,
    private readonly keys: ClientKeys,
    private readonly clockMs: () => number = () => performance.now(),
  ) {}

  /** A token; undefined where the key is missing or the endpoint gives none: then nothing can be sent. */
  async token(auth: SmartAuth, signal: AbortSignal): Promise<string | undefined> {
    const kept = this.tokens.get(nameOf(auth));
    if (kept && kept.until > this.clockMs()) return kept.token;
    const assertion = await this.assertion(auth);
    if (assertion === undefined) return undefined;
    const askedAt = this.clockMs();
    const answer = await this.egress.send({
      method: 'POST',
      url: new URL(auth.tokenUrl),
      headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
      body: Buffer.from(formOf(auth, assertion)),
      isInternal: auth.isInternal,
      answerTimeoutMs,
      answerBytesMax,
      signal,
    });
    const given = answer.type === 'answered' && answer.status === 200 && answer.isWhole ? readAnswer(answer.body) : undefined;
    if (!given) return undefined;
    const lifeSeconds = given.expires_in ?? unsaidLifeSeconds;
    const until = askedAt + Math.max(lifeSeconds - renewBeforeSeconds, lifeSeconds / 2) * 1000;
    if (this.tokens.size >= tokensMax) this.tokens.clear();
    this.tokens.set(nameOf(auth), { token: given.access_token, until });
    return given.access_token;
  }

  /** The recipient did not take the token: the next request asks for a new one. */
  forget(auth: SmartAuth): void {
    this.tokens.delete(nameOf(auth));
  }

  private async assertion({ recipientId, clientId, tokenUrl }: SmartAuth): Promise<string | undefined> {
    const found = await this.keys.find(recipientId);
    if (!found) return undefined;
    const nowSeconds = Math.floor(Date.now() / 1000);
    return new SignJWT({})
      .setProtectedHeader({ alg: found.alg, kid: found.kid, typ: 'JWT' })
      .setIssuer(clientId)
      .setSubject(clientId)
      .setAudience(tokenUrl)
      .setJti(randomUUID())
      .setIssuedAt(nowSeconds)
      .setExpirationTime(nowSeconds + assertionLifeSeconds)
      .sign(found.key);
  }
}

function formOf({ scope }: SmartAuth, assertion: string): string {
  return new URLSearchParams({
    grant_type: 'client_credentials',
    scope,
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: assertion,
  }).toString();
}

function readAnswer(body: Buffer): z.infer<typeof tokenAnswer> | undefined {
  try {
    return tokenAnswer.safeParse(JSON.parse(body.toString('utf8'))).data;
  } catch {
    return undefined; // Not JSON: no token.
  }
}

function nameOf({ recipientId, tokenUrl, clientId, scope }: SmartAuth): string {
  return JSON.stringify([recipientId, tokenUrl, clientId, scope]);
}
