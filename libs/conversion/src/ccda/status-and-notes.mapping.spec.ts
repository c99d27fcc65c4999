import { ccda, converted, only, resources, section, single } from '../testing/ccda-fixture.js';

const observation = (code: string, content: string, attributes = ''): string =>
  `<observation classCode="OBS" moodCode="EVN" ${attributes}><code code="${code}" codeSystem="2.16.840.1.113883.6.1"/><statusCode code="completed"/>${content}</observation>`;
const smoker = '<value xsi:type="CD" code="8517006" codeSystem="2.16.840.1.113883.6.96"/>';

describe('social history', () => {
  it('keeps the smoking status as the source has it', () => {
    expect(single('Observation', '29762-2', observation('72166-2', `<effectiveTime value="20200102"/>${smoker}`))).toMatchObject({
      category: [{ coding: [{ code: 'social-history' }] }],
      code: { coding: [{ code: '72166-2' }] },
      effectiveDateTime: '2020-01-02',
      valueCodeableConcept: { coding: [{ code: '8517006' }] },
    });
  });
  it('names a pregnancy by its own code instead of ASSERTION', () => {
    const entry =
      '<observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.15.3.8"/><code code="ASSERTION" codeSystem="2.16.840.1.113883.5.4"/><value xsi:type="CD" code="77386006" codeSystem="2.16.840.1.113883.6.96"/></observation>';
    expect(single('Observation', '29762-2', entry).code.coding?.[0]?.code).toBe('82810-3');
  });
  it('never makes a smoker of someone who is said not to be one', () => {
    const { record, report } = converted(ccda({ sections: [section('29762-2', [observation('72166-2', smoker, 'negationInd="true"')])] }));
    expect(resources(record, 'Observation')).toEqual([]);
    expect(report.lost.map(({ why }) => why)).toEqual(['not-understood']);
  });
});

describe('functional and mental status', () => {
  it('stands under its organizer; no category is invented', () => {
    const organizer = `<organizer classCode="CLUSTER" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.66"/><code code="d5" codeSystem="2.16.840.1.113883.6.254"/><statusCode code="completed"/><component>${observation('54522-8', smoker)}</component></organizer>`;
    const { record, report } = converted(ccda({ sections: [section('47420-5', [organizer])] }));
    const [member, panel] = resources(record, 'Observation');
    expect(panel?.hasMember).toEqual([{ reference: `urn:uuid:${member?.id}` }]);
    expect(member?.category).toBeUndefined();
    expect(report).toMatchObject({ kept: 2, lost: [] });
  });
  it('keeps the answers of an assessment scale, except one of the scale’s own code', () => {
    const answer = (code: string): string =>
      `<entryRelationship typeCode="COMP">${observation(code, '<value xsi:type="INT" value="2"/>')}</entryRelationship>`;
    const entry = observation('54614-3', `<value xsi:type="INT" value="7"/>${answer('54522-8')}${answer('54614-3')}`);
    const found = single('Observation', '10190-7', entry);
    expect(found.component?.map(({ code, valueInteger }) => [code.coding?.[0]?.code, valueInteger])).toEqual([['54522-8', 2]]);
  });
  it('keeps an observation of a template nobody knows by code and value', () => {
    expect(single('Observation', '99999-9', observation('8251-1', '<value xsi:type="ST">as said</value>')).valueString).toBe('as said');
  });
});

describe('notes', () => {
  const note = (text: string): string =>
    `<act classCode="ACT" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.202"/><code code="34109-9" codeSystem="2.16.840.1.113883.6.1"><translation code="11488-4" codeSystem="2.16.840.1.113883.6.1"/></code>${text}</act>`;
  const noteOf = (text: string, narrative?: string) => {
    const { record } = converted(ccda({ sections: [section('11488-4', [note(text)], narrative)] }));
    return resources(record, 'DocumentReference').find(({ category }) => category?.[0]?.coding?.[0]?.code === 'clinical-note');
  };
  it('keep their kind and the text they refer to', () => {
    const found = noteOf('<text><reference value="#n1"/></text>', '<paragraph ID="n1">Feels better</paragraph>');
    expect(found?.type?.coding?.map(({ code }) => code)).toEqual(['11488-4']);
    expect(Buffer.from(found?.content[0]?.attachment.data ?? '', 'base64').toString()).toBe('Feels better');
  });
  it('are kept by whoever keeps the document they stand in', () => {
    const header =
      '<custodian><assignedCustodian><representedCustodianOrganization><id root="1.2.3.4.7" extension="O-1"/><name>Clinic</name></representedCustodianOrganization></assignedCustodian></custodian>';
    const { record } = converted(ccda({ header, sections: [section('11488-4', [note('<text>Well</text>')])] }));
    const kept = resources(record, 'DocumentReference').map(({ custodian }) => custodian?.reference);
    expect(kept).toHaveLength(2);
    expect(kept[0]).toMatch(/^urn:uuid:/);
    expect(new Set(kept).size).toBe(1);
  });
  it('keep an embedded file with its type, and nothing that is not the base64 it claims to be', () => {
    expect(noteOf('<text mediaType="application/pdf" representation="B64">JVBERg==</text>')?.content[0]?.attachment).toEqual({
      contentType: 'application/pdf',
      data: 'JVBERg==',
    });
    expect(noteOf('<text mediaType="application/pdf" representation="B64">not base64!</text>')).toBeUndefined();
  });
});

describe('a health concern', () => {
  it('that holds nothing but words is kept by its words', () => {
    const concern =
      '<act classCode="ACT" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.132"/><code code="75310-3" codeSystem="2.16.840.1.113883.6.1"/><text>Afraid of falling</text><statusCode code="active"/></act>';
    const { record } = converted(ccda({ sections: [section('75310-3', [concern])] }));
    const found = resources(record, 'Condition').find(({ category }) => category?.[0]?.coding?.[0]?.code === 'health-concern');
    expect(found).toMatchObject({ code: { text: 'Afraid of falling' }, clinicalStatus: { coding: [{ code: 'active' }] } });
  });
  it('keeps the observation of an admission or discharge diagnosis as a condition', () => {
    const act =
      '<act classCode="ACT" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.33"/><code code="11535-2" codeSystem="2.16.840.1.113883.6.1"/><entryRelationship typeCode="SUBJ"><observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.4"/><value xsi:type="CD" code="195967001" codeSystem="2.16.840.1.113883.6.96"/></observation></entryRelationship></act>';
    const { record } = converted(ccda({ sections: [section('11535-2', [act])] }));
    expect(resources(record, 'Condition').filter(({ code }) => code?.coding?.[0]?.code === '195967001')).toHaveLength(1);
    expect(only(record, 'Composition').section?.[0]?.entry).toHaveLength(1);
  });
});
