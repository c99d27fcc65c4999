import { createHash } from 'node:crypto';
import { type AbsentIds, requiredCodes } from './domain/withholding/absent-sections.js';

/** Namespace of the ids of releases, a UUID made for this use. */
const releases = 'c2a9e4b0-7d1f-4b3a-9e68-5f0c1d2b7a46';

/** Bundle.identifier of a release: a UUIDv5 (RFC 9562) of transfer and number, so that every try and every process makes the same. */
export function releaseIdOf(transferId: string, release: number): string {
  return uuidV5(releases, `${transferId}/${release}`);
}

/** Types of the statements "no information", by the section that IPS requires. */
const absentTypes = { '11450-4': 'Condition', '48765-2': 'AllergyIntolerance', '10160-0': 'MedicationStatement' } as const;

/**
 * Ids of the statements "no information" of a patient: the ones that the conversion gives them (libs/conversion, RecordBuilding: type and place
 * in the patient's namespace), so that a section emptied by withholding reads to the last id as one the source never had.
 */
export function absentIdsOf(patientId: string): AbsentIds {
  const idOf = (code: (typeof requiredCodes)[number]): string =>
    uuidV5(patientId, JSON.stringify([absentTypes[code], JSON.stringify(['place', `no information for ${code}`])]));
  return { '11450-4': idOf('11450-4'), '48765-2': idOf('48765-2'), '10160-0': idOf('10160-0') };
}

function uuidV5(namespace: string, name: string): string {
  const bytes = Buffer.from(namespace.replaceAll('-', ''), 'hex');
  const hash = createHash('sha1').update(bytes).update(name, 'utf8').digest().subarray(0, 16);
  hash.writeUInt8((hash.readUInt8(6) & 0x0f) | 0x50, 6);
  hash.writeUInt8((hash.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = hash.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
