import type { Difference } from './reading.js';

/** What a server writes into the meta of what it stores. */
const serverMeta = ['versionId', 'lastUpdated', 'source'];

/** Every package carries this identifier system with the deliveryId as value: one identity through all attempts, and never the patient's. */
export const deliverySystem = 'urn:bulfinch:delivery';

/** Why a release cannot be packed: a fault of the service that wrote it. */
export class NotPackable extends Error {
  override readonly name = 'NotPackable';
}

/**
 * The package: the release as it is, under the identifier of its delivery. Built once; its bytes are what every attempt sends. Numbers keep
 * the digits they were written with: in FHIR `1.10` says more than `1.1`. @throws NotPackable when the release is no document Bundle.
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

interface DocumentBundle {
  readonly resourceType: 'Bundle';
  readonly type: 'document';
  readonly id?: unknown;
  readonly meta?: unknown;
  readonly identifier?: unknown;
  readonly entry?: unknown;
}
function isDocument(value: unknown): value is DocumentBundle {
  return (
    typeof value === 'object' &&
    value !== null &&
    'resourceType' in value &&
    value.resourceType === 'Bundle' &&
    'type' in value &&
    value.type === 'document'
  );
}

function withoutServerParts({ id: _id, meta, ...rest }: DocumentBundle): unknown {
  if (typeof meta !== 'object' || meta === null) return rest;
  const kept = Object.entries(meta).filter(([key]) => !serverMeta.includes(key));
  return kept.length === 0 ? rest : { ...rest, meta: Object.fromEntries(kept) };
}

/** JSON.parse of Node 24 hands over the text of a number, and JSON.rawJSON writes it back (ECMAScript proposal, stage 4). TypeScript's library does not know them yet. */
interface SourceTextJson {
  parse(text: string, reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown): unknown;
  rawJSON(text: string): unknown;
}
const sourceText = JSON as unknown as SourceTextJson;

function parseKeepingNumbers(text: string): unknown {
  return sourceText.parse(text, (_key, value, { source }) =>
    typeof value === 'number' && source !== undefined && String(value) !== source ? sourceText.rawJSON(source) : value,
  );
}

/** With a list of its own: a document may be nested deeper than the call stack. */
function isSame(one: unknown, other: unknown): boolean {
  const left: [unknown, unknown][] = [[one, other]];
  for (let pair = left.pop(); pair; pair = left.pop()) {
    const [a, b] = pair;
    if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) {
      if (a !== b) return false;
      continue;
    }
    if (Array.isArray(a) !== Array.isArray(b)) return false;
    const [these, those] = [Object.entries(a), new Map<string, unknown>(Object.entries(b))];
    if (these.length !== those.size) return false;
    for (const [key, value] of these) {
      if (!those.has(key)) return false;
      left.push([value, those.get(key)]);
    }
  }
  return true;
}
