import { type DocumentBundle, formsOf, isObject, type Json, type JsonObject } from './bundle.js';
import { type Pointers, placesOf } from './references.js';

/** What the house itself writes where a source wrote nothing: it says nothing of anybody. */
export const unavailable = 'Information unavailable';
export const houseSentences: readonly string[] = [unavailable, 'The documents that this record was made from.'];

/** One section of the Composition. `path`: its indexes from the root, as `2` or `2.0`. `own`: without its subsections. */
export interface PlacedSection {
  readonly path: string;
  readonly own: JsonObject;
  /** Entries that it names itself, by index in the Bundle. */
  readonly entries: readonly number[];
}

/** Every section at every depth, parents before children. */
export function flatSections(record: DocumentBundle): readonly PlacedSection[] {
  const places = placesOf(record);
  const placed: PlacedSection[] = [];
  const walk = (sections: Json | undefined, prefix: string): void => {
    if (!Array.isArray(sections)) return;
    sections.forEach((section: Json, index) => {
      if (!isObject(section)) return;
      const path = `${prefix}${index}`;
      const { section: inner, ...own } = section;
      placed.push({ path, own, entries: entriesOf(own, places) });
      walk(inner, `${path}.`);
    });
  };
  walk(record.entry[0]?.resource['section'], '');
  return placed;
}

function entriesOf(section: JsonObject, places: ReadonlyMap<string, readonly number[]>): readonly number[] {
  const list = section['entry'];
  if (!Array.isArray(list)) return [];
  const names = list.flatMap((one: Json) => (isObject(one) && typeof one['reference'] === 'string' ? formsOf(one['reference']) : []));
  return [...new Set(names.flatMap((name) => places.get(name) ?? []))];
}

/** References of a whole to its parts, as a panel's to its tests. */
export const partFields: readonly string[] = ['result', 'hasMember'];

/**
 * Paths of the sections whose narrative may speak of what is withheld: they name it, or a whole that it is a part of, or something that refers
 * to it (a procedure in a visit), or a section within them does.
 */
export function touchedSections(record: DocumentBundle, pointers: Pointers, withheld: ReadonlySet<number>): ReadonlySet<string> {
  const touched = new Set<string>();
  if (withheld.size === 0) return touched;
  const leads = new Set(withheld);
  pointers.forEach((list, index) => {
    if (index > 0 && list.some(({ target }) => withheld.has(target))) leads.add(index);
  });
  for (let before = -1; before < leads.size; ) {
    before = leads.size;
    pointers.forEach((list, index) => {
      if (list.some(({ field, target }) => partFields.includes(field) && leads.has(target))) leads.add(index);
    });
  }
  for (const { path, entries } of flatSections(record))
    if (entries.some((index) => leads.has(index)))
      for (const outer of path.split('.').map((_, depth, parts) => parts.slice(0, depth + 1).join('.'))) touched.add(outer);
  return touched;
}
