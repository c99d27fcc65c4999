import { ccda, converted, medication, only, resources, section } from '../testing/ccda-fixture.js';

const cane =
  '<participant typeCode="PRD"><participantRole classCode="MANU"><playingDevice><code code="87405001" codeSystem="2.16.840.1.113883.6.96"/></playingDevice></participantRole></participant>';
const supply = (mood: string, content: string): string =>
  `<supply classCode="SPLY" moodCode="${mood}"><templateId root="2.16.840.1.113883.10.20.22.4.50"/>${content}</supply>`;
const devices = (entry: string) => converted(ccda({ sections: [section('46264-8', [entry])] }));
const dispense =
  '<entryRelationship typeCode="REFR"><supply classCode="SPLY" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.18"/><statusCode code="completed"/><effectiveTime value="20200102"/><quantity value="30"/></supply></entryRelationship>';

describe('supplies', () => {
  it('that a patient was given are the use of a device', () => {
    const { record } = devices(supply('EVN', `<statusCode code="completed"/><effectiveTime value="20200102"/>${cane}`));
    const device = resources(record, 'Device').find(({ type }) => type?.coding?.[0]?.code === '87405001');
    expect(only(record, 'DeviceUseStatement')).toMatchObject({
      status: 'completed',
      timingDateTime: '2020-01-02',
      device: { reference: `urn:uuid:${device?.id}` },
    });
  });
  it('that are planned are requests, and ones that name no device are told', () => {
    expect(only(devices(supply('INT', cane)).record, 'DeviceRequest')).toMatchObject({ intent: 'plan', status: 'unknown' });
    expect(devices(supply('EVN', '')).report.lost.map(({ why }) => why)).toEqual(['no-content']);
  });
  it('of a medicine are dispenses of the drug around them, listed in the section', () => {
    const { record } = converted(ccda({ sections: [section('10160-0', [medication(dispense, 'moodCode="INT"')])] }));
    const found = only(record, 'MedicationDispense');
    expect(found).toMatchObject({
      status: 'completed',
      medicationCodeableConcept: { coding: [{ code: '1191' }] },
      whenHandedOver: '2020-01-02',
      quantity: { value: 30 },
      authorizingPrescription: [{ reference: `urn:uuid:${only(record, 'MedicationRequest').id}` }],
    });
    expect(JSON.stringify(record.entry?.[0]?.resource)).toContain(found.id);
  });
});
