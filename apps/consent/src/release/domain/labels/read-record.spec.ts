import { protectedKinds } from '#libs/contracts';
import type { DocumentBundle, Json, Resource } from '../content/bundle.js';
import { type RecordReading, readRecord } from './read-record.js';
import { isToldBy, systems } from './rule-set.js';
import { ruleSets } from './rule-sets.js';

const bundle = (...resources: Resource[]): DocumentBundle => ({
  resourceType: 'Bundle',
  type: 'document',
  entry: [{ resourceType: 'Composition' }, ...resources].map((resource, index) => ({ fullUrl: `urn:uuid:${index}`, resource })),
});
const shown = ({ entries }: RecordReading, index = 1): string =>
  (entries[index]?.labels ?? []).map(({ kind, certainty }) => `${kind} ${certainty}`).join(', ');
const labelsOf = (resource: Resource): string => shown(readRecord(bundle(resource)));
const coded = (system: string, code: string): Resource => ({ resourceType: 'Condition', code: { coding: [{ system, code }] } });

describe('the rule sets', () => {
  it('are data: each line with its system, its source and codes, each set with version and author', () => {
    for (const { kind, version, author, codes } of ruleSets) {
      expect(protectedKinds).toContain(kind);
      expect(version).toMatch(/^\d{4}-\d{2}-\d{2}/);
      expect(author).not.toBe('');
      for (const rule of codes) {
        expect(Object.values(systems)).toContain(rule.system);
        expect(rule.source.length).toBeGreaterThan(5);
        expect([...(rule.codes ?? []), ...(rule.under ?? []), ...(rule.ranges ?? [])].length).toBeGreaterThan(0);
      }
    }
    expect(new Set(ruleSets.map(({ kind }) => kind)).size).toBe(ruleSets.length);
  });

  it('name SNOMED CT and LOINC codes whose check digits are right', () => {
    const codesOf = (system: string): string[] =>
      ruleSets.flatMap(({ codes }) => codes.filter((rule) => rule.system === system).flatMap((rule) => rule.codes ?? []));
    expect(codesOf(systems.snomed).filter((code) => !isVerhoeff(code))).toEqual([]);
    expect(codesOf(systems.loinc).filter((code) => !isMod10(code))).toEqual([]);
  });

  it.each([
    ['HIV', systems.icd10cm, ['B20', 'b20', 'Z21', 'R75', 'O98.711', 'O98711'], ['B19.9', 'B25', 'Z20.5', 'Z2']],
    ['SUD', systems.icd10cm, ['F10.20', 'F1120', 'F19.9', 'O99.310'], ['F17.210', 'F09', 'F20', 'O99.33']],
    ['MH', systems.icd10cm, ['F20', 'F32.9', 'F99', 'R45.851', 'X78.1'], ['F19', 'F17.2', 'F03', 'G40']],
    ['GDIS', systems.icd10cm, ['Z15.01', 'Z14.8'], ['Z16']],
    ['SDV', systems.icd10cm, ['T74.21XA', 'Y07.0'], ['T75']],
    ['STD', systems.icd10cm, ['A50', 'A56.0', 'A64'], ['A49', 'A65']],
    ['SUD', systems.icd9cm, ['303.90', '305.60'], ['305.1', '306']],
    ['HIV', systems.atc, ['J05AR13'], ['J05AB01']],
  ] as const)('tell %s by %s', (kind, system, inside, outside) => {
    const rules = ruleSets.filter((set) => set.kind === kind).flatMap(({ codes }) => codes.filter((rule) => rule.system === system));
    expect(inside.filter((code) => !rules.some((rule) => isToldBy(rule, code)))).toEqual([]);
    expect(outside.filter((code) => rules.some((rule) => isToldBy(rule, code)))).toEqual([]);
  });
});

