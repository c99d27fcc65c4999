import { type DocumentBundle, type Entry, formsOf, isObject, type Json, type JsonObject, type Resource } from '../content/bundle.js';
import { placesOf, pointersOf } from '../content/references.js';
import { touchedSections } from '../content/sections.js';
import { type AbsentIds, absentEntry, absentSection, type RequiredCode, requiredCodes } from './absent-sections.js';
import { narrativeOf } from './narrative.js';

/** What a rule withholds of a record. */
export interface Withholding {
  readonly entries: ReadonlySet<number>;
  /** Paths of sections that do not leave. */
  readonly sections: ReadonlySet<string>;
  readonly absentIds: AbsentIds;
}

const loinc = 'http://loinc.org';
/** The section by which the house ends a record. Added sections stand before it. */
const sourceDocuments = '77599-9';

/** The Composition as it leaves, and the sections that IPS requires and that have nothing left. */
export interface Rewritten {
  readonly composition: Entry;
  readonly emptied: readonly RequiredCode[];
}

/**
 * The record's sections as they leave. One that touches what is withheld: its narrative is made from what else it names. One that has nothing
 * left: gone, and where IPS requires it, there as in a record whose source never had it.
 */
export function rewriteSections(record: DocumentBundle, withholding: Withholding): Rewritten | undefined {
  const [first] = record.entry;
  if (!first || (withholding.entries.size === 0 && withholding.sections.size === 0)) return undefined;
  const places = placesOf(record);
  const resourceAt = (reference: string): Resource | undefined => {
    const index = formsOf(reference).flatMap((form) => places.get(form) ?? [])[0];
    return index === undefined || withholding.entries.has(index) ? undefined : record.entry[index]?.resource;
  };
  const touched = touchedSections(record, pointersOf(record), withholding.entries);
  const rewrite = (sections: readonly Json[], prefix: string): JsonObject[] =>
    sections.flatMap((section, index): JsonObject[] => {
      const path = `${prefix}${index}`;
      if (!isObject(section) || withholding.sections.has(path)) return [];
      const { section: inner, ...own } = section;
      const kept = Array.isArray(inner) ? rewrite(inner, `${path}.`) : [];
      const nested: JsonObject = kept.length > 0 ? { section: kept } : {};
      if (!touched.has(path)) return [{ ...own, ...nested }];
      const rewritten = rewrittenSection(own, resourceAt);
      return 'entry' in rewritten || kept.length > 0 ? [{ ...rewritten, ...nested }] : [];
    });
  const before = first.resource['section'];
  const sections = Array.isArray(before) ? rewrite(before, '') : [];
  const emptied = requiredCodes.filter((code) => hasSection(flat(before), code) && !hasSection(sections.flatMap(flatOne), code));
  const all = withAbsentSections(sections, emptied, withholding.absentIds);
  const elements = Object.entries(first.resource).flatMap(([key, value]): [string, Json][] => {
    // The narrative of the document as a whole may speak of anything in it.
    if (key === 'text') return [];
    if (key === 'section') return all.length > 0 ? [[key, all]] : [];
    return [[key, value]];
  });
  return { composition: { ...first, resource: { ...Object.fromEntries(elements), resourceType: 'Composition' } }, emptied };
}

function rewrittenSection(own: JsonObject, resourceAt: (reference: string) => Resource | undefined): JsonObject {
  const list = Array.isArray(own['entry']) ? own['entry'].filter(isObject) : [];
  const staying = list.flatMap((one) => (typeof one['reference'] === 'string' ? (resourceAt(one['reference']) ?? []) : []));
  const kept = list.filter((one) => typeof one['reference'] === 'string' && resourceAt(one['reference']) !== undefined);
  // Keys keep their order, so that a section reads as the source wrote it but for its text.
  return Object.fromEntries(
    Object.entries(own).flatMap(([key, value]): [string, Json][] => {
      if (key === 'text') return staying.length > 0 ? [[key, narrativeOf(staying, resourceAt)]] : [];
      if (key === 'entry') return kept.length > 0 ? [[key, kept]] : [];
      return [[key, value]];
    }),
  );
}

/** In the order the house adds them in, with those that the conversion had added already: as if all of them had been missing from the start. */
function withAbsentSections(sections: readonly JsonObject[], added: readonly RequiredCode[], ids: AbsentIds): JsonObject[] {
  if (added.length === 0) return [...sections];
  const made = requiredCodes.map((code) => ({ code, section: absentSection(code, ids) }));
  const isMade = (section: JsonObject): boolean => made.some((one) => JSON.stringify(one.section) === JSON.stringify(section));
  const own = sections.filter((section) => !isMade(section));
  const missing = made.filter(
    ({ code, section }) => added.includes(code) || sections.some((one) => JSON.stringify(one) === JSON.stringify(section)),
  );
  const last = own.findIndex((section) => hasSection([section], sourceDocuments));
  const at = last < 0 ? own.length : last;
  return [...own.slice(0, at), ...missing.map(({ section }) => section), ...own.slice(at)];
}

/** The same for their entries, which the conversion places behind all others but Provenance. */
export function withAbsentEntries(
  entries: readonly Entry[],
  added: readonly RequiredCode[],
  ids: AbsentIds,
  subject: Json | undefined,
): readonly Entry[] {
  if (added.length === 0) return entries;
  const who = isObject(subject) ? subject : {};
  const made = requiredCodes.map((code) => ({ code, entry: absentEntry(code, ids, who) }));
  const there = new Set(entries.map((entry) => entry['fullUrl']));
  const missing = made.filter(({ code, entry }) => added.includes(code) || there.has(entry['fullUrl'] ?? null));
  const urls = new Set(missing.map(({ entry }) => entry['fullUrl']));
  const own = entries.filter((entry) => !urls.has(entry['fullUrl']));
  const last = own.findLastIndex(({ resource }) => resource.resourceType !== 'Provenance') + 1;
  return [...own.slice(0, last), ...missing.map(({ entry }) => entry), ...own.slice(last)];
}

function flat(sections: Json | undefined): readonly JsonObject[] {
  return Array.isArray(sections) ? sections.filter(isObject).flatMap(flatOne) : [];
}
function flatOne(section: JsonObject): readonly JsonObject[] {
  return [section, ...flat(section['section'])];
}

function hasSection(sections: readonly JsonObject[], wanted: string): boolean {
  return sections.some(({ code }) => {
    const coding = isObject(code) ? code['coding'] : undefined;
    return Array.isArray(coding) && coding.some((one: Json) => isObject(one) && one['system'] === loinc && one['code'] === wanted);
  });
}
