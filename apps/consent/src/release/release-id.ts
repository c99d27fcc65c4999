import { createHash } from 'node:crypto';

/** Namespace of the ids of releases, a UUID made for this use. */
const namespace = Buffer.from('c2a9e4b07d1f4b3a9e685f0c1d2b7a46', 'hex');

/** Bundle.identifier of a release: a UUIDv5 (RFC 9562) of transfer and number, so that every try and every process makes the same. */
export function releaseIdOf(transferId: string, release: number): string {
  const hash = createHash('sha1').update(namespace).update(`${transferId}/${release}`).digest().subarray(0, 16);
  hash.writeUInt8((hash.readUInt8(6) & 0x0f) | 0x50, 6);
  hash.writeUInt8((hash.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = hash.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
