import { createCipheriv, createDecipheriv, createHmac, diffieHellman, generateKeyPairSync, hkdfSync, timingSafeEqual } from 'node:crypto';
import { BrokenSeal } from './broken-seal.js';
import { type AgeIdentity, type AgeRecipient, rawPublicKey, recipientOf } from './keys.js';

/** The age v1 header (https://age-encryption.org/v1): the file key wrapped for its recipients, and a MAC over that. */
const versionLine = 'age-encryption.org/v1';
const wrapLabel = 'age-encryption.org/v1/X25519';
const macMark = '---';
/** The file key is 128 bits. */
export const fileKeyBytes = 16;
const tagBytes = 16;
/** A wrapped file key has one length only: any other could be made to open under several keys. */
const wrappedBytes = fileKeyBytes + tagBytes;
const stanzaLineLength = 64;
/** Longest header we read (bytes). Ours have 173; this leaves room for some hundred recipients. */
const headerBytesMax = 16 * 1024;
/** A wrap key is used once, so its nonce is zero (age v1). */
const zeroNonce = Buffer.alloc(12);
/** The file key is random: it needs no salt for the key of the MAC (age v1). */
const noSalt = Buffer.alloc(0);
const aead = 'chacha20-poly1305';

/** A header that gives `fileKey` to one recipient. Put before a body sealed with that key it makes a whole age file. */
export function sealHeader(fileKey: Uint8Array, recipient: AgeRecipient): Buffer {
  const ephemeral = generateKeyPairSync('x25519');
  const share = rawPublicKey(ephemeral.publicKey);
  const secret = diffieHellman({ privateKey: ephemeral.privateKey, publicKey: recipient.publicKey });
  const cipher = createCipheriv(aead, wrapKey(secret, share, recipient.raw), zeroNonce, { authTagLength: tagBytes });
  const wrapped = Buffer.concat([cipher.update(fileKey), cipher.final(), cipher.getAuthTag()]);
  const unsigned = `${versionLine}\n-> X25519 ${encode(share)}\n${encode(wrapped)}\n${macMark}`;
  return Buffer.from(`${unsigned} ${encode(headerMac(fileKey, unsigned))}\n`, 'latin1');
}

/**
 * The file key, or undefined where no stanza is for this identity.
 * Throws BrokenSeal when it is no age v1 header or its MAC is wrong.
 */
export function openHeader(header: Uint8Array, identity: AgeIdentity): Buffer | undefined {
  if (header.length > headerBytesMax) throw new BrokenSeal('header');
  const { stanzas, unsigned, mac } = parseHeader(Buffer.from(header).toString('latin1'));
  for (const stanza of stanzas) {
    const fileKey = stanza.words[0] === 'X25519' ? unwrap(stanza, identity) : undefined;
    if (!fileKey) continue;
    const wanted = headerMac(fileKey, unsigned);
    if (mac.length !== wanted.length || !timingSafeEqual(mac, wanted)) throw new BrokenSeal('header');
    return fileKey;
  }
  return undefined;
}

interface Stanza {
  readonly words: readonly string[];
  readonly body: Buffer;
}

function parseHeader(text: string): { stanzas: Stanza[]; unsigned: string; mac: Buffer } {
  const lines = text.split('\n');
  if (lines.shift() !== versionLine || lines.pop() !== '') throw new BrokenSeal('header');
  const stanzas: Stanza[] = [];
  let line = lines.shift();
  while (line?.startsWith('-> ')) {
    const words = line.slice(3).split(' ');
    if (words.includes('')) throw new BrokenSeal('header');
    stanzas.push({ words, body: stanzaBody(lines) });
    line = lines.shift();
  }
  if (!line?.startsWith(`${macMark} `) || lines.length > 0 || stanzas.length === 0) throw new BrokenSeal('header');
  const encodedMac = line.slice(macMark.length + 1);
  return { stanzas, mac: decode(encodedMac), unsigned: text.slice(0, -(encodedMac.length + 2)) };
}

/** Takes the body's lines off: full lines of 64 characters, ended by a shorter one (which may be empty). */
function stanzaBody(lines: string[]): Buffer {
  const parts: Buffer[] = [];
  for (;;) {
    const line = lines.shift();
    if (line === undefined || line.length > stanzaLineLength) throw new BrokenSeal('header');
    parts.push(decode(line));
    if (line.length < stanzaLineLength) return Buffer.concat(parts);
  }
}

function unwrap(stanza: Stanza, identity: AgeIdentity): Buffer | undefined {
  const [, encodedShare, ...more] = stanza.words;
  const share = encodedShare === undefined ? undefined : decode(encodedShare);
  if (share?.length !== identity.recipient.raw.length || more.length > 0 || stanza.body.length !== wrappedBytes)
    throw new BrokenSeal('header');
  const secret = sharedSecret(share, identity);
  if (!secret) throw new BrokenSeal('header');
  const decipher = createDecipheriv(aead, wrapKey(secret, share, identity.recipient.raw), zeroNonce, { authTagLength: tagBytes });
  decipher.setAuthTag(stanza.body.subarray(fileKeyBytes));
  const fileKey = decipher.update(stanza.body.subarray(0, fileKeyBytes));
  try {
    decipher.final();
    return fileKey;
  } catch {
    // The tag differs: sealed to somebody else. That is an answer, not a fault.
    return undefined;
  }
}

function sharedSecret(share: Buffer, identity: AgeIdentity): Buffer | undefined {
  try {
    return diffieHellman({ privateKey: identity.privateKey, publicKey: recipientOf(share).publicKey });
  } catch {
    // OpenSSL refuses a share of low order, whose secret would be all zero and known to everybody.
    return undefined;
  }
}

function wrapKey(secret: Buffer, share: Buffer, recipient: Buffer): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, Buffer.concat([share, recipient]), wrapLabel, 32));
}

function headerMac(fileKey: Uint8Array, unsigned: string): Buffer {
  const key = Buffer.from(hkdfSync('sha256', fileKey, noSalt, 'header', 32));
  return createHmac('sha256', key).update(unsigned, 'latin1').digest();
}

/** Base64 without padding, as age writes it. */
function encode(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('=', '');
}

/** Only the canonical form is read, so that no header has a twin that differs in bytes but not in meaning. */
function decode(text: string): Buffer {
  const bytes = Buffer.from(text, 'base64');
  if (encode(bytes) !== text) throw new BrokenSeal('header');
  return bytes;
}