describe('a label', () => {
  const b20 = { system: systems.icd10cm, code: 'B20' };
  it.each<[string, Json]>([
    ['a code', { code: { coding: [b20] } }],
    ['a second coding', { code: { coding: [{ system: systems.snomed, code: '1' }, b20] } }],
    ['a coding of CDA’s name for the system', { code: { coding: [{ ...b20, system: 'urn:oid:2.16.840.1.113883.6.90' }] } }],
    ['an extension', { extension: [{ url: 'urn:x', valueCodeableConcept: { coding: [b20] } }] }],
    ['an extension of a primitive', { _status: { extension: [{ url: 'urn:x', valueCoding: b20 }] } }],
    ['a contained resource', { contained: [{ resourceType: 'Condition', code: { coding: [b20] } }] }],
    ['a component', { component: [{ valueCodeableConcept: { coding: [b20] } }] }],
  ])('is set by %s', (_, elements) => expect(labelsOf({ resourceType: 'Observation', ...(elements as object) })).toBe('HIV set'));

  it('is only possible where the system is not said, or a word alone tells', () => {
    expect(labelsOf({ resourceType: 'Condition', code: { coding: [{ code: 'B20' }] } })).toBe('HIV possible');
    expect(labelsOf({ resourceType: 'Condition', code: { text: 'Test for HIV, negative' } })).toBe('HIV possible');
    expect(
      labelsOf({ resourceType: 'Condition', code: { coding: [{ system: 'urn:local', code: '7', display: 'Dolutegravir 50 mg' }] } }),
    ).toBe('HIV possible');
    expect(labelsOf({ resourceType: 'Organization', name: 'Psychiatric hospital' })).toBe('MH possible');
  });

  it('is not set by a word inside another, by hearing aids or by a family’s name', () => {
    for (const text of ['Archive', 'Hearing aids fitted', 'chives'])
      expect(labelsOf({ resourceType: 'Condition', code: { text } })).toBe('');
    expect(labelsOf({ resourceType: 'Practitioner', name: [{ family: 'Hiv' }] })).toBe('');
  });

  it('that a source set on its own item stands', () => {
    const security = (system: string, code: string): Resource => ({ resourceType: 'Condition', meta: { security: [{ system, code }] } });
    expect(labelsOf(security(systems.actCode, 'PSYTHPN'))).toBe('PSYTHPN set');
    expect(labelsOf(security(systems.actCode, '42CFRPart2'))).toBe('42CFRPart2 set');
    expect(labelsOf(security(systems.confidentiality, 'V'))).toBe('R set');
    expect(labelsOf(security(systems.confidentiality, 'N'))).toBe('');
  });

  it('of genetic content is never more than possible', () => expect(labelsOf(coded(systems.icd10cm, 'Z15.01'))).toBe('GDIS possible'));

  it('goes to the parts of a protected whole, and to what is given for a protected item, and no further', () => {
    const to = (index: number): { reference: string } => ({ reference: `urn:uuid:${index}` });
    const reading = readRecord(
      bundle(
        { resourceType: 'DiagnosticReport', code: { coding: [{ system: systems.loinc, code: '56888-1' }] }, result: [to(2)] },
        { resourceType: 'Observation', encounter: to(5) },
        coded(systems.icd10cm, 'F32.9'),
        { resourceType: 'MedicationRequest', reasonReference: [to(3)] },
        { resourceType: 'Encounter', diagnosis: [{ condition: to(3) }] },
        { resourceType: 'DiagnosticReport', result: [to(3)] },
      ),
    );
    expect([1, 2, 3, 4, 5, 6].map((index) => shown(reading, index))).toEqual(['HIV set', 'HIV set', 'MH set', 'MH set', '', '']);
  });

  it('of a section goes to all that stands in it, and a word in its text does not', () => {
    const section = (code: string, text: string): Json => ({
      code: { coding: [{ system: systems.loinc, code }] },
      text: { div: `<div>${text}</div>` },
      section: [{ entry: [{ reference: 'urn:uuid:1' }] }],
    });
    const read = (one: Json): RecordReading => {
      const record = bundle({ resourceType: 'Observation' });
      const [first, ...others] = record.entry;
      return readRecord({ ...record, entry: [{ ...first, resource: { resourceType: 'Composition', section: [one] } }, ...others] });
    };
    expect(shown(read(section('44249-1', 'x')))).toBe('MH set');
    expect(shown(read(section('11450-4', 'HIV')))).toBe('');
    expect(read(section('11450-4', 'HIV')).sections[0]?.labels).toMatchObject([{ kind: 'HIV', certainty: 'possible' }]);
  });
});

