import type { mongo } from 'mongoose';

/** Bytes as the driver gives them: Binary, or Buffer where a connection asked for `promoteBuffers`. */
export type StoredBytes = Buffer | mongo.Binary;

export function bytesOf(stored: StoredBytes): Buffer {
  return Buffer.isBuffer(stored) ? stored : Buffer.from(stored.buffer.buffer, stored.buffer.byteOffset, stored.position);
}
