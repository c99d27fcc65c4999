import fc from 'fast-check';
import type { DocumentBundle, Entry, JsonObject, Resource } from '../release/domain/content/bundle.js';
import { type AbsentIds, absentEntry, absentSection, requiredCodes } from '../release/domain/withholding/absent-sections.js';

/** A made-up record twice: as the source wrote it, and as it would be if what is protected had never been there. */
export interface Pair {
  readonly mixed: DocumentBundle;
  readonly clean: DocumentBundle;
  /** Planted in everything that is protected, and nowhere else. */
  readonly marker: string;
  /** Codes of the sections in which something protected stood. */
  readonly touched: readonly string[];
}

export const absentIds: AbsentIds = {
  '11450-4': 'aaaaaaaa-0000-5000-8000-000000000001',
  '48765-2': 'aaaaaaaa-0000-5000-8000-000000000002',
  '10160-0': 'aaaaaaaa-0000-5000-8000-000000000003',
};
const marker = 'Zq7Marker';
const subject = { reference: 'urn:uuid:11111111-1111-4111-8111-111111111111' };
const author = 'urn:uuid:77777777-7777-4777-8777-777777777777';
const sectionCodes = ['11450-4', '48765-2', '10160-0', '30954-2', '47519-4'] as const;
const types = ['Condition', 'AllergyIntolerance', 'MedicationStatement', 'Observation', 'Procedure'] as const;
/** Codes that a treatment transfer without consents withholds, with where they may hide. */
const protectedCodings = [
  { system: 'http://hl7.org/fhir/sid/icd-10-cm', code: 'B20' },
  { system: 'http://hl7.org/fhir/sid/icd-10-cm', code: 'F32.9' },
  { system: 'http://snomed.info/sct', code: '86406008' },
  { system: 'urn:oid:2.16.840.1.113883.6.96', code: '35489007' },
  { system: 'http://loinc.org', code: '56888-1' },
  { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'PSYTHPN' },
] as const;
const places = ['code', 'second coding', 'extension', 'contained', 'security', 'referrer'] as const;
const trails = ['practitioner', 'specimen', 'provenance', 'report', 'visit', 'logical reference'] as const;

const item = fc.record({
  section: fc.nat(sectionCodes.length - 1),
  type: fc.constantFrom(...types),
  isProtected: fc.boolean(),
  coding: fc.constantFrom(...protectedCodings),
  place: fc.constantFrom(...places),
  trails: fc.subarray([...trails]),
  hasNote: fc.boolean(),
});
type Item = typeof item extends fc.Arbitrary<infer T> ? T : never;

export const pairs: fc.Arbitrary<Pair> = fc
  .record({ items: fc.array(item, { minLength: 1, maxLength: 7 }), hasSection: fc.boolean(), isNested: fc.boolean() })
  .map(({ items, hasSection, isNested }) => {
    const clean = recordOf(
      items.map((one, index) => ({ ...one, index })).filter((one) => !one.isProtected),
      false,
      isNested,
    );
    const mixed = recordOf(
      items.map((one, index) => ({ ...one, index })),
      hasSection,
      isNested,
    );
    const touched = items.filter((one) => one.isProtected).map((one) => sectionCodes[one.section] ?? '');
    return { mixed, clean, marker, touched };
  });

type Placed = Item & { readonly index: number };
const idOf = (kind: number, index: number): string => `0000000${kind}-0000-4000-8000-00000000000${index}`;
const to = (id: string): JsonObject => ({ reference: `urn:uuid:${id}` });
const entry = (resource: Resource & { readonly id: string }): Entry => ({ fullUrl: `urn:uuid:${resource.id}`, resource });
const said = (one: Placed, what: string): string => (one.isProtected ? `${marker} ${what}` : `${what} ${one.index}`);
const divOf = (text: string): JsonObject => ({
  status: 'additional',
  div: `<div xmlns="http://www.w3.org/1999/xhtml"><p>${text}</p></div>`,
});

function recordOf(items: readonly Placed[], hasSection: boolean, isNested: boolean): DocumentBundle {
  const sections = sectionCodes.flatMap((code, place) => {
    const own = items.filter(({ section }) => section === place);
    return own.length === 0 ? [] : [sectionOf(code, own)];
  });
  const narrated = hasSection
    ? [{ title: marker, code: { coding: [{ system: 'http://loinc.org', code: '44249-1' }] }, text: divOf(marker) }]
    : [];
  const nested = isNested && sections.length > 0 ? [{ title: 'History', section: [...narrated, ...sections] }] : [...narrated, ...sections];
  const missing = requiredCodes.filter((code) => !sections.some((section) => JSON.stringify(section.code).includes(code)));
  const composition: Resource & { readonly id: string } = {
    resourceType: 'Composition',
    id: '22222222-2222-4222-8222-222222222222',
    status: 'final',
    subject,
    author: [{ reference: author }],
    section: [...nested, ...missing.map((code) => absentSection(code, absentIds))],
  };
  const provenances = items.flatMap((one) => (one.trails.includes('provenance') ? [provenanceOf(one)] : []));
  return {
    resourceType: 'Bundle',
    type: 'document',
    entry: [
      entry(composition),
      entry({ resourceType: 'Patient', id: '11111111-1111-4111-8111-111111111111' }),
      entry({ resourceType: 'Device', id: '77777777-7777-4777-8777-777777777777' }),
      ...items.flatMap((one) => [entry(resourceOf(one)), ...trailsOf(one)]),
      ...visitOf(items),
      ...missing.map((code) => absentEntry(code, absentIds, subject)),
      ...provenances.map(entry),
    ],
  };
}

