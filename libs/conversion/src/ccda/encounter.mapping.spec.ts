import { ccda, converted, only, section, single } from '../testing/ccda-fixture.js';

const cpt = (code: string): string => `<code code="${code}" codeSystem="2.16.840.1.113883.6.12"/>`;
const visit = (content: string, attributes = 'moodCode="EVN"'): string => `<encounter classCode="ENC" ${attributes}>${content}</encounter>`;
const encounter = (content: string) => single('Encounter', '46240-8', visit(content));

describe('encounters', () => {
  it.each([
    ['99213', 'AMB'],
    ['99222', 'IMP'],
    ['99281', 'EMER'],
  ])('of CPT %s are of class %s', (code, expected) => {
    expect(encounter(cpt(code)).class.code).toBe(expected);
  });
  it('take a class that is stated, and keep every other code as type', () => {
    const found = encounter(
      '<code code="99213" codeSystem="2.16.840.1.113883.6.12"><translation code="IMP" codeSystem="2.16.840.1.113883.5.4"/></code>',
    );
    expect(found.class.code).toBe('IMP');
    expect(found.type?.[0]?.coding?.map(({ code }) => code)).toEqual(['99213']);
  });
  it('of an unknown class say that it is unknown', () => {
    expect(encounter(cpt('1')).class).toMatchObject({ extension: [{ valueCode: 'unknown' }] });
  });
  it.each([
    ['a point in time', '<effectiveTime value="20200102"/>', 'finished'],
    ['an end', '<effectiveTime><low value="20200102"/><high value="20200103"/></effectiveTime>', 'finished'],
    ['only a start', '<effectiveTime><low value="20200102"/></effectiveTime>', 'unknown'],
    ['a cancellation', '<statusCode code="cancelled"/><effectiveTime value="20200102"/>', 'cancelled'],
  ])('with %s are of the status that follows', (_name, content, status) => {
    expect(encounter(`${cpt('99213')}${content}`).status).toBe(status);
  });
  it('point at their diagnosis, an encounter diagnosis', () => {
    const diagnosis =
      '<entryRelationship typeCode="REFR"><act classCode="ACT" moodCode="EVN"><code code="29308-4" codeSystem="2.16.840.1.113883.6.1"/><entryRelationship typeCode="SUBJ"><observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.4"/><value xsi:type="CD" code="195967001" codeSystem="2.16.840.1.113883.6.96"/></observation></entryRelationship></act></entryRelationship>';
    const { record } = converted(
      ccda({
        sections: [
          section('46240-8', [visit(`${cpt('99213')}${diagnosis}`)]),
          section('11450-4', ['<observation classCode="OBS" moodCode="EVN" nullFlavor="NI"/>']),
        ],
      }),
    );
    const reference = only(record, 'Encounter').diagnosis?.[0]?.condition.reference;
    const found = record.entry?.find(({ fullUrl }) => fullUrl === reference)?.resource;
    expect(found).toMatchObject({ resourceType: 'Condition', category: [{ coding: [{ code: 'encounter-diagnosis' }] }] });
  });
  it('that are planned are requests, even when only their time is known', () => {
    const { record } = converted(ccda({ sections: [section('18776-5', [visit('<effectiveTime value="20300102"/>', 'moodCode="INT"')])] }));
    expect(only(record, 'ServiceRequest')).toMatchObject({ intent: 'plan', occurrenceDateTime: '2030-01-02' });
  });
});
