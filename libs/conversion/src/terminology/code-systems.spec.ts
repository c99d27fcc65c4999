import { identifierUri, isCodeOf, systemUri } from './code-systems.js';

describe('code systems', () => {
  it.each([
    ['2.16.840.1.113883.6.1', 'http://loinc.org'],
    ['2.16.840.1.113883.6.96', 'http://snomed.info/sct'],
    ['2.16.840.1.113883.5.83', 'http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation'],
    ['2.16.840.1.113883.12.74', 'http://terminology.hl7.org/CodeSystem/v2-0074'],
    ['1.2.3.4', 'urn:oid:1.2.3.4'],
    ['67265ED2-35BB-43F8-B9DE-91C5935625E0', 'urn:uuid:67265ed2-35bb-43f8-b9de-91c5935625e0'],
  ])('%s is %s', (oid, uri) => {
    expect(systemUri(oid)).toBe(uri);
  });
  it.each(['LOINC', '', '1', '1.02.3', '4.1.1'])('"%s" names none', (codeSystem) => {
    expect(systemUri(codeSystem)).toBeUndefined();
  });
  it('names identifier systems by HL7’s address', () => {
    expect(identifierUri('2.16.840.1.113883.4.6')).toBe('http://hl7.org/fhir/sid/us-npi');
  });
  it('knows which codes a system can have', () => {
    expect(isCodeOf('http://loinc.org', '718-7')).toBe(true);
    expect(isCodeOf('http://loinc.org', 'HGB')).toBe(false);
    expect(isCodeOf('http://snomed.info/sct', '195967001')).toBe(true);
    expect(isCodeOf('http://snomed.info/sct', '250.00')).toBe(false);
    expect(isCodeOf('http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation', 'HH')).toBe(true);
    expect(isCodeOf('http://terminology.hl7.org/CodeSystem/v3-ActClass', '75323-6')).toBe(false);
    expect(isCodeOf('urn:oid:1.2.3', 'anything')).toBe(true);
  });
});
