import { ccda, converted, problem, section, single } from '../testing/ccda-fixture.js';

const asthma = '<value xsi:type="CD" code="195967001" codeSystem="2.16.840.1.113883.6.96" displayName="Asthma"/>';
const status = (code: string): string =>
  `<entryRelationship typeCode="REFR"><observation classCode="OBS" moodCode="EVN"><code code="33999-4" codeSystem="2.16.840.1.113883.6.1"/><value xsi:type="CD" code="${code}" codeSystem="2.16.840.1.113883.6.96"/></observation></entryRelationship>`;
const condition = (content: string, attributes?: string, concernStatus?: string) =>
  single('Condition', '11450-4', problem(content, attributes, concernStatus));
const clinical = (found: ReturnType<typeof condition>) => found.clinicalStatus?.coding?.[0]?.code;

describe('problems', () => {
  it('keeps the code, its display and its system', () => {
    expect(condition(asthma).code).toEqual({ coding: [{ system: 'http://snomed.info/sct', code: '195967001', display: 'Asthma' }] });
  });
  it('takes the status observation before the status of the concern', () => {
    expect(clinical(condition(`${asthma}${status('413322009')}`))).toBe('resolved');
    expect(clinical(condition(asthma, '', 'suspended'))).toBe('inactive');
  });
  it('says nothing of a status that the source does not state', () => {
    expect(condition(asthma, '', 'new').clinicalStatus).toBeUndefined();
  });
  it('never calls a problem with an end active', () => {
    const ended = '<effectiveTime><low value="2019"/><high value="202003"/></effectiveTime>';
    const found = condition(`${ended}${asthma}${status('55561003')}`);
    expect(clinical(found)).toBe('inactive');
    expect(found).toMatchObject({ onsetDateTime: '2019', abatementDateTime: '2020-03' });
  });
  it('reads an end of unknown date as an end', () => {
    const found = condition(`<effectiveTime><low value="2019"/><high nullFlavor="UNK"/></effectiveTime>${asthma}`);
    expect(clinical(found)).toBe('inactive');
    expect(found._abatementDateTime?.extension?.[0]?.valueCode).toBe('unknown');
  });
  it('refutes a negated problem and does not assert it', () => {
    expect(condition(asthma, 'negationInd="true"').verificationStatus?.coding?.[0]?.code).toBe('refuted');
    expect(condition(asthma).verificationStatus).toBeUndefined();
  });
  it('reads a negated "Problem" as no known problems', () => {
    const found = condition(
      '<value xsi:type="CD" code="55607006" codeSystem="2.16.840.1.113883.6.96" displayName="Problem"/>',
      'negationInd="true"',
    );
    expect(found.code?.coding?.[0]?.code).toBe('no-known-problems');
    expect(found.verificationStatus).toBeUndefined();
  });
  it('keeps the text of a problem without a code', () => {
    expect(condition('<value xsi:type="CD" nullFlavor="OTH"><originalText>Rare thing</originalText></value>').code).toEqual({
      text: 'Rare thing',
    });
  });
  it('reads a problem name out of the narrative it points to', () => {
    const found = single(
      'Condition',
      '11450-4',
      problem('<value xsi:type="CD" nullFlavor="UNK"><originalText><reference value="#p1"/></originalText></value>'),
      '<content ID="p1">Hay  fever</content>',
    );
    expect(found.code).toEqual({ text: 'Hay fever' });
  });
  it('keeps every code of a translated problem', () => {
    const found = condition(
      '<value xsi:type="CD" nullFlavor="OTH"><translation code="J45.9" codeSystem="2.16.840.1.113883.6.90" displayName="Asthma"/></value>',
    );
    expect(found.code?.coding).toEqual([{ system: 'http://hl7.org/fhir/sid/icd-10-cm', code: 'J45.9', display: 'Asthma' }]);
  });
  it('names the problem list as the category', () => {
    expect(condition(asthma).category?.[0]?.coding?.[0]?.code).toBe('problem-list-item');
  });
  it('counts a problem that names nothing as lost, with the reason', () => {
    const { report } = converted(ccda({ sections: [section('11450-4', [problem('<value xsi:type="CD" nullFlavor="NI"/>')])] }));
    expect(report).toMatchObject({ kept: 0, lost: [{ why: 'no-content', what: 'observation, template 2.16.840.1.113883.10.20.22.4.4' }] });
  });
  it('tells what hangs below a problem and is not coded yet', () => {
    const { report } = converted(
      ccda({
        sections: [
          section('11450-4', [
            problem(`${asthma}<entryRelationship typeCode="SPRT"><observation classCode="OBS" moodCode="EVN"/></entryRelationship>`),
          ]),
        ],
      }),
    );
    expect(report.warnings.map(({ what }) => what)).toContain('part of a kept statement that is not coded yet: observation');
  });
  it('finds the problem in a concern act without template and code', () => {
    const bare = `<act classCode="ACT" moodCode="EVN"><code nullFlavor="NA"/><entryRelationship typeCode="SUBJ"><observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.4"/>${asthma}</observation></entryRelationship></act>`;
    expect(single('Condition', '11450-4', bare).code?.coding?.[0]?.code).toBe('195967001');
  });
});
