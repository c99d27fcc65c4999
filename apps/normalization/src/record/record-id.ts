import { createHash } from 'node:crypto';

/** Namespace of the ids of records, a UUID made for this use. */
const namespace = Buffer.from('5b0f6a1e8c3d4f729e14a7d2c6b80f35', 'hex');

/** The record's id (Bundle.identifier): a UUIDv5 (RFC 9562) of the transfer, so that every try and every process makes the same. */
export function recordIdOf(transferId: string): string {
  const hash = createHash('sha1').update(namespace).update(transferId).digest().subarray(0, 16);
  hash.writeUInt8((hash.readUInt8(6) & 0x0f) | 0x50, 6);
  hash.writeUInt8((hash.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = hash.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
