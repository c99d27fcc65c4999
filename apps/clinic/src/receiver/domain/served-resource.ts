import { isObject, type Json, type JsonObject, parse } from './json.js';

/**
 * One resource of a transaction as the server serves it: every link to an entry (a text that is its fullUrl,
 * https://hl7.org/fhir/R4/http.html#trules) becomes the id that the server gave. `references`: fullUrl to `Type/id`.
 */
export function servedResource(
  body: Uint8Array,
  entry: number,
  references: Readonly<Record<string, string>>,
): JsonObject & { readonly meta?: JsonObject } {
  const bundle = parse(body);
  const entries = isObject(bundle) && Array.isArray(bundle['entry']) ? bundle['entry'] : [];
  const one = entries[entry];
  const resource = isObject(one) && isObject(one['resource']) ? one['resource'] : {};
  const { id: _id, ...served } = renamed(resource, references) as JsonObject; // An object stays one.
  const { meta, ...rest } = served;
  return { ...rest, ...(isObject(meta) ? { meta } : {}) };
}

/** What is nested deeper than the call stack is not served: JSON.stringify could not write it either. */
function renamed(value: Json, references: Readonly<Record<string, string>>): Json {
  if (typeof value === 'string') return references[value] ?? value;
  if (Array.isArray(value)) return value.map((one: Json) => renamed(one, references));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, child]) => [key, child === undefined ? undefined : renamed(child, references)]),
  );
}
