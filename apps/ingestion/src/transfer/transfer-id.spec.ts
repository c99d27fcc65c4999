import { firstIdAt, isUuid, newTransferId } from './transfer-id.js';

describe('a transfer id', () => {
  const now = new Date('2026-11-24T12:00:00.123Z');
  it('is a UUIDv7 that tells its millisecond (RFC 9562)', () => {
    const id = newTransferId(now);
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16)).toBe(now.getTime());
  });
  it('differs each time and sorts by time', () => {
    expect(newTransferId(now)).not.toBe(newTransferId(now));
    expect(newTransferId(now) < newTransferId(new Date(now.getTime() + 1))).toBe(true);
    expect(firstIdAt(now) <= newTransferId(now) && newTransferId(new Date(now.getTime() - 1)) < firstIdAt(now)).toBe(true);
  });
  it('is told from a spoken reference', () => {
    expect(isUuid(newTransferId(now).toUpperCase())).toBe(true);
    expect(isUuid('K7QM-3XPC-2')).toBe(false);
  });
});
