import { type DocumentBundle, isObject, type JsonObject, namesOf } from './bundle.js';

/** Only a UUID is looked for inside other texts: "42" or an organization's OID would be found where nothing of the original is meant. */
const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/i;

/** By what a dropped entry could be recognised: names in references, Identifiers (`system|value`), UUIDs in any text. */
export interface Traces {
  readonly names: ReadonlySet<string>;
  readonly identifiers: ReadonlySet<string>;
  /** Identifiers of withheld items: looked for in logical references only. The same number on another item is that item's own. */
  readonly logical: ReadonlySet<string>;
  readonly ids: readonly string[];
}

export function tracesOf(record: DocumentBundle, dropped: ReadonlySet<number>, withheld: ReadonlySet<number>): Traces {
  const gone = record.entry.filter((_, index) => dropped.has(index));
  const names = gone.flatMap(namesOf);
  // Only a document's identifiers tell of it. Who wrote it may stand in the record a second time, with the same number, for another reason.
  const documents = gone.filter(({ resource }) => resource.resourceType === 'DocumentReference');
  const identifiers = documents.flatMap(({ resource }) => [resource['identifier'], resource['masterIdentifier']].flat()).filter(isObject);
  const logical = record.entry
    .filter((_, index) => withheld.has(index))
    .flatMap(({ resource }) => [resource['identifier']].flat())
    .filter(isObject);
  const ids = [
    ...gone.map(({ resource }) => resource['id']),
    ...names.map((name) => name.replace(/^urn:uuid:/, '')),
    ...identifiers.map(({ value }) => value),
  ].filter((id) => typeof id === 'string');
  return {
    names: new Set(names),
    identifiers: new Set(identifiers.map(keyOf).filter((key) => key !== undefined)),
    logical: new Set(logical.map(keyOf).filter((key) => key !== undefined)),
    ids: [...new Set(ids.flatMap((id) => uuid.exec(id)?.[0] ?? []))],
  };
}

/** An Identifier as one word; undefined for what is none. */
export function keyOf(identifier: JsonObject): string | undefined {
  const { system, value } = identifier;
  return typeof system === 'string' && typeof value === 'string' ? `${system}|${value}` : undefined;
}
