import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { BrokenSeal } from './broken-seal.js';

/**
 * The age v1 body (https://age-encryption.org/v1): a nonce, then chunks of 64 KiB, each sealed with ChaCha20-Poly1305 under a
 * nonce that counts the chunks and marks the last. So no chunk can be changed, moved, dropped or added unseen.
 */
export const chunkBytes = 64 * 1024;
const tagBytes = 16;
const sealedChunkBytes = chunkBytes + tagBytes;
const payloadNonceBytes = 16;
const aead = 'chacha20-poly1305';

/** Seals bytes that are all here. For some MB at most: it does not let other work in between. */
export function sealBytes(clear: Uint8Array, fileKey: Uint8Array): Buffer {
  const nonce = randomBytes(payloadNonceBytes);
  const key = payloadKey(fileKey, nonce);
  const sealed: Buffer[] = [nonce];
  let index = 0;
  for (const { bytes, isLast } of cut(clear, chunkBytes)) sealed.push(...sealChunk(bytes, key, chunkNonce(index++, isLast)));
  return Buffer.concat(sealed);
}

/** Seals a stream; holds one chunk. */
export async function* sealStream(clear: AsyncIterable<Uint8Array>, fileKey: Uint8Array): AsyncGenerator<Buffer> {
  const nonce = randomBytes(payloadNonceBytes);
  const key = payloadKey(fileKey, nonce);
  yield nonce;
  let index = 0;
  for await (const { bytes, isLast } of gather(clear, chunkBytes)) yield* sealChunk(bytes, key, chunkNonce(index++, isLast));
}

/** Opens a body that is all here. Throws BrokenSeal. */
export function unsealBytes(body: Uint8Array, fileKey: Uint8Array): Buffer {
  if (body.length < payloadNonceBytes + tagBytes) throw new BrokenSeal('body');
  const key = payloadKey(fileKey, body.subarray(0, payloadNonceBytes));
  const clear: Buffer[] = [];
  for (const { bytes, isLast } of cut(body.subarray(payloadNonceBytes), sealedChunkBytes))
    clear.push(openChunk(bytes, key, clear.length, isLast));
  return clear.length === 1 && clear[0] ? clear[0] : Buffer.concat(clear);
}

/**
 * Opens a streamed body; holds one chunk. Each piece given is authentic and in its place, but only the end of the
 * iteration says that none is missing. Throws BrokenSeal.
 */
export async function* unsealStream(body: AsyncIterable<Uint8Array>, fileKey: Uint8Array): AsyncGenerator<Buffer> {
  const iterator = body[Symbol.asyncIterator]();
  try {
    const { head, rest } = await takeHead(iterator, payloadNonceBytes);
    const key = payloadKey(fileKey, head);
    let index = 0;
    for await (const { bytes, isLast } of gather(followedBy(rest, iterator), sealedChunkBytes))
      yield openChunk(bytes, key, index++, isLast);
  } finally {
    await iterator.return?.();
  }
}

function payloadKey(fileKey: Uint8Array, nonce: Uint8Array): Buffer {
  return Buffer.from(hkdfSync('sha256', fileKey, nonce, 'payload', 32));
}

/** 11 bytes count the chunks, the twelfth marks the last. 32 bits of the count are enough for 256 TiB. */
function chunkNonce(index: number, isLast: boolean): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeUInt32BE(index, 7);
  nonce[11] = isLast ? 1 : 0;
  return nonce;
}

function sealChunk(clear: Uint8Array, key: Buffer, nonce: Buffer): [Buffer, Buffer] {
  const cipher = createCipheriv(aead, key, nonce, { authTagLength: tagBytes });
  const sealed = cipher.update(clear);
  cipher.final();
  return [sealed, cipher.getAuthTag()];
}

function openChunk(sealed: Uint8Array, key: Buffer, index: number, isLast: boolean): Buffer {
  const clearBytes = sealed.length - tagBytes;
  // Only an empty content may end with an empty chunk: otherwise two bodies would mean the same content.
  if (clearBytes < 0 || (clearBytes === 0 && index > 0)) throw new BrokenSeal('body');
  const decipher = createDecipheriv(aead, key, chunkNonce(index, isLast), { authTagLength: tagBytes });
  decipher.setAuthTag(sealed.subarray(clearBytes));
  const clear = decipher.update(sealed.subarray(0, clearBytes));
  try {
    decipher.final();
  } catch {
    // OpenSSL says only that the tag differs.
    throw new BrokenSeal('body');
  }
  return clear;
}

interface Piece {
  readonly bytes: Uint8Array;
  readonly isLast: boolean;
}

/** Cuts bytes into pieces of `size`; the last one is shorter or full, and empty only where all is. */
function* cut(bytes: Uint8Array, size: number): Generator<Piece> {
  let from = 0;
  for (; bytes.length - from > size; from += size) yield { bytes: bytes.subarray(from, from + size), isLast: false };
  yield { bytes: bytes.subarray(from), isLast: true };
}

/** The same for a stream. The buffer is used again for the next piece: use a piece before asking for the next. */
async function* gather(parts: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<Piece> {
  const buffer = Buffer.allocUnsafe(size);
  let used = 0;
  for await (const part of parts) {
    for (let from = 0; from < part.length; ) {
      if (used === size) {
        yield { bytes: buffer, isLast: false };
        used = 0;
      }
      const taken = part.subarray(from, from + size - used);
      buffer.set(taken, used);
      used += taken.length;
      from += taken.length;
    }
  }
  yield { bytes: buffer.subarray(0, used), isLast: true };
}

async function takeHead(iterator: AsyncIterator<Uint8Array>, size: number): Promise<{ head: Buffer; rest: Buffer }> {
  let held = Buffer.alloc(0);
  while (held.length < size) {
    const next = await iterator.next();
    if (next.done) throw new BrokenSeal('body');
    held = Buffer.concat([held, next.value]);
  }
  return { head: held.subarray(0, size), rest: held.subarray(size) };
}

async function* followedBy(first: Uint8Array, iterator: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield first;
  for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
}