function sectionOf(code: string, own: readonly Placed[]): JsonObject & { code: JsonObject } {
  const entries = own.flatMap((one) => [
    one.trails.includes('report') ? to(idOf(4, one.index)) : to(idOf(1, one.index)),
    ...(one.trails.includes('report') ? [to(idOf(1, one.index))] : []),
    ...(one.place === 'referrer' ? [to(idOf(6, one.index))] : []),
  ]);
  return {
    title: `Section ${code}`,
    code: { coding: [{ system: 'http://loinc.org', code }] },
    text: divOf(own.map((one) => said(one, 'narrative')).join(' ')),
    entry: entries,
  };
}

function resourceOf(one: Placed): Resource & { readonly id: string } {
  const plain = { system: 'http://snomed.info/sct', code: `99${one.index}000`, display: said(one, 'display') };
  const coding = one.isProtected ? { ...one.coding, display: said(one, 'display') } : plain;
  const codings = one.place === 'code' || one.place === 'referrer' ? [coding] : one.place === 'second coding' ? [plain, coding] : [plain];
  return {
    resourceType: one.type,
    id: idOf(1, one.index),
    ...(one.place === 'security' && one.isProtected ? { meta: { security: [coding] } } : {}),
    ...(one.isProtected ? { text: divOf(said(one, 'own narrative')), language: 'en', implicitRules: said(one, 'rules') } : {}),
    ...(one.place === 'contained'
      ? { contained: [{ resourceType: 'Condition', id: 'c1', code: { coding: [coding], text: said(one, 'inner') } }] }
      : {}),
    extension: [
      { url: 'urn:x:more', valueCoding: one.place === 'extension' ? coding : plain },
      { url: 'urn:x:text', valueString: said(one, 'extension') },
    ],
    identifier: [{ system: 'urn:oid:1.2.3', value: said(one, 'number') }],
    code: { coding: codings, text: said(one, 'text') },
    title: said(one, 'title'),
    subject,
    encounter: to(idOf(7, 0)),
    ...(one.trails.includes('practitioner') ? { performer: [to(idOf(2, one.index))] } : {}),
    ...(one.trails.includes('specimen') ? { specimen: to(idOf(3, one.index)) } : {}),
    ...(one.hasNote ? { note: [{ text: said(one, 'note') }] } : {}),
  };
}

/** Resources that are there for one item: who did it, of what, the report of it, what was ordered for it. */
function trailsOf(one: Placed): Entry[] {
  return [
    ...(one.trails.includes('practitioner')
      ? [entry({ resourceType: 'Practitioner', id: idOf(2, one.index), name: [{ family: said(one, 'Doctor') }] })]
      : []),
    ...(one.trails.includes('specimen')
      ? [entry({ resourceType: 'Specimen', id: idOf(3, one.index), type: { text: said(one, 'tube') } })]
      : []),
    ...(one.trails.includes('report')
      ? [
          entry({
            resourceType: 'DiagnosticReport',
            id: idOf(4, one.index),
            code: { text: said(one, 'report') },
            result: [to(idOf(1, one.index))],
          }),
        ]
      : []),
    ...(one.place === 'referrer'
      ? [
          entry({
            resourceType: 'MedicationRequest',
            id: idOf(6, one.index),
            medicationCodeableConcept: { text: said(one, 'medicine') },
            reasonReference: [to(idOf(1, one.index))],
          }),
        ]
      : []),
  ];
}

/** The visit that all items share names them as its diagnoses, and stays. */
function visitOf(items: readonly Placed[]): Entry[] {
  const diagnoses = items.filter(({ trails: own }) => own.includes('visit')).map(({ index }) => ({ condition: to(idOf(1, index)) }));
  const numbers = items
    .filter(({ trails: own }) => own.includes('logical reference'))
    .map((one) => ({ identifier: { system: 'urn:oid:1.2.3', value: said(one, 'number') } }));
  if (items.length === 0) return [];
  return [
    entry({
      resourceType: 'Encounter',
      id: idOf(7, 0),
      status: 'finished',
      ...(diagnoses.length > 0 ? { diagnosis: diagnoses } : {}),
      ...(numbers.length > 0 ? { appointment: numbers } : {}),
    }),
  ];
}

function provenanceOf(one: Placed): Resource & { readonly id: string } {
  return {
    resourceType: 'Provenance',
    id: idOf(5, one.index),
    target: [to(idOf(1, one.index))],
    agent: [{ who: { display: said(one, 'clerk') } }],
  };
}
