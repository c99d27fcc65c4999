import { type DocumentBundle, type Entry, isObject, type Json, type JsonObject } from './bundle.js';

/**
 * Numbers of the state that do not leave unless a recipient kind's policy says so; there is no such policy yet (domain.md section 1).
 * Source: HL7 OID registry; FHIR R4 identifier systems.
 */
export const nationalNumberSystems: readonly { readonly starts: string; readonly what: string }[] = [
  { starts: 'http://hl7.org/fhir/sid/us-ssn', what: 'US social security number' },
  { starts: 'urn:oid:2.16.840.1.113883.4.1', what: 'US social security number' },
  { starts: 'urn:oid:2.16.840.1.113883.4.3', what: 'US driver’s licence, by state' },
];

/** The record without social security and licence numbers, in whatever resource they stand. Same input, same bytes. */
export function withoutNationalNumbers(record: DocumentBundle): DocumentBundle {
  return { ...record, entry: record.entry.map((entry): Entry => ({ ...entry, resource: cleaned(entry.resource) as Entry['resource'] })) };
}

/** An object stays an object of the same kind: only its national numbers go. */
function cleaned(value: Json): Json {
  if (Array.isArray(value)) return value.map((one: Json) => cleaned(one));
  if (!isObject(value)) return value;
  const kept: [string, Json][] = [];
  for (const [key, one] of Object.entries(value)) {
    if (key === 'identifier' && Array.isArray(one)) {
      const rest = one.filter((identifier: Json) => !isNational(identifier));
      if (rest.length > 0) kept.push([key, rest.map((identifier: Json) => cleaned(identifier))]);
    } else if (key !== 'identifier' || !isNational(one)) kept.push([key, cleaned(one)]);
  }
  return Object.fromEntries(kept) as JsonObject;
}

function isNational(identifier: Json): boolean {
  const system = isObject(identifier) ? identifier['system'] : undefined;
  return typeof system === 'string' && nationalNumberSystems.some(({ starts }) => system === starts || system.startsWith(`${starts}.`));
}
