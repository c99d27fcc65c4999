/** JSON as it lies in a record. Domain code needs no FHIR types: it moves and removes elements, it does not read clinical content. */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}
export interface Resource extends JsonObject {
  readonly resourceType: string;
}
export interface Entry extends JsonObject {
  readonly resource: Resource;
}
/** A FHIR R4 document Bundle: its first entry is the Composition. */
export interface DocumentBundle extends JsonObject {
  readonly resourceType: 'Bundle';
  readonly type: 'document';
  readonly entry: readonly Entry[];
}

/** Whether the value is a document Bundle as normalization seals it. Anything else is a defect of the house, not of the source. */
export function isDocumentBundle(value: unknown): value is DocumentBundle {
  if (!isObject(value) || value['resourceType'] !== 'Bundle' || value['type'] !== 'document') return false;
  const entries: unknown = value['entry'];
  if (!Array.isArray(entries) || entries.length === 0) return false;
  const resources: unknown[] = entries.map((entry: unknown) => (isObject(entry) ? entry['resource'] : undefined));
  return (
    resources.every((resource) => isObject(resource) && typeof resource['resourceType'] === 'string') &&
    (resources[0] as JsonObject)['resourceType'] === 'Composition' // shown to be an object by the line before
  );
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The names by which other resources of the Bundle may refer to this entry. */
export function namesOf(entry: Entry): readonly string[] {
  const { fullUrl } = entry;
  const { resourceType, id } = entry.resource;
  return [...(typeof fullUrl === 'string' ? [fullUrl] : []), ...(typeof id === 'string' ? [`${resourceType}/${id}`] : [])];
}

/** The element stripped of version and fragment: `Binary/1/_history/2#x` is `Binary/1`. */
function plain(reference: string): string {
  return reference.replace(/#.*$/, '').replace(/\/_history\/[^/]+$/, '');
}

/** Whether a reference or URL names one of `names`, relative or absolute. */
export function isNamed(reference: string, names: ReadonlySet<string>): boolean {
  return formsOf(reference).some((form) => names.has(form));
}

/** The forms in which a reference may stand in the names of an entry: as it is, and as `Type/id`. */
export function formsOf(reference: string): readonly string[] {
  const target = plain(reference);
  const [, relative] = /(?:^|\/)([A-Z][A-Za-z]{1,40}\/[A-Za-z0-9.-]{1,64})$/.exec(target) ?? [];
  return relative === undefined ? [target] : [target, relative];
}

/** Every string in the value, with the key it stands under. */
export function* stringsOf(value: Json, key = ''): Generator<{ readonly key: string; readonly text: string }> {
  if (typeof value === 'string') yield { key, text: value };
  else if (Array.isArray(value)) for (const one of value) yield* stringsOf(one, key);
  else if (isObject(value)) for (const [inner, one] of Object.entries(value)) yield* stringsOf(one, inner);
}
