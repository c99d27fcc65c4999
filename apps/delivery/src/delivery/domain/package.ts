import { isDocument, isSame, NotPackable, parseKeepingNumbers, withoutServerParts } from './package-json.js';
import type { Difference } from './reading.js';

/** Every package carries this identifier system with the deliveryId as value: one identity through all attempts, and never the patient's. */
export const deliverySystem = 'urn:bulfinch:delivery';

/**
 * The package: the release as it is, under the identifier of its delivery. Built once; its bytes are what every attempt sends.
 * @throws NotPackable when the release is no document Bundle.
 */
export function buildPackage(release: Uint8Array, deliveryId: string): Uint8Array {
  const bundle: unknown = parseKeepingNumbers(new TextDecoder('utf-8', { fatal: true }).decode(release));
  if (!isDocument(bundle)) throw new NotPackable('the release is no document Bundle');
  const { resourceType, id: _id, meta, identifier: _identifier, ...rest } = bundle;
  // The id is the receiver's to give.
  const identity = { system: deliverySystem, value: deliveryId };
  return new TextEncoder().encode(JSON.stringify({ resourceType, ...(meta === undefined ? {} : { meta }), identifier: identity, ...rest }));
}

/**
 * Where what a receiver serves is not the package; undefined when it is: the same content but for what a server assigns (`id`, and in `meta`
 * versionId, lastUpdated and source). Order of keys and digits of numbers are the server's; text, codes, references and all else are not.
 */
export function differenceOf(served: unknown, sent: Uint8Array): Difference | undefined {
  const own: unknown = JSON.parse(new TextDecoder().decode(sent));
  if (!isDocument(own)) throw new NotPackable('the stored package is no document Bundle');
  if (!isDocument(served)) return 'no-document';
  if (!isSame(served.identifier, own.identifier)) return 'identifier';
  if (countOf(served.entry) !== countOf(own.entry)) return 'entry-count';
  return isSame(withoutServerParts(served), withoutServerParts(own)) ? undefined : 'content';
}

function countOf(list: unknown): number {
  return Array.isArray(list) ? list.length : 0;
}
