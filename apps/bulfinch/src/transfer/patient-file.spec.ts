import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readPatient } from './patient-file.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bulfinch-patient-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));
async function read(content: object): Promise<object> {
  const file = join(folder, 'patient.json');
  await writeFile(file, JSON.stringify(content));
  return readPatient(file);
}

describe('a patient file', () => {
  it('is taken as it is: the door judges it', async () => {
    const told = { name: [{ text: '王小明' }], birthDate: '1971' };
    expect(await read(told)).toEqual(told);
    expect(await read({ patientId: '6f0a5a52-9d2e-4c1b-8a43-3d5a1c6e7b01' })).toEqual({
      patientId: '6f0a5a52-9d2e-4c1b-8a43-3d5a1c6e7b01',
    });
  });

  it('may be a FHIR Patient: its names, identifiers, birth, gender, languages and countries are told', async () => {
    const resource = {
      resourceType: 'Patient',
      id: 'x',
      identifier: [{ system: 'urn:oid:1.2.3', value: 'A-1' }, { system: 'urn:oid:1.2.4' }],
      name: [{ use: 'official', family: 'Ñandú', given: ['Zoë'], period: { start: '2001' } }],
      birthDate: '1958-07-14',
      gender: 'female',
      communication: [{ language: { coding: [{ system: 'urn:ietf:bcp:47', code: 'pt' }] } }],
      address: [{ country: 'PT' }, { country: 'Portugal' }],
    };
    expect(await read(resource)).toEqual({
      identifiers: [{ system: 'urn:oid:1.2.3', value: 'A-1' }],
      name: [{ use: 'official', family: 'Ñandú', given: ['Zoë'] }],
      birthDate: '1958-07-14',
      gender: 'female',
      languages: ['pt'],
      countries: ['PT'],
    });
  });
});
