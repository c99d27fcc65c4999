import { ccda, converted, medication, only, resources, section, single } from '../testing/ccda-fixture.js';

const code = '<code code="73761001" codeSystem="2.16.840.1.113883.6.96" displayName="Colonoscopy"/>';
const planned = (name: string, mood: string, content: string, attributes = ''): string =>
  `<${name} classCode="ACT" moodCode="${mood}" ${attributes}>${content}</${name}>`;

describe('the plan of treatment', () => {
  it.each([
    ['act', 'INT', 'plan'],
    ['observation', 'RQO', 'order'],
    ['procedure', 'PRP', 'proposal'],
    ['encounter', 'APT', 'plan'],
  ])('makes a request of a planned %s in mood %s, intent %s, never something done', (name, mood, intent) => {
    const { record } = converted(
      ccda({
        sections: [section('18776-5', [planned(name, mood, `${code}<statusCode code="active"/><effectiveTime value="20300102"/>`)])],
      }),
    );
    expect(only(record, 'ServiceRequest')).toMatchObject({ status: 'active', intent, occurrenceDateTime: '2030-01-02' });
    for (const type of ['Procedure', 'Observation', 'Encounter'] as const) expect(resources(record, type)).toEqual([]);
  });
  it('keeps that something is not to be done', () => {
    expect(single('ServiceRequest', '18776-5', planned('act', 'INT', code, 'negationInd="true"')).doNotPerform).toBe(true);
  });
  it('keeps a plan that is only in words, and says unknown where no status is stated', () => {
    const found = single('ServiceRequest', '18776-5', planned('act', 'INT', '<code nullFlavor="UNK"/><text>come back in May</text>'));
    expect(found).toMatchObject({ status: 'unknown', code: { text: 'come back in May' } });
  });
  it('makes a plan, not an order, of a planned medication', () => {
    const found = single(
      'MedicationRequest',
      '18776-5',
      medication('<templateId root="2.16.840.1.113883.10.20.22.4.42"/>', 'moodCode="INT"'),
    );
    expect(found.intent).toBe('plan');
  });
  it('keeps a goal with its target, and never as a finding', () => {
    const goal = planned(
      'observation',
      'GOL',
      '<code code="29463-7" codeSystem="2.16.840.1.113883.6.1"/><statusCode code="active"/><effectiveTime><low value="20200101"/><high value="20200601"/></effectiveTime><value xsi:type="PQ" value="70" unit="kg"/>',
    );
    const { record } = converted(ccda({ sections: [section('61146-7', [goal])] }));
    expect(only(record, 'Goal')).toMatchObject({
      lifecycleStatus: 'active',
      description: { coding: [{ code: '29463-7' }] },
      startDate: '2020-01-01',
      target: [{ measure: { coding: [{ code: '29463-7' }] }, detailQuantity: { value: 70 }, dueDate: '2020-06-01' }],
    });
    expect(resources(record, 'Observation')).toEqual([]);
  });
  it('gives a goal no status that the source does not state, and drops one that is negated', () => {
    const goal = (attributes: string): string => planned('observation', 'GOL', code, attributes);
    expect(single('Goal', '61146-7', goal(''))).toMatchObject({ _lifecycleStatus: { extension: [{ valueCode: 'unknown' }] } });
    const { report } = converted(ccda({ sections: [section('61146-7', [goal('negationInd="true"')])] }));
    expect(report.lost.map(({ why }) => why)).toEqual(['not-understood']);
  });
});
