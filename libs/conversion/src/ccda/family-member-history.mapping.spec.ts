import { ccda, converted, only, resources, section } from '../testing/ccda-fixture.js';

const father =
  '<subject><relatedSubject classCode="PRS"><code code="FTH" codeSystem="2.16.840.1.113883.5.111"/><subject><administrativeGenderCode code="M" codeSystem="2.16.840.1.113883.5.1"/><birthTime value="1930"/></subject></relatedSubject></subject>';
const asthma = '<value xsi:type="CD" code="195967001" codeSystem="2.16.840.1.113883.6.96"/>';
const age =
  '<entryRelationship typeCode="SUBJ"><observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.31"/><value xsi:type="PQ" value="57" unit="a"/></observation></entryRelationship>';
const finding = (content: string, attributes = ''): string =>
  `<component><observation classCode="OBS" moodCode="EVN" ${attributes}><id root="1.2.3.4.6" extension="F-1"/>${content}</observation></component>`;
const family = (components: string) =>
  converted(
    ccda({
      sections: [
        section('10157-6', [
          `<organizer classCode="CLUSTER" moodCode="EVN"><statusCode code="completed"/>${father}${components}</organizer>`,
        ]),
      ],
    }),
  );

describe('family history', () => {
  it('makes one relative with all that is known of them', () => {
    const { record, report } = family(finding(`<effectiveTime value="1967"/>${asthma}`));
    expect(only(record, 'FamilyMemberHistory')).toMatchObject({
      status: 'completed',
      relationship: { coding: [{ code: 'FTH' }] },
      sex: { coding: [{ code: 'male' }] },
      bornDate: '1930',
      identifier: [{ value: 'F-1' }],
      condition: [{ code: { coding: [{ code: '195967001' }] }, onsetString: '1967' }],
    });
    expect(report).toMatchObject({ kept: 2, lost: [] });
    expect(resources(record, 'Condition').filter(({ code }) => code?.coding?.[0]?.code === '195967001')).toEqual([]);
  });
  it('keeps the age as onset, and the date beside it', () => {
    const [condition] = only(family(finding(`<effectiveTime value="1967"/>${asthma}${age}`)).record, 'FamilyMemberHistory').condition ?? [];
    expect(condition).toMatchObject({ onsetAge: { value: 57, code: 'a' }, note: [{ text: 'Time stated by the source: 1967' }] });
    expect(condition?.onsetString).toBeUndefined();
  });
  it('never gives a relative what is denied of them', () => {
    const { record, report } = family(finding(asthma, 'negationInd="true"'));
    expect(only(record, 'FamilyMemberHistory').condition).toBeUndefined();
    expect(report.lost.map(({ why }) => why)).toEqual(['not-understood']);
  });
  it('tells of a finding that says nothing', () => {
    expect(family(finding('<value xsi:type="CD" nullFlavor="UNK"/>')).report.lost.map(({ why }) => why)).toEqual(['no-content']);
  });
});
