export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

export function parse(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    // Broken UTF-8, broken JSON or too deep: all are "cannot be read".
    return undefined;
  }
}

/** Walks with a list of its own: a document may be nested deeper than the call stack. */
export function hasDanglingReference(root: JsonObject, known: ReadonlySet<string>): boolean {
  const left: Json[] = [root];
  for (let node = left.pop(); node !== undefined; node = left.pop()) {
    if (Array.isArray(node)) for (const child of node) left.push(child);
    else if (isObject(node))
      for (const [key, child] of Object.entries(node)) {
        if (key === 'reference' && isText(child) && child.startsWith('urn:uuid:') && !known.has(withoutFragment(child))) return true;
        if (child !== undefined && child !== null) left.push(child);
      }
  }
  return false;
}

function withoutFragment(reference: string): string {
  const hash = reference.indexOf('#');
  return hash === -1 ? reference : reference.slice(0, hash);
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
export function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0;
}
