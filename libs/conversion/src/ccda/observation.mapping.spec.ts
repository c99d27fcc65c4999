import { ccda, converted, only, panel, resources, result, section, single } from '../testing/ccda-fixture.js';

const observation = (content: string) => single('Observation', '30954-2', result(content));
const value = (type: string, attributes: string, content = ''): string => `<value xsi:type="${type}" ${attributes}>${content}</value>`;
const ucum = { system: 'http://unitsofmeasure.org' };

describe('results', () => {
  it.each([
    ['a quantity', value('PQ', 'value="13.2" unit="g/dL"'), { valueQuantity: { value: 13.2, unit: 'g/dL', code: 'g/dL', ...ucum } }],
    ['a quantity whose unit is not UCUM', value('PQ', 'value="5" unit="THOUS/MCL"'), { valueQuantity: { value: 5, unit: 'THOUS/MCL' } }],
    ['a number without unit', value('REAL', 'value="1.5"'), { valueQuantity: { value: 1.5 } }],
    ['an integer', value('INT', 'value="7"'), { valueInteger: 7 }],
    ['a text', value('ST', '', 'Positive'), { valueString: 'Positive' }],
    ['a document text', value('ED', '', 'No growth'), { valueString: 'No growth' }],
    [
      'a code',
      value('CD', 'code="260385009" codeSystem="2.16.840.1.113883.6.96" displayName="Negative"'),
      { valueCodeableConcept: { coding: [{ code: '260385009' }] } },
    ],
    [
      'a range',
      value('IVL_PQ', '', '<low value="1" unit="mg"/><high value="2" unit="mg"/>'),
      { valueRange: { low: { value: 1 }, high: { value: 2 } } },
    ],
    [
      'an upper bound',
      value('IVL_PQ', '', '<high value="200" unit="mg/dL" inclusive="false"/>'),
      { valueQuantity: { value: 200, comparator: '<' } },
    ],
    [
      'a lower bound, inclusive unless it says otherwise',
      value('IVL_PQ', '', '<low value="500" unit="mg/dL"/>'),
      { valueQuantity: { value: 500, comparator: '>=' } },
    ],
    ['a time', value('TS', 'value="20200102"'), { valueDateTime: '2020-01-02' }],
    ['a value that is not there', value('PQ', 'nullFlavor="NASK"'), { dataAbsentReason: { coding: [{ code: 'not-asked' }] } }],
    ['a number that cannot be one', value('PQ', 'value="trace" unit="mg"'), { valueString: 'trace mg' }],
  ])('keeps %s', (_name, written, expected) => {
    expect(observation(written)).toMatchObject(expected);
  });
  it('keeps zeros that say how exact a number is', () => {
    expect(observation(value('PQ', 'value="1.030" unit="1"')).valueQuantity).toMatchObject({
      value: 1.03,
      _value: { extension: [{ valueInteger: 3 }] },
    });
  });
  it('keeps interpretation and normal ranges, and tells of ranges that are not normal', () => {
    const range = (code: string, low: string): string =>
      `<referenceRange><observationRange><value xsi:type="IVL_PQ"><low value="${low}" unit="g/dL"/></value><interpretationCode code="${code}" codeSystem="2.16.840.1.113883.5.83"/></observationRange></referenceRange>`;
    const written = `${value('PQ', 'value="9" unit="g/dL"')}<interpretationCode code="L" codeSystem="2.16.840.1.113883.5.83"/>${range('N', '12')}${range('LL', '7')}`;
    const { record, report } = converted(ccda({ sections: [section('30954-2', [result(written)])] }));
    const found = only(record, 'Observation');
    expect(found.interpretation?.[0]?.coding?.[0]).toEqual({
      system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation',
      code: 'L',
    });
    expect(found.referenceRange).toEqual([{ low: { value: 12, unit: 'g/dL', code: 'g/dL', ...ucum } }]);
    expect(report.warnings).toHaveLength(1);
  });
  it('does not put a code under a system that does not have it', () => {
    const found = observation('<interpretationCode code="H*" codeSystem="2.16.840.1.113883.5.83" displayName="High"/>');
    expect(found.interpretation?.[0]?.coding).toEqual([{ code: 'H*', display: 'High' }]);
  });
  it('makes a report of a panel, with its results in their order', () => {
    const { record, report } = converted(
      ccda({
        sections: [
          section('30954-2', [
            panel(
              [result(value('INT', 'value="1"')), result(value('INT', 'value="2"'))],
              '<effectiveTime><low value="20200101"/><high value="20200103"/></effectiveTime>',
            ),
          ]),
        ],
      }),
    );
    const found = only(record, 'DiagnosticReport');
    const observations = resources(record, 'Observation');
    expect(found).toMatchObject({ status: 'final', effectivePeriod: { start: '2020-01-01', end: '2020-01-03' } });
    expect(found.result?.map(({ reference }) => reference)).toEqual(observations.map(({ id }) => `urn:uuid:${id}`));
    expect(observations.map(({ valueInteger }) => valueInteger)).toEqual([1, 2]);
    expect(report).toMatchObject({ kept: 3, lost: [], source: { statements: 3, bySection: { '30954-2': 3 } } });
  });
  it('keeps the status that the source states, and unknown where it states none', () => {
    expect(observation(value('INT', 'value="1"')).status).toBe('final');
    expect(single('Observation', '30954-2', result('', '').replace('<statusCode code="completed"/>', '')).status).toBe('unknown');
  });
  it('never turns a negated result into a finding', () => {
    const { record, report } = converted(
      ccda({
        sections: [section('30954-2', [result(value('CD', 'code="10828004" codeSystem="2.16.840.1.113883.6.96"'), 'negationInd="true"')])],
      }),
    );
    expect(resources(record, 'Observation')).toEqual([]);
    expect(report.lost.map(({ why }) => why)).toEqual(['not-understood']);
  });
});
