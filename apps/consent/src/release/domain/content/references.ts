import { type DocumentBundle, type Entry, formsOf, isObject, type Json, namesOf } from './bundle.js';

/** One reference of a resource. `field`: the element that holds it, as `result` or `reasonReference`; of an attachment, `url`. */
export interface Pointer {
  readonly field: string;
  readonly target: number;
}

/** Where every entry of a record points, by index. */
export type Pointers = readonly (readonly Pointer[])[];

/** The indexes of entries by each name that others may use for them. */
export function placesOf(record: DocumentBundle): ReadonlyMap<string, readonly number[]> {
  const places = new Map<string, number[]>();
  record.entry.forEach((entry, index) => {
    for (const name of namesOf(entry)) places.set(name, [...(places.get(name) ?? []), index]);
  });
  return places;
}

export function pointersOf(record: DocumentBundle): Pointers {
  const places = placesOf(record);
  return record.entry.map((entry) =>
    namedIn(entry.resource, '').flatMap(({ field, text }) =>
      [...new Set(formsOf(text).flatMap((form) => places.get(form) ?? []))].map((target) => ({ field, target })),
    ),
  );
}

function namedIn(value: Json, field: string): { readonly field: string; readonly text: string }[] {
  if (Array.isArray(value)) return value.flatMap((one: Json) => namedIn(one, field));
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    if (typeof inner !== 'string') return namedIn(inner, key);
    if (key === 'reference') return [{ field, text: inner }];
    return key === 'url' ? [{ field: 'url', text: inner }] : [];
  });
}

/** All that `from` speak of, directly or through others, without passing through `closed`. */
function spokenOfBy(pointers: Pointers, from: readonly number[], closed: ReadonlySet<number>): ReadonlySet<number> {
  const found = new Set<number>();
  const waiting = [...from];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop())
    for (const { target } of pointers[next] ?? [])
      if (!found.has(target) && !closed.has(target)) {
        found.add(target);
        waiting.push(target);
      }
  return found;
}

/** What is spoken of by `gone` and by nothing that stays: without them nobody would know of it. `silent`: gone too, but not asked. */
export function onlySpokenOfBy(pointers: Pointers, gone: readonly number[], silent: readonly number[] = []): readonly number[] {
  const closed = new Set([...gone, ...silent]);
  const spokenOf = spokenOfBy(pointers, gone, closed);
  const staying = pointers.map((_, index) => index).filter((index) => !closed.has(index) && !spokenOf.has(index));
  const needed = spokenOfBy(pointers, staying, closed);
  return [...spokenOf].filter((index) => !needed.has(index));
}

export function entryAt(record: DocumentBundle, index: number): Entry {
  const entry = record.entry[index];
  if (!entry) throw new Error(`the record has no entry ${index}`);
  return entry;
}
