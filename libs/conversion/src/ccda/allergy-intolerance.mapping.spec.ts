import { allergy, ccda, converted, section, single, substance } from '../testing/ccda-fixture.js';

const drug = '<value xsi:type="CD" code="416098002" codeSystem="2.16.840.1.113883.6.96" displayName="Allergy to drug"/>';
const kind = (code: string): string => `<value xsi:type="CD" code="${code}" codeSystem="2.16.840.1.113883.6.96"/>`;
const penicillin = substance('<code code="7980" codeSystem="2.16.840.1.113883.6.88" displayName="Penicillin G"/>');
const unnamed = substance('<code nullFlavor="NA"/>');
const severity = (code: string): string =>
  `<entryRelationship typeCode="SUBJ" inversionInd="true"><observation classCode="OBS" moodCode="EVN"><code code="SEV" codeSystem="2.16.840.1.113883.5.4"/><value xsi:type="CD" code="${code}" codeSystem="2.16.840.1.113883.6.96"/></observation></entryRelationship>`;
const reaction = (code: string, inside = '', attributes = ''): string =>
  `<entryRelationship typeCode="MFST" inversionInd="true"><observation classCode="OBS" moodCode="EVN" ${attributes}><templateId root="2.16.840.1.113883.10.20.22.4.9"/><value xsi:type="CD" code="${code}" codeSystem="2.16.840.1.113883.6.96"/>${inside}</observation></entryRelationship>`;
const found = (content: string, attributes?: string, status?: string) =>
  single('AllergyIntolerance', '48765-2', allergy(content, attributes, status));

describe('allergies', () => {
  it('names the substance, and type and category by its kind', () => {
    const got = found(`${drug}${penicillin}`);
    expect(got).toMatchObject({ type: 'allergy', category: ['medication'] });
    expect(got.code?.coding?.[0]).toEqual({ system: 'http://www.nlm.nih.gov/research/umls/rxnorm', code: '7980', display: 'Penicillin G' });
    expect(got.verificationStatus).toBeUndefined();
  });
  it('sets no category where HL7 gives the kind none', () => {
    const got = found(`${kind('419199007')}${penicillin}`);
    expect(got.category).toBeUndefined();
    expect(got.type).toBe('allergy');
  });
  it.each([
    ['416098002', '409137002', 'No known drug allergy'],
    ['414285001', '429625007', 'No known food allergy'],
    ['419199007', '716186003', 'No known allergy'],
  ])('reads a negated kind %s without substance as %s', (value, code, display) => {
    const got = found(`${kind(value)}${unnamed}`, 'negationInd="true"');
    expect(got.code).toEqual({ coding: [{ system: 'http://snomed.info/sct', code, display }] });
    expect(got.verificationStatus).toBeUndefined();
  });
  it('reads the substance "Substance" as no substance', () => {
    const got = found(
      `${kind('419199007')}${substance('<code code="105590001" codeSystem="2.16.840.1.113883.6.96"/>')}`,
      'negationInd="true"',
    );
    expect(got.code?.coding?.[0]?.code).toBe('716186003');
  });
  it('refutes a negated substance: a denied allergy never reads as an allergy', () => {
    const got = found(`${drug}${penicillin}`, 'negationInd="true"');
    expect(got.verificationStatus?.coding?.[0]?.code).toBe('refuted');
    expect(got.code?.coding?.[0]?.code).toBe('7980');
  });
  it('refutes a negated kind that HL7 gives no concept', () => {
    const got = found(`${kind('420134006')}${unnamed}`, 'negationInd="true"');
    expect(got.verificationStatus?.coding?.[0]?.code).toBe('refuted');
  });
  it('keeps reactions, each with its own severity', () => {
    const got = found(`${drug}${penicillin}${reaction('247472004', severity('255604002'))}${reaction('39579001', severity('24484000'))}`);
    expect(got.reaction?.map((one) => [one.manifestation[0]?.coding?.[0]?.code, one.severity])).toEqual([
      ['247472004', 'mild'],
      ['39579001', 'severe'],
    ]);
  });
  it('gives the severity of the allergy to reactions without one', () => {
    const got = found(`${drug}${penicillin}${severity('6736007')}${reaction('247472004')}${reaction('39579001', severity('24484000'))}`);
    expect(got.reaction?.map((one) => one.severity)).toEqual(['moderate', 'severe']);
  });
  it('keeps a severity without any reaction, and invents no reaction', () => {
    const [one] = found(`${drug}${penicillin}${severity('24484000')}`).reaction ?? [];
    expect(one?.severity).toBe('severe');
    expect(one?.manifestation[0]?.extension?.[0]?.valueCode).toBe('unknown');
  });
  it('does not turn a negated reaction into a reaction', () => {
    expect(found(`${drug}${penicillin}${reaction('39579001', '', 'negationInd="true"')}`).reaction).toBeUndefined();
  });
  it('keeps the criticality', () => {
    const high =
      '<entryRelationship typeCode="SUBJ" inversionInd="true"><observation classCode="OBS" moodCode="EVN"><code code="82606-5" codeSystem="2.16.840.1.113883.6.1"/><value xsi:type="CD" code="CRITH" codeSystem="2.16.840.1.113883.5.1063"/></observation></entryRelationship>';
    expect(found(`${drug}${penicillin}${high}`).criticality).toBe('high');
  });
  it('keeps a substance that is only named', () => {
    expect(found(`${drug}${substance('<code nullFlavor="UNK"/><name>Birch pollen</name>')}`).code).toEqual({ text: 'Birch pollen' });
  });
  it('tells when FHIR forced a status that the source does not state', () => {
    const { report } = converted(ccda({ sections: [section('48765-2', [allergy(`${drug}${penicillin}`, '', 'new')])] }));
    expect(report.warnings.map(({ what }) => what)).toContain(
      'the allergy has no status in the source; FHIR demands one, and active was set',
    );
  });
  it('tells of a kind that is not in HL7’s map, without repeating its code', () => {
    const { report } = converted(ccda({ sections: [section('48765-2', [allergy(`${kind('999999999')}${penicillin}`)])] }));
    expect(report.warnings.map(({ what }) => what)).toContain("the code is not in HL7's CF-AllergyIntoleranceCategory");
    expect(JSON.stringify(report)).not.toContain('999999999');
  });
});
