import { ccda, converted, only, resources, section, single } from '../testing/ccda-fixture.js';

const vaccine =
  '<consumable><manufacturedProduct><manufacturedMaterial><code code="88" codeSystem="2.16.840.1.113883.12.292" displayName="Influenza"/><lotNumberText>L-1</lotNumberText></manufacturedMaterial><manufacturerOrganization><name>Maker</name></manufacturerOrganization></manufacturedProduct></consumable>';
const dose = (content: string, attributes = 'moodCode="EVN"', product = vaccine): string =>
  `<substanceAdministration classCode="SBADM" ${attributes}><templateId root="2.16.840.1.113883.10.20.22.4.52"/>${content}${product}</substanceAdministration>`;
const given = '<statusCode code="completed"/><effectiveTime value="20200102"/>';
const because = (code: string, value = ''): string =>
  `<entryRelationship typeCode="RSON"><observation classCode="OBS" moodCode="EVN"><code code="${code}" codeSystem="2.16.840.1.113883.5.8"/>${value}</observation></entryRelationship>`;
const immunization = (entry: string) => single('Immunization', '11369-6', entry);

describe('immunizations', () => {
  it('keep vaccine, day, dose, number, lot, maker, site and route', () => {
    const found = immunization(
      dose(
        `${given}<repeatNumber value="2"/><routeCode code="C28161" codeSystem="2.16.840.1.113883.3.26.1.1"/><approachSiteCode code="368208006" codeSystem="2.16.840.1.113883.6.96"/><doseQuantity value="0.5" unit="mL"/>`,
      ),
    );
    expect(found).toMatchObject({
      status: 'completed',
      vaccineCode: { coding: [{ system: 'http://hl7.org/fhir/sid/cvx', code: '88' }] },
      occurrenceDateTime: '2020-01-02',
      lotNumber: 'L-1',
      site: { coding: [{ code: '368208006' }] },
      route: { coding: [{ code: 'C28161' }] },
      doseQuantity: { value: 0.5, code: 'mL' },
      protocolApplied: [{ doseNumberPositiveInt: 2 }],
    });
    expect(found.manufacturer?.reference).toMatch(/^urn:uuid:/);
  });
  it('that were refused are not done, with the reason, and never done', () => {
    const found = immunization(dose(`${given}${because('PATOBJ')}`, 'moodCode="EVN" negationInd="true"'));
    expect(found).toMatchObject({ status: 'not-done', statusReason: { coding: [{ code: 'PATOBJ' }] } });
    expect(found.reasonCode).toBeUndefined();
  });
  it('keep an indication as reason, not as refusal', () => {
    const value = '<value xsi:type="CD" code="195967001" codeSystem="2.16.840.1.113883.6.96"/>';
    const found = immunization(dose(`${given}${because('55607006', value)}`));
    expect(found.reasonCode?.[0]?.coding?.[0]?.code).toBe('195967001');
    expect(found.statusReason).toBeUndefined();
  });
  it('without a status or a time are given neither', () => {
    const found = immunization(dose(''));
    expect(found.status).toBeUndefined();
    expect(found).toMatchObject({ _status: { extension: [{ valueCode: 'unknown' }] } });
    expect(found).toMatchObject({ _occurrenceDateTime: { extension: [{ valueCode: 'unknown' }] } });
  });
  it('that are only intended are requests', () => {
    const { record } = converted(ccda({ sections: [section('11369-6', [dose(given, 'moodCode="INT"')])] }));
    expect(resources(record, 'Immunization')).toEqual([]);
    expect(only(record, 'MedicationRequest').intent).toBe('order');
  });
  it('that name no vaccine are told, not kept', () => {
    const nothing =
      '<consumable><manufacturedProduct><manufacturedMaterial><code nullFlavor="UNK"/></manufacturedMaterial></manufacturedProduct></consumable>';
    const { report } = converted(ccda({ sections: [section('11369-6', [dose(given, 'moodCode="EVN"', nothing)])] }));
    expect(report.lost.map(({ why }) => why)).toEqual(['no-content']);
  });
});
