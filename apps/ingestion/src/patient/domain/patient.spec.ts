import { hospitalKeys, patientAmong } from './patient.js';

const systems = ['urn:bulfinch:mgh:mrn'];
const name = [{ text: '李小龍' }];

describe('the patient register', () => {
  it("finds people by the hospital's own numbers only", () => {
    const identifiers = [
      { system: 'urn:bulfinch:mgh:mrn', value: '4711' },
      { system: 'urn:oid:2.16.620.1.101.10.3', value: '4711' },
      { value: '4711' },
    ];
    expect(hospitalKeys({ identifiers, name }, systems)).toEqual(['urn:bulfinch:mgh:mrn|4711']);
  });
  it('needs no identifier at all', () => expect(hospitalKeys({ identifiers: [], name }, systems)).toEqual([]));
  it('takes one person, or none, and leaves a contradiction to people', () => {
    expect(patientAmong([])).toEqual({ patientId: undefined });
    expect(patientAmong(['a', 'a'])).toEqual({ patientId: 'a' });
    expect(patientAmong(['a', 'b'])).toEqual({ refused: 'identifiers-of-several-patients' });
  });
});
