import { ccda, converted, only, resources, section, single } from '../testing/ccda-fixture.js';

const code = '<code code="80146002" codeSystem="2.16.840.1.113883.6.96" displayName="Appendectomy"/>';
const act = (name: string, content: string, attributes = 'moodCode="EVN"'): string =>
  `<${name} classCode="PROC" ${attributes}>${code}${content}</${name}>`;
const done = (content: string, attributes?: string) => single('Procedure', '47519-4', act('procedure', content, attributes));
const device =
  '<participant typeCode="DEV"><participantRole classCode="MANU"><id root="2.16.840.1.113883.3.3719" extension="(01)0123"/><playingDevice><code code="14106009" codeSystem="2.16.840.1.113883.6.96"/></playingDevice><scopingEntity><desc>Maker</desc></scopingEntity></participantRole></participant>';

describe('procedures', () => {
  it.each([
    ['completed', 'completed'],
    ['active', 'in-progress'],
    ['aborted', 'stopped'],
    ['cancelled', 'not-done'],
    ['held', 'unknown'],
  ])('in status %s are %s', (written, status) => {
    expect(done(`<statusCode code="${written}"/>`).status).toBe(status);
  });
  it('that are negated were not done', () => {
    expect(done('<statusCode code="completed"/>', 'moodCode="EVN" negationInd="true"').status).toBe('not-done');
  });
  it('keep a point, a span, and the absence of time', () => {
    expect(done('<effectiveTime value="2019"/>')).toMatchObject({ performedDateTime: '2019' });
    expect(done('<effectiveTime><low value="20190102"/><high value="20190103"/></effectiveTime>')).toMatchObject({
      performedPeriod: { start: '2019-01-02', end: '2019-01-03' },
    });
    expect(done('')).toMatchObject({ _performedDateTime: { extension: [{ valueCode: 'unknown' }] } });
  });
  it('keep the body site, the place and the device, with its identifier as UDI', () => {
    const place =
      '<participant typeCode="LOC"><participantRole classCode="SDLOC"><playingEntity><name>Ward 3</name></playingEntity></participantRole></participant>';
    const { record } = converted(
      ccda({
        sections: [
          section('47519-4', [act('procedure', `<targetSiteCode code="66754008" codeSystem="2.16.840.1.113883.6.96"/>${place}${device}`)]),
        ],
      }),
    );
    expect(only(record, 'Procedure')).toMatchObject({ bodySite: [{ coding: [{ code: '66754008' }] }] });
    expect(only(record, 'Location').name).toBe('Ward 3');
    const implant = resources(record, 'Device').find(({ udiCarrier }) => udiCarrier);
    expect(implant).toMatchObject({ udiCarrier: [{ carrierHRF: '(01)0123' }], manufacturer: 'Maker' });
    expect(only(record, 'Procedure').usedReference?.[0]?.reference).toBe(`urn:uuid:${implant?.id}`);
  });
  it('written as an act are procedures, as an observation observations', () => {
    expect(single('Procedure', '47519-4', act('act', '')).code?.coding?.[0]?.code).toBe('80146002');
    expect(single('Observation', '47519-4', act('observation', '<value xsi:type="ST">found</value>')).valueString).toBe('found');
  });
  it('that name nothing are told', () => {
    const { report } = converted(
      ccda({ sections: [section('47519-4', ['<procedure classCode="PROC" moodCode="EVN"><code nullFlavor="UNK"/></procedure>'])] }),
    );
    expect(report.lost.map(({ why }) => why)).toEqual(['no-content']);
  });
  it('are never made of an act that says who pays', () => {
    const coverage =
      '<act classCode="ACT" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.60"/><code code="48768-6" codeSystem="2.16.840.1.113883.6.1"/></act>';
    const { record, report } = converted(ccda({ sections: [section('48768-6', [coverage])] }));
    expect(resources(record, 'Procedure')).toEqual([]);
    expect(report.lost.map(({ why }) => why)).toEqual(['not-coded-yet']);
  });
});
