import { type DocumentBundle, type Entry, isNamed, isObject, namesOf, stringsOf } from './bundle.js';

/** Where an entry of the record stands towards the source documents. */
export interface Originals {
  /** Indexes of the entries that are an original, or say something of one: Binary, its DocumentReference, their Provenance. */
  readonly entries: ReadonlySet<number>;
}

/**
 * The entries that are originals: every Binary, every DocumentReference that shows one or holds bytes itself, every Provenance that names
 * either. An entry is kept when all the documents it stands for are named: their ids stand in the DocumentReference.
 */
export function originalsOf(record: DocumentBundle, namedIds: readonly string[]): Originals {
  const references = indexesOf(record, (entry) => entry.resource.resourceType === 'DocumentReference' && showsContent(entry));
  const kept = new Set(references.filter((index) => namesDocument(entryAt(record, index), namedIds)));
  const binaries = indexesOf(record, (entry) => entry.resource.resourceType === 'Binary');
  const keptBinaries = binaries.filter((index) =>
    [...kept].some((reference) => refersTo(entryAt(record, reference), [entryAt(record, index)])),
  );
  const dropped = new Set([...references, ...binaries].filter((index) => !kept.has(index) && !keptBinaries.includes(index)));
  const droppedEntries = [...dropped].map((index) => entryAt(record, index));
  const told = indexesOf(record, (entry) => entry.resource.resourceType === 'Provenance' && refersTo(entry, droppedEntries));
  return { entries: new Set([...dropped, ...told]) };
}

/** A DocumentReference always shows some attachment (1..* in R4); one whose attachments have neither bytes nor address shows none. */
function showsContent(entry: Entry): boolean {
  const { content } = entry.resource;
  if (!Array.isArray(content)) return false;
  return content.some((one) => isObject(one) && isObject(one['attachment']) && ('url' in one['attachment'] || 'data' in one['attachment']));
}

function namesDocument(entry: Entry, ids: readonly string[]): boolean {
  const { id, identifier, masterIdentifier } = entry.resource;
  const told = [...stringsOf(id ?? null), ...stringsOf(identifier ?? null), ...stringsOf(masterIdentifier ?? null)].map(({ text }) => text);
  return ids.some((wanted) => told.some((text) => text === wanted || text === `urn:uuid:${wanted}`));
}

function refersTo(entry: Entry, targets: readonly Entry[]): boolean {
  const names = new Set(targets.flatMap(namesOf));
  for (const { key, text } of stringsOf(entry.resource)) if ((key === 'reference' || key === 'url') && isNamed(text, names)) return true;
  return false;
}

function indexesOf(record: DocumentBundle, wanted: (entry: Entry) => boolean): number[] {
  return record.entry.flatMap((entry, index) => (wanted(entry) ? [index] : []));
}

function entryAt(record: DocumentBundle, index: number): Entry {
  const entry = record.entry[index];
  if (!entry) throw new Error(`the record has no entry ${index}`);
  return entry;
}
