import { createHash } from 'node:crypto';
import { isUuid } from '../terminology/code-systems.js';

/**
 * UUID version 5 (RFC 9562) of a name in a namespace. All ids of a record are such: the same source gives the same ids, and two patients never share one,
 * since the patient is the namespace (domain.md section 4).
 * @throws when the namespace is not a UUID: the caller's mistake, never a document's.
 */
export function uuidV5(namespace: string, name: string): string {
  if (!isUuid(namespace)) throw new Error('the namespace of an id is not a UUID');
  const hash = createHash('sha1')
    .update(Buffer.from(namespace.replaceAll('-', ''), 'hex'))
    .update(name, 'utf8')
    .digest();
  const bytes = hash.subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x50;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** Joins parts so that no two lists of parts give the same name: a part may hold any character. */
export const nameOf = (...parts: string[]): string => JSON.stringify(parts);
