import type { PatientFacts } from '#libs/contracts';
import { differencesOf, mismatchOf } from './match.js';

const register: PatientFacts = {
  names: [{ family: 'Ñandú-Sørensen', given: ['Zoë', 'Ángela'] }],
  birthDate: '1958-07-14',
  gender: 'female',
  identifiers: [{ system: 'urn:bulfinch:mgh:mrn', value: '47-11' }],
};
const nothing: PatientFacts = { names: [], identifiers: [] };
const named = (family: string, given: string): PatientFacts => ({ ...nothing, names: [{ family, given: [given] }] });
const texted = (text: string): PatientFacts => ({ ...nothing, names: [{ text }] });

describe('a document tells of the same patient', () => {
  it.each<[string, Partial<PatientFacts>]>([
    ['with the same facts', {}],
    ['with one given name of two, in capitals and without accents', { names: [{ family: 'NANDU', given: ['ZOE'] }] }],
    [
      'with a married name beside the old one',
      {
        names: [
          { family: 'Costa', given: ['Zoë'] },
          { family: 'Ñandú', given: ['Zoë'] },
        ],
      },
    ],
    ['with the whole name as text', { names: [{ text: 'Zoë Ñandú' }] }],
    ['with the year of birth alone', { birthDate: '1958' }],
    ['with a gender that is not known', { gender: 'unknown' }],
    ['with its number written otherwise', { identifiers: [{ system: 'urn:bulfinch:mgh:mrn', value: '4711' }] }],
    ['with a second number of the hospital', { identifiers: ['9', '47 11'].map((value) => ({ system: 'urn:bulfinch:mgh:mrn', value })) }],
    ['with a number of another house', { identifiers: [{ system: 'urn:oid:2.25.1', value: '8' }] }],
  ])('%s', (_, told) => expect(differencesOf(register, { ...register, ...told })).toEqual([]));

  it('when it says nothing of the patient, or the register knows nothing', () => {
    expect(differencesOf(register, nothing)).toEqual([]);
    expect(differencesOf(nothing, register)).toEqual([]);
  });

  it('when a Chinese name is split in one and whole in the other', () => {
    expect(differencesOf(texted('李小龍'), named('李', '小龍'))).toEqual([]);
    expect(differencesOf(named('李', '小龍'), texted('李小龍'))).toEqual([]);
  });
});

describe('a document tells of the patient otherwise', () => {
  it.each<[string, Partial<PatientFacts>, readonly string[]]>([
    ['with another given name, as a twin has', { names: [{ family: 'Ñandú-Sørensen', given: ['Rita'] }] }, ['given']],
    ['with another family name', { names: [{ family: 'Costa', given: ['Zoë'] }] }, ['family']],
    ['with a name that only begins alike', { names: [{ family: 'Ñan', given: ['Zo'] }] }, ['family', 'given']],
    ['with the whole name of somebody else as text', { names: [{ text: 'Rita Costa' }] }, ['family', 'given']],
    ['with a name in another script', { names: [{ text: '李小龍' }] }, ['family', 'given']],
    ['with another day of birth', { birthDate: '1958-07-15' }, ['birthDate']],
    ['with another year of birth alone', { birthDate: '1985' }, ['birthDate']],
    ['with another gender', { gender: 'male' }, ['gender']],
    ['with another number of the hospital', { identifiers: [{ system: 'urn:bulfinch:mgh:mrn', value: '4712' }] }, ['identifier']],
  ])('%s', (_, told, fields) => expect(differencesOf(register, { ...register, ...told })).toEqual(fields));

  it('when a Chinese name has no part in common', () => {
    expect(differencesOf(texted('李小龍'), named('王', '大明'))).toEqual(['family', 'given']);
  });

  it('and both values are kept of those documents alone that do', () => {
    const same = { ...register, documentId: 'one' };
    const other = { ...register, documentId: 'two', birthDate: '1985-07-14' };
    expect(mismatchOf(register, [same, other])).toEqual({ register, documents: [{ ...other, differences: ['birthDate'] }] });
    expect(mismatchOf(register, [same])).toBeUndefined();
    expect(mismatchOf(register, [])).toBeUndefined();
  });
});
