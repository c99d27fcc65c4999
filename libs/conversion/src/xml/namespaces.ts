export const hl7Namespace = 'urn:hl7-org:v3';
const sdtcNamespace = 'urn:hl7-org:sdtc';
const schemaInstanceNamespace = 'http://www.w3.org/2001/XMLSchema-instance';

/** Prefixes whose meaning nobody doubts: real documents use them and forget to declare them. */
const wellKnownPrefixes: ReadonlyMap<string, string> = new Map([
  ['sdtc', sdtcNamespace],
  ['xsi', schemaInstanceNamespace],
  ['xml', 'http://www.w3.org/XML/1998/namespace'],
]);

/** The namespaces in force at one element, and the names they give. A name is undefined when its prefix means nothing. */
export interface Scope {
  readonly prefixes: ReadonlyMap<string, string>;
  readonly repairs: ReadonlySet<string>;
  elementName(qualified: string): string | undefined;
  attributeName(qualified: string): string | undefined;
}

/** The scope of an element inside `outer` that carries these attributes (Namespaces in XML 1.0). */
export function namespaceScope(outer: Scope | undefined, attributes: Readonly<Record<string, string>>): Scope {
  let declared: Map<string, string> | undefined;
  for (const [name, value] of Object.entries(attributes)) {
    if (name !== 'xmlns' && !name.startsWith('xmlns:')) continue;
    declared ??= new Map(outer?.prefixes);
    declared.set(name === 'xmlns' ? '' : name.slice('xmlns:'.length), value);
  }
  if (outer && !declared) return outer;
  return scopeOf(declared ?? new Map());
}

function scopeOf(prefixes: ReadonlyMap<string, string>): Scope {
  const repairs = new Set<string>();
  const resolve = (prefix: string): string | undefined => {
    const namespace = prefixes.get(prefix);
    if (namespace !== undefined) return namespace;
    const wellKnown = wellKnownPrefixes.get(prefix);
    if (wellKnown !== undefined && prefix !== 'xml') repairs.add(`the namespace prefix ${prefix} is used without a declaration`);
    return wellKnown;
  };
  return {
    prefixes,
    repairs,
    elementName(qualified) {
      const [prefix, local] = split(qualified);
      if (prefix === '') {
        const namespace = prefixes.get('');
        if (namespace === hl7Namespace) return local;
        if (namespace) return `{${namespace}}${local}`;
        // A CDA document that forgot its namespace altogether is still read; one that names another is not CDA.
        repairs.add('elements without any namespace were read as HL7 v3');
        return local;
      }
      const namespace = resolve(prefix);
      if (namespace === undefined) return undefined;
      return nameIn(namespace, local);
    },
    attributeName(qualified) {
      const [prefix, local] = split(qualified);
      if (prefix === '') return local;
      const namespace = resolve(prefix);
      if (namespace === undefined) return undefined;
      return namespace === schemaInstanceNamespace ? `xsi:${local}` : nameIn(namespace, local);
    },
  };
}

function nameIn(namespace: string, local: string): string {
  if (namespace === hl7Namespace) return local;
  return namespace === sdtcNamespace ? `sdtc:${local}` : `{${namespace}}${local}`;
}

function split(qualified: string): [string, string] {
  const colon = qualified.indexOf(':');
  return colon < 0 ? ['', qualified] : [qualified.slice(0, colon), qualified.slice(colon + 1)];
}
