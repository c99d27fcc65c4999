import { medication, single } from '../testing/ccda-fixture.js';

const statement = (content: string, attributes?: string, product?: string) =>
  single('MedicationStatement', '10160-0', medication(content, attributes, product));
const request = (content: string) => single('MedicationRequest', '10160-0', medication(content, 'moodCode="INT"'));
const every = (period: string, attributes = ''): string =>
  `<effectiveTime xsi:type="PIVL_TS" operator="A" ${attributes}>${period}</effectiveTime>`;
const repeat = (content: string) => statement(content).dosage?.[0]?.timing?.repeat;

describe('medications', () => {
  it('takes what happened as a statement and what is intended as a request', () => {
    expect(statement('<statusCode code="active"/>')).toMatchObject({
      status: 'active',
      medicationCodeableConcept: { coding: [{ code: '1191' }] },
    });
    expect(request('<statusCode code="completed"/>')).toMatchObject({ status: 'completed', intent: 'order' });
  });
  it('keeps the time of use, whatever stands first', () => {
    const use = '<effectiveTime xsi:type="IVL_TS"><low value="20200101"/><high value="20200201"/></effectiveTime>';
    expect(statement(`${every('<period value="8" unit="h"/>')}${use}`).effectivePeriod).toEqual({ start: '2020-01-01', end: '2020-02-01' });
    expect(request(use).dosageInstruction?.[0]?.timing?.repeat?.boundsPeriod).toEqual({ start: '2020-01-01', end: '2020-02-01' });
  });
  it('keeps every 8 hours apart from three times a day', () => {
    expect(repeat(every('<period value="8" unit="h"/>'))).toEqual({ frequency: 1, period: 8, periodUnit: 'h' });
    expect(repeat(every('<period value="8" unit="h"/>', 'institutionSpecified="true"'))).toEqual({
      frequency: 3,
      period: 1,
      periodUnit: 'd',
    });
  });
  it('keeps a range of hours', () => {
    expect(repeat(every('<period><low value="4" unit="h"/><high value="6" unit="h"/></period>'))).toEqual({
      frequency: 1,
      period: 4,
      periodMax: 6,
      periodUnit: 'h',
    });
  });
  it('keeps a period it cannot read as text', () => {
    const timing = statement(every('<period value="2" unit="PRN"/>')).dosage?.[0]?.timing;
    expect(timing).toEqual({ code: { text: '2 PRN' } });
  });
  it('keeps "an hour before meals"', () => {
    const meal = '<effectiveTime xsi:type="EIVL_TS" operator="A"><event code="AC"/><offset value="1" unit="h"/></effectiveTime>';
    expect(repeat(meal)).toEqual({ when: ['AC'], offset: 60 });
  });
  it('keeps dose, route, site and the words of the prescription', () => {
    const [dosage] =
      statement(
        '<routeCode code="C38288" codeSystem="2.16.840.1.113883.3.26.1.1" displayName="ORAL"/><doseQuantity value="2" unit="{tablet}"/><entryRelationship typeCode="COMP"><substanceAdministration classCode="SBADM" moodCode="EVN"><code code="76662-6" codeSystem="2.16.840.1.113883.6.1"/><text>two at night</text></substanceAdministration></entryRelationship>',
      ).dosage ?? [];
    expect(dosage).toMatchObject({
      text: 'two at night',
      route: { coding: [{ code: 'C38288' }] },
      doseAndRate: [{ doseQuantity: { value: 2, code: '{tablet}' } }],
    });
  });
  it('does not take a dose unit that is not UCUM for one', () => {
    expect(statement('<doseQuantity value="2" unit="tablets"/>').dosage?.[0]?.doseAndRate?.[0]?.doseQuantity).toEqual({
      value: 2,
      unit: 'tablets',
    });
  });
  it('keeps a range of doses', () => {
    expect(statement('<doseQuantity><low value="1"/><high value="2"/></doseQuantity>').dosage?.[0]?.doseAndRate?.[0]?.doseRange).toEqual({
      low: { value: 1 },
      high: { value: 2 },
    });
  });
  it('marks what is taken as needed, and for what', () => {
    expect(statement('<precondition><criterion/></precondition>').dosage?.[0]?.asNeededBoolean).toBe(true);
    const pain =
      '<precondition><criterion><value xsi:type="CD" code="22253000" codeSystem="2.16.840.1.113883.6.96" displayName="Pain"/></criterion></precondition>';
    expect(statement(pain).dosage?.[0]).toMatchObject({ asNeededCodeableConcept: { coding: [{ code: '22253000' }] } });
    expect(statement('<precondition nullFlavor="NI"/>').dosage).toBeUndefined();
  });
  it('says that a negated medication is not taken, and that a negated order must not be carried out', () => {
    expect(statement('', 'moodCode="EVN" negationInd="true"').status).toBe('not-taken');
    expect(single('MedicationRequest', '10160-0', medication('', 'moodCode="INT" negationInd="true"')).doNotPerform).toBe(true);
  });
  it('reads a negated medication without a drug as none known', () => {
    const nothing =
      '<consumable><manufacturedProduct><manufacturedMaterial><code nullFlavor="NA"/></manufacturedMaterial></manufacturedProduct></consumable>';
    expect(statement('', 'moodCode="EVN" negationInd="true"', nothing)).toMatchObject({
      status: 'unknown',
      medicationCodeableConcept: { coding: [{ code: 'no-known-medications' }] },
    });
  });
  it('states no status where the source states none', () => {
    expect(statement('').status).toBe('unknown');
    expect(statement('<statusCode nullFlavor="UNK"/>').status).toBe('unknown');
  });
  it('makes a Medication where form or maker is given', () => {
    const found = statement('<administrationUnitCode code="C42998" codeSystem="2.16.840.1.113883.3.26.1.1" displayName="TABLET"/>');
    expect(found.medicationCodeableConcept).toBeUndefined();
    expect(found.medicationReference?.reference).toMatch(/^urn:uuid:/);
  });
  it('counts repeats after the first dispense', () => {
    const supply =
      '<entryRelationship typeCode="REFR"><supply classCode="SPLY" moodCode="INT"><repeatNumber value="3"/><quantity value="30"/></supply></entryRelationship>';
    expect(request(supply).dispenseRequest).toEqual({ numberOfRepeatsAllowed: 2, quantity: { value: 30 } });
  });
});
