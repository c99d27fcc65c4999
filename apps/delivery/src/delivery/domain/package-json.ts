/** Why a release cannot be packed: a fault of the service that wrote it. */
export class NotPackable extends Error {
  override readonly name = 'NotPackable';
}

/** What a server writes into the meta of what it stores. */
const serverMeta = ['versionId', 'lastUpdated', 'source'];

export interface DocumentBundle {
  readonly resourceType: 'Bundle';
  readonly type: 'document';
  readonly id?: unknown;
  readonly meta?: unknown;
  readonly identifier?: unknown;
  readonly entry?: unknown;
}
export function isDocument(value: unknown): value is DocumentBundle {
  return (
    typeof value === 'object' &&
    value !== null &&
    'resourceType' in value &&
    value.resourceType === 'Bundle' &&
    'type' in value &&
    value.type === 'document'
  );
}

/** A resource without what a server assigns: `id`, and in `meta` versionId, lastUpdated and source. */
export function withoutServerParts(resource: object): object {
  // Any object may have these; what they are is looked at.
  const { id: _id, meta, ...rest } = resource as { readonly id?: unknown; readonly meta?: unknown };
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

/** Numbers keep the digits they were written with: in FHIR `1.10` says more than `1.1`. */
export function parseKeepingNumbers(text: string): unknown {
  return sourceText.parse(text, (_key, value, { source }) =>
    typeof value === 'number' && source !== undefined && String(value) !== source ? sourceText.rawJSON(source) : value,
  );
}

/** `isSameLeaf` judges texts, numbers and whatever else has no parts. With a list of its own: a document may be nested deeper than the call stack. */
export function isSame(one: unknown, other: unknown, isSameLeaf = (a: unknown, b: unknown): boolean => a === b): boolean {
  const left: [unknown, unknown][] = [[one, other]];
  for (let pair = left.pop(); pair; pair = left.pop()) {
    const [a, b] = pair;
    if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) {
      if (!isSameLeaf(a, b)) return false;
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
