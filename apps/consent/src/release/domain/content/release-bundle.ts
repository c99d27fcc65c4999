import { isUnreadText } from '../labels/unread.js';
import { rewriteSections, type Withholding, withAbsentEntries } from '../withholding/withheld-sections.js';
import { type DocumentBundle, type Entry, isNamed, isObject, type Json, type JsonObject, type Resource } from './bundle.js';
import { keyOf, type Traces, tracesOf } from './traces.js';

/** Stands in every package, whether anything was withheld or not, so that it tells nothing (domain.md section 4). */
export const constantSentence = 'Contains what was authorized for this purpose; it may not be complete.';

/** Elements that are nothing without the reference they hold: they go with it. */
const needReference = ['item', 'target', 'targetReference', 'what', 'entity', 'actor', 'condition'];

/**
 * The document that leaves, made from the record: without the entries in `dropped`, without anything that refers to them, with the constant
 * sentence and its own identity (`identifier`: a UUID). `withholding`: which of them a rule withholds, and which sections; where there are
 * any, the sections they stood in are written anew. Same input, same bytes: keys keep the record's order.
 */
export function releaseBundle(
  record: DocumentBundle,
  dropped: ReadonlySet<number>,
  identifier: string,
  withholding?: Withholding,
): DocumentBundle {
  const rewritten = withholding && rewriteSections(record, withholding);
  const whole = rewritten ? { ...record, entry: [rewritten.composition, ...record.entry.slice(1)] } : record;
  const [first, ...kept] = keptOf(whole, dropped, withholding?.entries ?? new Set());
  if (first?.resource.resourceType !== 'Composition') throw new Error('a release without its Composition is no document');
  const others = rewritten ? withAbsentEntries(kept, rewritten.emptied, withholding.absentIds, first.resource['subject']) : kept;
  return {
    resourceType: 'Bundle',
    // Profile and language describe the form; id, tags, links and signature belong to the record and stay behind.
    ...profileOf(record),
    ...(record['language'] === undefined ? {} : { language: record['language'] }),
    identifier: { system: 'urn:ietf:rfc:3986', value: `urn:uuid:${identifier}` },
    type: 'document',
    ...(record['timestamp'] === undefined ? {} : { timestamp: record['timestamp'] }),
    entry: [withSentence(first), ...others],
  };
}

/** The entries that stay, cleaned of what does not. One of which nothing is left without it goes too, and what tells of that one. */
function keptOf(record: DocumentBundle, dropped: ReadonlySet<number>, withheld: ReadonlySet<number>): readonly Entry[] {
  const gone = new Set(dropped);
  for (;;) {
    const traces = tracesOf(record, gone, withheld);
    const kept = record.entry.map((entry, index) => (gone.has(index) ? undefined : cleaned(entry, traces)));
    const fallen = kept.flatMap((entry, index) => (entry === undefined && !gone.has(index) ? [index] : []));
    if (fallen.length === 0) return kept.filter((entry) => entry !== undefined);
    for (const index of fallen) gone.add(index);
  }
}

function cleaned(entry: Entry, traces: Traces): Entry | undefined {
  const resource = without(entry.resource, '', traces);
  return isResource(resource) ? { ...entry, resource } : undefined;
}

/** The value without what names a dropped entry; undefined when nothing of it is left. */
function without(value: Json, key: string, traces: Traces): Json | undefined {
  if (typeof value === 'string') {
    if (key === 'div') return withoutIds(value, traces);
    return isTrace(value, traces) ? undefined : value;
  }
  if (Array.isArray(value)) {
    const kept = value.map((one) => without(one, key, traces)).filter((one) => one !== undefined);
    return kept.length === 0 && value.length > 0 ? undefined : kept;
  }
  if (!isObject(value)) return value;
  // A reference or attachment goes as a whole: its display, title and hash tell as much as its address.
  if (pointsAtDropped(value, traces)) return undefined;
  const kept = new Map<string, Json>();
  for (const [inner, one] of Object.entries(value)) {
    const rest = without(one, inner, traces);
    if (rest !== undefined) kept.set(inner, rest);
    else if (needReference.includes(inner) || (inner.startsWith('value') && 'url' in value)) return undefined;
  }
  if (key === 'section' && isEmptied(value, kept)) return undefined;
  return kept.size === 0 && Object.keys(value).length > 0 ? undefined : Object.fromEntries(kept);
}

/**
 * A section that only listed what was dropped: its title alone would tell of it, and is no section (cmp-1 of Composition). One whose only text
 * is a sentence of the house about its entries (the sources of the record) is nothing without them.
 */
function isEmptied(before: JsonObject, kept: ReadonlyMap<string, Json>): boolean {
  const holds = ['text', 'entry', 'section'];
  const isLeft = (one: string): boolean => kept.has(one) && !(one === 'text' && 'entry' in before && saysHouseOnly(before['text']));
  return holds.some((one) => one in before) && !holds.some(isLeft);
}

function saysHouseOnly(text: Json | undefined): boolean {
  return isObject(text) && text['status'] === 'generated' && !isUnreadText(text);
}

function pointsAtDropped(value: JsonObject, traces: Traces): boolean {
  const { reference, url, identifier } = value;
  const { identifiers, logical } = traces;
  if (typeof reference === 'string' && isTrace(reference, traces)) return true;
  if (typeof url === 'string' && isTrace(url, traces)) return true;
  if (identifiers.has(keyOf(value) ?? '')) return true;
  // A logical reference: Reference.identifier. A resource may have one of its own, which goes by the line above and not with the resource.
  if (!isObject(identifier) || 'resourceType' in value) return false;
  const key = keyOf(identifier) ?? '';
  return identifiers.has(key) || logical.has(key);
}

/** A text that names a dropped entry. */
function isTrace(text: string, { names, ids }: Traces): boolean {
  return isNamed(text, names) || ids.some((id) => text.includes(id));
}

/** A narrative stays whole but for the id itself: the words around it are the source's. */
function withoutIds(div: string, { ids }: Traces): string {
  return ids.reduce((text, id) => text.replaceAll(`urn:uuid:${id}`, '').replaceAll(id, ''), div);
}

/**
 * The sentence stands in Composition.text: the narrative of the document as a whole, which every reader shows first (FHIR R4, 3.3.1), and
 * no section, so that the sections stay as the source has them. The author stays the house that made the record.
 */
function withSentence(entry: Entry): Entry {
  const { resource } = entry;
  const paragraph = `<p>${constantSentence}</p>`;
  const { text } = resource;
  const div = isObject(text) && typeof text['div'] === 'string' ? text['div'] : undefined;
  const end = div?.lastIndexOf('</div>') ?? -1;
  const narrative: JsonObject =
    isObject(text) && div !== undefined && end >= 0
      ? { ...text, div: `${div.slice(0, end)}${paragraph}${div.slice(end)}` }
      : { status: 'generated', div: `<div xmlns="http://www.w3.org/1999/xhtml">${paragraph}</div>` };
  return { ...entry, resource: withText(resource, narrative) };
}

/** Composition.text before the elements of the Composition, where the record has none yet. */
function withText(resource: Resource, text: JsonObject): Resource {
  if ('text' in resource) return { ...resource, text };
  const { resourceType, ...rest } = resource;
  return { resourceType, text, ...rest };
}

function profileOf(record: DocumentBundle): JsonObject {
  const profile = isObject(record['meta']) ? record['meta']['profile'] : undefined;
  return profile === undefined ? {} : { meta: { profile } };
}

function isResource(value: Json | undefined): value is Resource {
  return isObject(value) && typeof value['resourceType'] === 'string';
}
