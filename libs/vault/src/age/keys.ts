import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { decodeBech32, encodeBech32 } from './bech32.js';

const recipientPrefix = 'age';
const identityPrefix = 'age-secret-key-';
/** X25519 keys are 32 bytes (RFC 7748). */
const keyBytes = 32;
/** DER of everything that stands before the 32 key bytes (RFC 8410). */
const privateKeyDer = Buffer.from('302e020100300506032b656e04220420', 'hex');
const publicKeyDer = Buffer.from('302a300506032b656e032100', 'hex');

/** Whom a header is sealed to. `raw`: the 32 bytes of the public key. Both kept: parsing costs 0.2 ms (costs.md). */
export interface AgeRecipient {
  readonly publicKey: KeyObject;
  readonly raw: Buffer;
}

/** Who can open a header. */
export interface AgeIdentity {
  readonly privateKey: KeyObject;
  readonly recipient: AgeRecipient;
}

/** Makes a new key pair in age's own words: `AGE-SECRET-KEY-1...` to keep, `age1...` to give away. */
export function generateIdentity(): { identity: string; recipient: string } {
  const { privateKey } = generateKeyPairSync('x25519');
  const secret = privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(-keyBytes);
  return {
    identity: encodeBech32(identityPrefix, secret).toUpperCase(),
    recipient: encodeBech32(recipientPrefix, rawPublicKey(createPublicKey(privateKey))),
  };
}

/** `age1...` to a recipient; undefined where it is none. */
export function parseRecipient(text: string): AgeRecipient | undefined {
  if (text !== text.toLowerCase()) return undefined;
  const raw = decodeBech32(recipientPrefix, text);
  return raw?.length === keyBytes ? recipientOf(Buffer.from(raw)) : undefined;
}

/** `AGE-SECRET-KEY-1...` to an identity; undefined where it is none. */
export function parseIdentity(text: string): AgeIdentity | undefined {
  if (text !== text.toUpperCase()) return undefined;
  const raw = decodeBech32(identityPrefix, text);
  if (raw?.length !== keyBytes) return undefined;
  const privateKey = createPrivateKey({ key: Buffer.concat([privateKeyDer, raw]), format: 'der', type: 'pkcs8' });
  return { privateKey, recipient: recipientOf(rawPublicKey(createPublicKey(privateKey))) };
}

/** The recipient of 32 raw public key bytes. */
export function recipientOf(raw: Buffer): AgeRecipient {
  return { publicKey: createPublicKey({ key: Buffer.concat([publicKeyDer, raw]), format: 'der', type: 'spki' }), raw };
}

/** The 32 bytes of an X25519 public key. */
export function rawPublicKey(key: KeyObject): Buffer {
  return key.export({ format: 'der', type: 'spki' }).subarray(-keyBytes);
}