describe('42 CFR Part 2 follows the source', () => {
  const source: Resource = { resourceType: 'DocumentReference', custodian: { reference: 'urn:uuid:3' } };
  const house: Resource = { resourceType: 'Organization', identifier: [{ system: 'urn:x', value: '7' }] };
  const read = (isPart2Programme?: boolean): RecordReading =>
    readRecord(
      bundle(coded(systems.icd10cm, 'F10.20'), source, house, coded(systems.icd10cm, 'E11.9')),
      ruleSets,
      isPart2Programme === undefined ? [] : [{ system: 'urn:x', value: '7', isPart2Programme }],
    );
  it('of an unknown source a person decides, for what a code tells of substance use', () => {
    expect(shown(read())).toBe('42CFRPart2 possible, SUD set');
    expect(shown(read(), 4)).toBe('');
  });
  it('of a source that is no programme nothing is under it', () => expect(shown(read(false))).toBe('SUD set'));
  it('of a programme all is under it', () => {
    expect(shown(read(true))).toBe('42CFRPart2 set, SUD set');
    expect(shown(read(true), 4)).toBe('42CFRPart2 set');
  });
});

describe('an item', () => {
  const isUnread = (resource: Resource): boolean | undefined => readRecord(bundle(resource)).entries[1]?.isUnread;
  const code = { coding: [{ system: systems.snomed, code: '73211009', display: 'Diabetes mellitus' }], text: 'Diabetes' };
  it('with codes only is read', () => {
    expect(isUnread({ resourceType: 'Condition', code, subject: { reference: 'x', display: 'N' } })).toBe(false);
    expect(isUnread({ resourceType: 'Patient', name: [{ text: 'Ana Lima' }], address: [{ text: 'Rua 1' }] })).toBe(false);
  });
  it.each<[string, Resource]>([
    ['of a type without a rule set', { resourceType: 'FamilyMemberHistory' }],
    ['with a note', { resourceType: 'Condition', code, note: [{ text: 'x' }] }],
    ['with a narrative', { resourceType: 'Condition', code, text: { div: '<div>x</div>' } }],
    ['with a concept of text only', { resourceType: 'Condition', code: { text: 'x' } }],
    ['with a code of a local list only', { resourceType: 'Condition', code: { coding: [{ system: 'urn:local', code: '1' }] } }],
    [
      'with a code of a list that no rule set knows',
      { resourceType: 'Medication', code: { coding: [{ system: 'http://hl7.org/fhir/sid/ndc', code: '1' }] } },
    ],
    ['with a value of text', { resourceType: 'Observation', code, valueString: 'x' }],
    ['with a report’s document', { resourceType: 'DiagnosticReport', code, presentedForm: [{ url: 'x' }] }],
    ['with a resource inside that is unread', { resourceType: 'Condition', code, contained: [{ resourceType: 'Basic' }] }],
    ['with free dosage', { resourceType: 'MedicationRequest', medicationCodeableConcept: code, dosageInstruction: [{ text: 'x' }] }],
    ['that is an original', { resourceType: 'Binary', data: 'eA==' }],
  ])('%s is unread', (_, resource) => expect(isUnread(resource)).toBe(true));
});

/** Check digit of SNOMED CT identifiers: Verhoeff (SNOMED CT release file specification, 5.3). */
function isVerhoeff(code: string): boolean {
  const twist = (digit: number, times: number): number =>
    times === 0 ? digit : twist([1, 5, 7, 6, 2, 8, 3, 0, 9, 4][digit] ?? 0, times - 1);
  const multiply = (a: number, b: number): number => {
    if (a < 5) return b < 5 ? (a + b) % 5 : 5 + ((a + b) % 5);
    return b < 5 ? 5 + ((a - b) % 5) : (a - b + 5) % 5;
  };
  return (
    code
      .split('')
      .reverse()
      .reduce((check, digit, place) => multiply(check, twist(Number(digit), place % 8)), 0) === 0
  );
}
/** Check digit of LOINC codes: Mod 10 (LOINC users' guide, annex on check digits). */
function isMod10(code: string): boolean {
  const [digits = '', check] = code.split('-');
  const sum = digits
    .split('')
    .reverse()
    .reduce((total, digit, place) => {
      const value = Number(digit) * (place % 2 === 0 ? 2 : 1);
      return total + (value > 9 ? value - 9 : value);
    }, 0);
  return (10 - (sum % 10)) % 10 === Number(check);
}
