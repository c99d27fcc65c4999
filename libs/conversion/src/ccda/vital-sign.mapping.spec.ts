import { ccda, converted, only, resources, section } from '../testing/ccda-fixture.js';

const day = '<effectiveTime value="20200102"/>';
const vital = (code: string, value: string, unit: string, time = day, attributes = ''): string =>
  `<observation classCode="OBS" moodCode="EVN" ${attributes}><templateId root="2.16.840.1.113883.10.20.22.4.27"/><id root="1.2.3.4.5" extension="${code}"/><code code="${code}" codeSystem="2.16.840.1.113883.6.1"/><statusCode code="completed"/>${time}<value xsi:type="PQ" value="${value}" unit="${unit}"/></observation>`;
const organizer = (components: readonly string[], time = day): string =>
  `<organizer classCode="CLUSTER" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.26"/><code code="46680005" codeSystem="2.16.840.1.113883.6.96"/><statusCode code="completed"/>${time}${components.map((one) => `<component>${one}</component>`).join('')}</organizer>`;
const record = (...entries: string[]) => converted(ccda({ sections: [section('8716-3', entries)] }));
const observationOf = (entries: string[], code: string) =>
  resources(record(...entries).record, 'Observation').find((one) => one.code.coding?.some((coding) => coding.code === code));

describe('vital signs', () => {
  it('stand in the category vital-signs, under a panel in their order', () => {
    const { record: made, report } = record(organizer([vital('8302-2', '180', 'cm'), vital('8867-4', '60', '/min')]));
    const [height, pulse, panel] = resources(made, 'Observation');
    expect(panel?.code.coding?.map(({ code }) => code)).toEqual(['85353-1', '46680005']);
    expect(panel?.hasMember?.map(({ reference }) => reference)).toEqual([height, pulse].map((one) => `urn:uuid:${one?.id}`));
    expect([height, pulse, panel].map((one) => one?.category?.[0]?.coding?.[0]?.code)).toEqual([
      'vital-signs',
      'vital-signs',
      'vital-signs',
    ]);
    expect(height).toMatchObject({ effectiveDateTime: '2020-01-02', valueQuantity: { value: 180, code: 'cm' } });
    expect(report).toMatchObject({ kept: 3, lost: [] });
  });
  it('make one blood pressure of systolic and diastolic, both ids kept, no value of its own', () => {
    const { record: made, report } = record(organizer([vital('8480-6', '120', 'mm[Hg]'), vital('8462-4', '80', 'mm[Hg]')]));
    const [pressure] = resources(made, 'Observation');
    expect(pressure?.code.coding?.[0]?.code).toBe('85354-9');
    expect(pressure?.valueQuantity).toBeUndefined();
    expect(pressure?.component?.map(({ valueQuantity }) => valueQuantity?.value)).toEqual([120, 80]);
    expect(pressure?.identifier?.map(({ value }) => value)).toEqual(['8480-6', '8462-4']);
    expect(report).toMatchObject({ kept: 3, source: { statements: 3 } });
  });
  it('never join readings of two times into one blood pressure', () => {
    const later = '<effectiveTime value="20200103"/>';
    const made = record(organizer([vital('8480-6', '120', 'mm[Hg]'), vital('8462-4', '80', 'mm[Hg]', later)])).record;
    const codes = resources(made, 'Observation').flatMap((one) => one.code.coding?.[0]?.code ?? []);
    expect(codes).toEqual(['8480-6', '8462-4', '85353-1']);
  });
  it('give an oxygen saturation both codes, and the oxygen given as component', () => {
    const found = observationOf([organizer([vital('59408-5', '98', '%'), vital('3151-8', '2', 'L/min')])], '59408-5');
    expect(found?.code.coding?.map(({ code }) => code)).toEqual(['59408-5', '2708-6']);
    expect(found?.valueQuantity?.value).toBe(98);
    expect(found?.component?.map(({ code }) => code.coding?.[0]?.code)).toEqual(['3151-8']);
  });
  it.each([
    ['lbs', '[lb_av]'],
    ['inches', '[in_i]'],
    ['F', '[degF]'],
    ['{beats}/min', '/min'],
  ])('read the unit %s as UCUM and keep how it was written', (unit, code) => {
    expect(observationOf([organizer([vital('29463-7', '7', unit)])], '29463-7')?.valueQuantity).toMatchObject({ value: 7, unit, code });
  });
  it('take their time from the organizer where they have none, and say so where neither has', () => {
    expect(observationOf([organizer([vital('8302-2', '180', 'cm', '')])], '8302-2')?.effectiveDateTime).toBe('2020-01-02');
    expect(observationOf([vital('8302-2', '180', 'cm', '')], '8302-2')).toMatchObject({
      _effectiveDateTime: { extension: [{ valueCode: 'unknown' }] },
    });
  });
  it('that are negated or null are told, never kept', () => {
    const { record: made, report } = record(
      vital('8302-2', '180', 'cm', day, 'negationInd="true"'),
      vital('8302-2', '1', 'cm', day, 'nullFlavor="NI"'),
    );
    expect(resources(made, 'Observation')).toEqual([]);
    expect(report.lost.map(({ why }) => why)).toEqual(['not-understood', 'no-content']);
  });
  it('without an organizer stand alone', () => {
    expect(only(record(vital('8302-2', '180', 'cm')).record, 'Observation').code.coding?.[0]?.code).toBe('8302-2');
  });
});
