import { type DocumentBundle, type Entry, isNamed, isObject, namesOf, stringsOf } from './bundle.js';
import { entryAt, onlySpokenOfBy, pointersOf } from './references.js';

/** Identifier system of a documentId, as libs/conversion writes it. */
const documentSystem = 'urn:bulfinch:document';

/** Where the record stands towards its source documents. */
export interface Originals {
  /** Indexes of entries that do not leave: originals, and what tells of them and of nothing else. */
  readonly entries: ReadonlySet<number>;
  /** Documents that were named and are not in the record under their id. */
  readonly missing: readonly string[];
}

/**
 * The entries that are originals nobody named, or tell of one: every Binary, every DocumentReference that shows one or holds bytes itself,
 * every Provenance of either, and who or what only these speak of (the source's author, its custodian). A document is found by its id in the
 * DocumentReference; by its place in the record it is not, for a wrong original must never leave.
 */
export function originalsOf(record: DocumentBundle, namedIds: readonly string[]): Originals {
  const references = indexesOf(
    record,
    (entry) => entry.resource.resourceType === 'DocumentReference' && showsContent(entry) && !isNote(entry.resource),
  );
  const kept = references.filter((index) => namesDocument(entryAt(record, index), namedIds));
  const binaries = indexesOf(record, (entry) => entry.resource.resourceType === 'Binary');
  const keptBinaries = binaries.filter((index) => kept.some((reference) => refersTo(entryAt(record, reference), [entryAt(record, index)])));
  const dropped = [...references, ...binaries].filter((index) => !kept.includes(index) && !keptBinaries.includes(index));
  const droppedEntries = dropped.map((index) => entryAt(record, index));
  const told = indexesOf(record, (entry) => entry.resource.resourceType === 'Provenance' && refersTo(entry, droppedEntries));
  const missing = namedIds.filter((id) => !kept.some((index) => namesDocument(entryAt(record, index), [id])));
  return { entries: new Set([...dropped, ...told, ...onlySpokenOfBy(pointersOf(record), dropped, told)]), missing };
}

/** A DocumentReference always shows some attachment (1..* in R4); one whose attachments have neither bytes nor address shows none. */
function showsContent(entry: Entry): boolean {
  const { content } = entry.resource;
  if (!Array.isArray(content)) return false;
  return content.some((one) => isObject(one) && isObject(one['attachment']) && ('url' in one['attachment'] || 'data' in one['attachment']));
}

/**
 * A note of the record, not a document that was received: libs/conversion gives every source the house's identifier, and a note its text and
 * the category of US Core. A note refers to no Binary, which would be an original's. Its words are unread like all free text.
 */
export function isNote({ resourceType, identifier, category, content }: Entry['resource']): boolean {
  if (resourceType !== 'DocumentReference' || !Array.isArray(content)) return false;
  const isSource = [...stringsOf(identifier ?? null)].some(({ key, text }) => key === 'system' && text === documentSystem);
  const isClinicalNote = [...stringsOf(category ?? null)].some(({ key, text }) => key === 'code' && text === 'clinical-note');
  const pointsElsewhere = content.some((one) => isObject(one) && isObject(one['attachment']) && 'url' in one['attachment']);
  return isClinicalNote && !isSource && !pointsElsewhere;
}

/** By the identifier the house gave it and no other: a source may carry any id it likes. */
function namesDocument(entry: Entry, ids: readonly string[]): boolean {
  const { identifier } = entry.resource;
  return (
    Array.isArray(identifier) &&
    identifier.some((one) => isObject(one) && one['system'] === documentSystem && ids.some((wanted) => one['value'] === wanted))
  );
}

function refersTo(entry: Entry, targets: readonly Entry[]): boolean {
  const names = new Set(targets.flatMap(namesOf));
  for (const { key, text } of stringsOf(entry.resource)) if ((key === 'reference' || key === 'url') && isNamed(text, names)) return true;
  return false;
}

function indexesOf(record: DocumentBundle, wanted: (entry: Entry) => boolean): number[] {
  return record.entry.flatMap((entry, index) => (wanted(entry) ? [index] : []));
}
