import { v3CodeSystems } from './v3-code-systems.js';
import { v3Codes } from './v3-codes.js';

export const systems = {
  loinc: 'http://loinc.org',
  snomed: 'http://snomed.info/sct',
  ucum: 'http://unitsofmeasure.org',
  uri: 'urn:ietf:rfc:3986',
  nullFlavor: 'http://terminology.hl7.org/CodeSystem/v3-NullFlavor',
  absentUnknown: 'http://hl7.org/fhir/uv/ips/CodeSystem/absent-unknown-uv-ips',
} as const;

/** OIDs of code systems to the URI FHIR R4 demands (terminologies-systems.html, and HL7 Terminology for the rest). v2 tables by their number below. */
const namedSystems: readonly (readonly [oid: string, uri: string])[] = [
  ['2.16.840.1.113883.6.1', systems.loinc],
  ['2.16.840.1.113883.6.96', systems.snomed],
  ['2.16.840.1.113883.6.8', systems.ucum],
  ['2.16.840.1.113883.6.88', 'http://www.nlm.nih.gov/research/umls/rxnorm'],
  ['2.16.840.1.113883.6.12', 'http://www.ama-assn.org/go/cpt'],
  ['2.16.840.1.113883.6.285', 'https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets'],
  ['2.16.840.1.113883.6.14', 'https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets'],
  ['2.16.840.1.113883.6.13', 'http://www.ada.org/cdt'],
  ['2.16.840.1.113883.12.292', 'http://hl7.org/fhir/sid/cvx'],
  ['2.16.840.1.113883.6.59', 'http://hl7.org/fhir/sid/cvx'],
  ['2.16.840.1.113883.12.227', 'http://terminology.hl7.org/CodeSystem/MVX'],
  ['2.16.840.1.113883.6.69', 'http://hl7.org/fhir/sid/ndc'],
  ['2.16.840.1.113883.6.90', 'http://hl7.org/fhir/sid/icd-10-cm'],
  ['2.16.840.1.113883.6.3', 'http://hl7.org/fhir/sid/icd-10'],
  ['2.16.840.1.113883.6.4', 'http://www.cms.gov/Medicare/Coding/ICD10'],
  ['2.16.840.1.113883.6.103', 'http://hl7.org/fhir/sid/icd-9-cm'],
  ['2.16.840.1.113883.6.104', 'http://hl7.org/fhir/sid/icd-9-cm'],
  ['2.16.840.1.113883.6.42', 'http://hl7.org/fhir/sid/icd-9-cm'],
  ['2.16.840.1.113883.6.345', 'http://www.nlm.nih.gov/research/umls/medrt'],
  ['2.16.840.1.113883.3.26.1.1', 'http://ncicb.nci.nih.gov/xml/owl/EVS/Thesaurus.owl'],
  ['2.16.840.1.113883.4.9', 'http://fdasis.nlm.nih.gov'],
  ['2.16.840.1.113883.6.101', 'http://nucc.org/provider-taxonomy'],
  ['2.16.840.1.113883.6.238', 'urn:oid:2.16.840.1.113883.6.238'],
  ['2.16.840.1.113883.6.259', 'https://www.cdc.gov/nhsn/cdaportal/terminology/codesystem/hsloc.html'],
  ['2.16.840.1.113883.6.73', 'http://www.whocc.no/atc'],
  ['2.16.840.1.113883.6.254', 'http://hl7.org/fhir/sid/icf'],
  ['2.16.840.1.113883.6.24', 'urn:iso:std:iso:11073:10101'],
  ['2.16.840.1.113883.3.221.5', 'https://nahdo.org/sopt'],
  ['1.2.840.10008.2.16.4', 'http://dicom.nema.org/resources/ontology/DCM'],
  ['1.2.840.10008.2.6.1', 'urn:oid:1.2.840.10008.2.6.1'],
  ['2.16.1', 'urn:iso:std:iso:3166'],
  ['1.0.3166.1.2.2', 'urn:iso:std:iso:3166'],
  ['2.16.840.1.113883.6.92', 'urn:oid:2.16.840.1.113883.6.92'],
  ['2.16.840.1.113883.6.121', 'urn:ietf:bcp:47'],
];

