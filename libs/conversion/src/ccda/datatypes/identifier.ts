import type { Identifier } from 'fhir/r4.js';
import { named } from '../../mapping/mapping.js';
import { identifierUri, isIdentifierSystem, rootUri, systems } from '../../terminology/code-systems.js';
import { attributeOf, type XmlElement } from '../../xml/element.js';

/** The OID that stands for URIs themselves: the extension is then a whole identifier. */
const uriRoot = '2.16.840.1.113883.4.873';

/**
 * A CDA id as an Identifier, by HL7's guidance "CDA id to FHIR identifier". A root that is neither OID nor UUID cannot be a FHIR system and is left out; an id
 * that is null, or only names a kind of identifier, gives none.
 */
export function identifierFrom(at: XmlElement): Identifier | undefined {
  const root = attributeOf(at, 'root');
  const extension = attributeOf(at, 'extension');
  if (attributeOf(at, 'nullFlavor') !== undefined || (root === undefined && extension === undefined)) return undefined;
  if (root === undefined) return { value: extension };
  if (extension === undefined) {
    if (isIdentifierSystem(root)) return undefined;
    const uri = rootUri(root);
    return uri === undefined ? { value: root } : { system: systems.uri, value: uri };
  }
  if (root === uriRoot) return splitUri(extension);
  const system = identifierUri(root);
  return { ...(system === undefined ? {} : { system }), value: extension };
}

function splitUri(whole: string): Identifier {
  const at = whole.startsWith('urn:') ? whole.lastIndexOf(':') : whole.lastIndexOf('/');
  const value = whole.slice(at + 1);
  return at > 0 && value !== '' ? { system: whole.slice(0, at), value } : { system: systems.uri, value: whole };
}

/** An Identifier. */
export const identifier = named('Identifier of root and extension', identifierFrom);
