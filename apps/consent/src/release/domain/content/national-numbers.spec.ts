import type { DocumentBundle } from './bundle.js';
import { withoutNationalNumbers } from './national-numbers.js';
import { record } from './record.examples.js';

const ssn = { system: 'http://hl7.org/fhir/sid/us-ssn', value: '900-00-0001' };
const licence = { system: 'urn:oid:2.16.840.1.113883.4.3.25', value: 'S00000001' };
const own = { system: 'urn:oid:1.2.3', value: 'A-1' };

function withPatientIdentifiers(...identifier: object[]): DocumentBundle {
  return {
    ...record,
    entry: record.entry.map((entry) =>
      entry.resource.resourceType === 'Patient' ? { ...entry, resource: { ...entry.resource, identifier } } : entry,
    ),
  } as unknown as DocumentBundle; // The example with other identifiers.
}

describe('social security and licence numbers', () => {
  it('stay behind; other numbers leave', () => {
    const released = withoutNationalNumbers(withPatientIdentifiers(ssn, own, licence));
    expect(JSON.stringify(released)).not.toMatch(/900-00-0001|S00000001/);
    expect(released.entry.find(({ resource }) => resource.resourceType === 'Patient')?.resource['identifier']).toEqual([own]);
  });

  it('leave no empty list behind', () => {
    const released = withoutNationalNumbers(withPatientIdentifiers(ssn));
    expect(released.entry.find(({ resource }) => resource.resourceType === 'Patient')?.resource).not.toHaveProperty('identifier');
  });

  it('are not taken for other numbers that begin alike', () => {
    const npi = { system: 'urn:oid:2.16.840.1.113883.4.10', value: '1' };
    expect(JSON.stringify(withoutNationalNumbers(withPatientIdentifiers(npi)))).toContain('2.16.840.1.113883.4.10');
  });

  it('changes nothing else: the same record, the same bytes', () => {
    expect(JSON.stringify(withoutNationalNumbers(record))).toBe(JSON.stringify(record));
  });
});