const uriByOid: ReadonlyMap<string, string> = new Map([
  ...v3CodeSystems.map(([oid, name]): readonly [string, string] => [oid, `http://terminology.hl7.org/CodeSystem/${name}`]),
  ...namedSystems,
]);

/** HL7 v2 tables under this arc whose code system FHIR names by its four-digit table number. */
const v2TableArc = '2.16.840.1.113883.12.';
const v2Tables: ReadonlySet<string> = new Set([
  '1',
  '2',
  '4',
  '7',
  '9',
  '23',
  '69',
  '74',
  '78',
  '80',
  '85',
  '91',
  '103',
  '112',
  '116',
  '123',
  '127',
  '131',
  '203',
  '276',
  '286',
  '301',
  '305',
  '360',
  '371',
  '443',
  '487',
  '488',
  '490',
  '507',
  '916',
  '917',
  '936',
]);

/** An OID as FHIR takes it: arcs without leading zeros, the first 0, 1 or 2, at least two arcs. */
const oidPattern = /^[0-2](\.(0|[1-9]\d*))+$/;
const uuidPattern = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i;

export const isOid = (root: string): boolean => oidPattern.test(root);
export const isUuid = (root: string): boolean => uuidPattern.test(root);

/** The URI of a code system named by OID or UUID; `urn:oid:` where HL7 has no other; undefined where the name is neither. */
export function systemUri(codeSystem: string): string | undefined {
  const known = uriByOid.get(codeSystem);
  if (known !== undefined) return known;
  if (codeSystem.startsWith(v2TableArc) && v2Tables.has(codeSystem.slice(v2TableArc.length))) {
    return `http://terminology.hl7.org/CodeSystem/v2-${codeSystem.slice(v2TableArc.length).padStart(4, '0')}`;
  }
  return rootUri(codeSystem);
}

const terminologyBase = 'http://terminology.hl7.org/CodeSystem/';
const codesOf: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  v3Codes.map(([system, codes]) => [`${terminologyBase}${system}`, new Set(codes.split(' '))]),
);

/**
 * Whether a code can be of a code system: by the list where we hold it (v3-codes.ts), by its shape for LOINC, SNOMED CT and RxNorm, else yes. Documents do put
 * codes under systems that do not have them, and a receiver would refuse or misread such a pair.
 */
export function isCodeOf(system: string, code: string): boolean {
  const listed = codesOf.get(system);
  if (listed) return listed.has(code);
  if (system === systems.loinc) return /^(\d{1,8}-\d|L[PALG]\d+-\d)$/.test(code);
  if (system === systems.snomed) return /^\d{6,18}$/.test(code);
  return true;
}

/** Identifier systems that FHIR names by URL (HL7 Terminology, external identifier systems). */
const identifierSystems: ReadonlyMap<string, string> = new Map([
  ['2.16.840.1.113883.4.1', 'http://hl7.org/fhir/sid/us-ssn'],
  ['2.16.840.1.113883.4.6', 'http://hl7.org/fhir/sid/us-npi'],
  ['2.16.840.1.113883.4.572', 'http://hl7.org/fhir/sid/us-medicare'],
  ['2.16.840.1.113883.4.927', 'http://hl7.org/fhir/sid/us-mbi'],
]);

/** True for roots that name a kind of identifier, such as social security: alone they identify nothing. */
export const isIdentifierSystem = (root: string): boolean => identifierSystems.has(root);

/** The URI of an identifier's root: HL7's URL, `urn:oid:` or `urn:uuid:` in lower case; undefined where the root is neither. */
export function identifierUri(root: string): string | undefined {
  return identifierSystems.get(root) ?? rootUri(root);
}

/** An OID of fewer arcs names an authority that registers names, never a code system or a namespace of ids: FHIR takes no such `urn:oid:`. */
const namingArcsMin = 4;

/** `urn:oid:` or `urn:uuid:` of a CDA root. UUIDs are upper case in CDA and lower case in FHIR. */
export function rootUri(root: string): string | undefined {
  if (isUuid(root)) return `urn:uuid:${root.toLowerCase()}`;
  return isOid(root) && root.split('.').length >= namingArcsMin ? `urn:oid:${root}` : undefined;
}
