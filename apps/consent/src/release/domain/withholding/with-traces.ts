import { type DocumentBundle, isObject, type Json, type Resource } from '../content/bundle.js';
import { onlySpokenOfBy, type Pointers, pointersOf } from '../content/references.js';
import { partFields } from '../content/sections.js';

/**
 * All that goes with what is withheld: wholes that lost every part, Provenance of nothing else, and who, where and what only these speak of
 * (the laboratory, the specimen, the medicine). `gone`: entries that do not leave for another reason. Returns all of them, with `withheld`.
 */
export function withTraces(record: DocumentBundle, withheld: ReadonlySet<number>, gone: ReadonlySet<number>): ReadonlySet<number> {
  const pointers = pointersOf(record);
  const found = new Set(withheld);
  if (found.size === 0) return found;
  for (let before = -1; before < found.size; ) {
    before = found.size;
    record.entry.forEach(({ resource }, index) => {
      if (!found.has(index) && !gone.has(index) && isShell(resource, pointers[index] ?? [], found, gone)) found.add(index);
    });
    const silent = record.entry.flatMap(({ resource }, index) =>
      resource.resourceType === 'Provenance' && found.has(index) ? [index] : [],
    );
    const spoken = [...found].filter((index) => !silent.includes(index));
    for (const index of onlySpokenOfBy(pointers, spoken, [...silent, ...gone])) found.add(index);
  }
  return found;
}

/** A whole that lost all of its parts to a rule: left behind empty, it would tell. */
function isShell(resource: Resource, pointers: Pointers[number], found: ReadonlySet<number>, gone: ReadonlySet<number>): boolean {
  const fields = resource.resourceType === 'Provenance' ? ['target'] : partFields;
  const targets = pointers.filter(({ field }) => fields.includes(field)).map(({ target }) => target);
  if (!targets.some((target) => found.has(target))) return false;
  return targets.every((target) => found.has(target) || gone.has(target)) && !saysMore(resource);
}

/** A value of its own. A conclusion or a document is none: it speaks of the parts. */
function saysMore(resource: Resource): boolean {
  return Object.entries(resource).some(([key, value]) => key.startsWith('value') || (key === 'component' && isFilled(value)));
}

function isFilled(value: Json): boolean {
  return Array.isArray(value) ? value.length > 0 : isObject(value);
}
