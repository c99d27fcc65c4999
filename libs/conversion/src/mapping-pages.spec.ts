import { readdirSync, readFileSync } from 'node:fs';
import { ccdaMappings } from './ccda/all-mappings.js';
import { deviations, mappingPages } from './mapping-pages.js';

const root = new URL('../../../', import.meta.url);

describe('docs/mappings', () => {
  it('are as fresh as the mappings they are printed from', () => {
    for (const { path, text } of mappingPages()) expect(readFileSync(new URL(path, root), 'utf8')).toBe(text);
    expect(readdirSync(new URL('docs/mappings/', root)).sort()).toEqual(
      mappingPages()
        .map(({ path }) => path.slice('docs/mappings/'.length))
        .sort(),
    );
  });

  it('show every mapping file there is', () => {
    const files = readdirSync(new URL('ccda/', import.meta.url)).filter((name) => name.endsWith('.mapping.ts'));
    const shown = ccdaMappings.map(({ mapping }) => `${mapping.about.file}.ts`);
    expect(files.filter((file) => !shown.includes(file))).toEqual([]);
  });

  it('give a reason for every deviation from HL7, and these are all', () => {
    const found = deviations();
    expect(found.every(({ why }) => why.length > 10)).toBe(true);
    expect(found.map(({ where }) => where)).toEqual([
      'CF-NameUse, P',
      'CF-TelecomType, https',
      'Condition.code',
      'Condition.bodySite',
      'no known problems, 55607006',
      'AllergyIntolerance.clinicalStatus',
      'AllergyIntolerance.verificationStatus',
      'AllergyIntolerance.code',
      'AllergyIntolerance.reaction.onset',
      'CF-Severity, 371923003',
      'CF-Severity, 371924009',
      'CF-Severity, 399166001',
      'MedicationStatement',
      'MedicationStatement.status',
      'MedicationStatement.medicationCodeableConcept',
      'MedicationStatement.dosage.text',
      'MedicationRequest.intent',
      'MedicationRequest.medicationCodeableConcept',
      'MedicationRequest.dosageInstruction.text',
      'CF-MedActivityMood, RQO',
      'CF-MedActivityMood, PRP',
      'CF-MedActivityMood, PRMS',
      'Medication.code',
      'Observation.valueBoolean',
      'Observation.valueDateTime',
      'Observation.valuePeriod',
      'Observation.valueRatio',
      'Immunization.vaccineCode',
      'Immunization.expirationDate',
      'Observation.component.valueBoolean',
      'Observation.component.valueDateTime',
      'Observation.component.valuePeriod',
      'Observation.component.valueRatio',
      'units of vital signs',
      'Procedure.code',
      'encounter class by CPT',
      'Observation (observation-social-history)',
      'FamilyMemberHistory',
      'FamilyMemberHistory.condition.code',
      'Device (device-of-patient)',
      'DeviceUseStatement',
      'device use status',
      'DeviceRequest',
      'DeviceRequest.codeCodeableConcept',
      'request status',
      'request intent',
      'ServiceRequest',
      'ServiceRequest.code',
      'Goal',
      'Goal.description',
      'goal status',
      'Observation (observation-status)',
      'Observation (observation-status-organizer)',
      'Condition (condition-health-concern)',
      'DocumentReference.custodian',
      'MedicationDispense',
      'MedicationDispense.medicationCodeableConcept',
      'dispense status',
    ]);
  });
});
