import { randomBytes } from 'node:crypto';

const isoUuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export function isUuid(text: string): boolean {
  return isoUuid.test(text.toLowerCase());
}

/** A UUIDv7 (RFC 9562 section 5.7): ids sort by time, so the newest transfers stand together in every index. */
export function newTransferId(now: Date): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(now.getTime(), 0, 6);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x70, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return asUuid(bytes.toString('hex'));
}

/** The smallest id a transfer of this time or later may have. */
export function firstIdAt(time: Date): string {
  return asUuid(`${Math.max(0, time.getTime()).toString(16).padStart(12, '0')}${'0'.repeat(20)}`);
}

function asUuid(hex: string): string {
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
