import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type CryptoKey, importJWK, type JWK } from 'jose';

/** What SMART App Launch 2.2 asks every server to take. */
const algorithms = ['ES384', 'RS384'] as const;

/** A key that delivery signs its assertions with. */
export interface ClientKey {
  readonly key: CryptoKey;
  readonly kid: string;
  readonly alg: (typeof algorithms)[number];
}

/**
 * The private keys of this house towards recipients with SMART Backend Services: a JWK (with `kid` and `alg` ES384 or RS384) in the file
 * `{recipientId}.json` of one folder. They come from the settings alone; no door takes or shows them.
 */
export class ClientKeys {
  constructor(private readonly folder: string | undefined) {}

  /** Undefined where there is no key, or none that can be used. A party id is safe as a file name (contracts' `partyId`). */
  async find(recipientId: string): Promise<ClientKey | undefined> {
    if (this.folder === undefined) return undefined;
    try {
      const jwk = JSON.parse(await readFile(join(this.folder, `${recipientId}.json`), 'utf8')) as JWK;
      const { kid, d } = jwk;
      const alg = algorithms.find((one) => one === jwk.alg);
      if (alg === undefined || kid === undefined || d === undefined) return undefined;
      const key = await importJWK(jwk, alg);
      return key instanceof Uint8Array ? undefined : { key, kid, alg };
    } catch {
      return undefined; // No file, or not a key: both are "no key" to whoever enters the recipient.
    }
  }
}
