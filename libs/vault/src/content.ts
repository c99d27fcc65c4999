import { createHash, type Hash } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createZstdCompress, createZstdDecompress, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { BlobRef } from '#libs/contracts';
import { BrokenSeal } from './age/broken-seal.js';
import { sealBytes, sealStream, unsealBytes, unsealStream } from './age/payload.js';
import { codeOf } from './error-code.js';

/** What names clear bytes: their SHA-256 and size. */
export type Fingerprint = Pick<BlobRef, 'sha256' | 'sizeBytes'>;

/** Level 3 is zstd's own default; 38 KB take 0.1 ms (costs.md). Compressed before it is sealed, because sealed bytes do not shrink. */
const zstd = { params: { [constants.ZSTD_c_compressionLevel]: 3 } };
/** Output of zstd per piece (bytes): Node's 16 KiB would make four times as many pieces of a large document. */
const zstdChunk = { chunkSize: 64 * 1024 };

export function fingerprintOf(clear: Uint8Array): Fingerprint {
  return { sha256: createHash('sha256').update(clear).digest('hex'), sizeBytes: clear.length };
}

/** Compresses and seals bytes that are all here, without a break. */
export function sealContent(clear: Uint8Array, fileKey: Uint8Array): Buffer {
  return sealBytes(zstdCompressSync(clear, zstd), fileKey);
}

/** Compresses and seals a stream, holding a few MB. */
export function sealContentStream(clear: AsyncIterable<Uint8Array>, fileKey: Uint8Array): AsyncIterable<Buffer> {
  return sealStream(through(clear, createZstdCompress({ ...zstd, ...zstdChunk })), fileKey);
}

/** Opens a sealed body to exactly the bytes that `wanted` names, without a break. Throws BrokenSeal. */
export function openContent(body: Uint8Array, fileKey: Uint8Array, wanted: Fingerprint): Buffer {
  const compressed = unsealBytes(body, fileKey);
  // The output limit stops a body made to expand without end at one byte more than was promised.
  const clear = expanded(() => zstdDecompressSync(compressed, { maxOutputLength: wanted.sizeBytes + 1 }));
  const found = fingerprintOf(clear);
  if (found.sizeBytes !== wanted.sizeBytes || found.sha256 !== wanted.sha256) throw new BrokenSeal('body');
  return clear;
}

/** The same for a stream: the last piece is given only when hash and size are right. Throws BrokenSeal. */
export async function* openContentStream(
  body: AsyncIterable<Uint8Array>,
  fileKey: Uint8Array,
  wanted: Fingerprint,
): AsyncGenerator<Buffer> {
  const meter = new Meter();
  let held: Buffer | undefined;
  try {
    for await (const piece of through(unsealStream(body, fileKey), createZstdDecompress(zstdChunk))) {
      meter.add(piece);
      if (meter.sizeBytes > wanted.sizeBytes) throw new BrokenSeal('body');
      if (held) yield held;
      held = piece;
    }
  } catch (error) {
    throw isZstdError(error) ? new BrokenSeal('body') : error;
  }
  if (meter.sizeBytes !== wanted.sizeBytes || meter.sha256() !== wanted.sha256) throw new BrokenSeal('body');
  if (held) yield held;
}

/** Counts and hashes clear bytes on their way. */
export class Meter {
  sizeBytes = 0;
  private readonly hash: Hash = createHash('sha256');

  add(bytes: Uint8Array): void {
    this.sizeBytes += bytes.length;
    this.hash.update(bytes);
  }

  /** To be asked once, at the end. */
  sha256(): string {
    return this.hash.digest('hex');
  }
}

/** What comes out of `transform` when `source` goes in; fails with whichever failed first. Leaving early ends both. */
async function* through(source: AsyncIterable<Uint8Array>, transform: Duplex): AsyncGenerator<Buffer> {
  const feeding = pipeline(source, transform);
  // A failure of the source destroys the transform with it, so the loop below tells it; this only keeps it from being unhandled.
  feeding.catch(() => undefined);
  for await (const piece of transform) yield piece;
  await feeding;
}

function expanded(expand: () => Buffer): Buffer {
  try {
    return expand();
  } catch (error) {
    if (isZstdError(error)) throw new BrokenSeal('body');
    throw error;
  }
}

/** Only zlib's own codes: a fault of storage on the way must stay what it is. */
function isZstdError(error: unknown): boolean {
  return /^(ZSTD_|Z_|ERR_BUFFER_TOO_LARGE)/.test(codeOf(error));
}
