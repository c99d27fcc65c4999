import type { Bundle, Patient } from 'fhir/r4.js';
import { statedPatient } from './stated-patient.js';

const recordOf = (...patients: Patient[]): Bundle => ({
  resourceType: 'Bundle',
  type: 'document',
  entry: [{ resource: { resourceType: 'Organization' } }, {}, ...patients.map((resource) => ({ fullUrl: 'urn:uuid:1', resource }))],
});

describe('what a record says of its patient', () => {
  it('is names, birth, gender, and those identifiers that have both a system and a value', () => {
    const patient: Patient = {
      resourceType: 'Patient',
      name: [{ use: 'official', family: 'Ñandú', given: ['Zoë', 'Ángela'], prefix: ['Dra.'] }, { text: '李小龍' }],
      birthDate: '1958-07-14',
      gender: 'female',
      identifier: [{ system: 'urn:bulfinch:mgh:mrn', value: '4711' }, { system: 'urn:x' }, { value: '9' }],
    };
    expect(statedPatient(recordOf(patient))).toEqual({
      names: [{ family: 'Ñandú', given: ['Zoë', 'Ángela'] }, { text: '李小龍' }],
      birthDate: '1958-07-14',
      gender: 'female',
      identifiers: [{ system: 'urn:bulfinch:mgh:mrn', value: '4711' }],
    });
  });

  it('is nothing where a name is absent with a reason, or nobody is told of', () => {
    const unknown = { extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/data-absent-reason', valueCode: 'unknown' }] };
    expect(statedPatient(recordOf({ resourceType: 'Patient', name: [unknown], _birthDate: unknown }))).toEqual({
      names: [{}],
      identifiers: [],
    });
    expect(statedPatient(recordOf())).toEqual({ names: [], identifiers: [] });
    expect(statedPatient({ resourceType: 'Bundle', type: 'document' })).toEqual({ names: [], identifiers: [] });
  });
});
