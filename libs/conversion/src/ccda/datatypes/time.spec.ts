import { problem, single } from '../../testing/ccda-fixture.js';
import { readTime } from './time.js';

const originalText = 'http://hl7.org/fhir/StructureDefinition/originalText';

describe('times', () => {
  it.each([
    ['2023', '2023', false],
    ['202305', '2023-05', false],
    ['20230531', '2023-05-31', false],
    ['20230531220530-0500', '2023-05-31T22:05:30-05:00', false],
    ['202305312205-0500', '2023-05-31T22:05:00-05:00', false],
    ['20230531220530.123+0530', '2023-05-31T22:05:30.123+05:30', false],
    ['20230531220530Z', '2023-05-31T22:05:30Z', false],
    ['20240229', '2024-02-29', false],
    ['202305312205', '2023-05-31', true],
    ['2023053122-0500', '2023-05-31', true],
    ['20230531-0500', '2023-05-31', true],
    ['20230531250000-0500', '2023-05-31', true],
    ['20230531220530+1900', '2023-05-31', true],
  ])('%s is %s: no zone is invented, no precision added', (written, dateTime, cut) => {
    expect(readTime(written)).toEqual({ dateTime, cut });
  });
  it.each(['20230229', '20231301', '20230532', '0000', '2023-05-31', 'yesterday', '20230', ''])(
    '"%s" is no date of the calendar',
    (written) => {
      expect(readTime(written)).toBeUndefined();
    },
  );
  it('keeps the source’s text beside a time that was cut to its date', () => {
    const found = single(
      'Condition',
      '11450-4',
      problem(
        '<effectiveTime><low value="202305312205"/></effectiveTime><value xsi:type="CD" code="195967001" codeSystem="2.16.840.1.113883.6.96"/>',
      ),
    );
    expect(found).toMatchObject({
      onsetDateTime: '2023-05-31',
      _onsetDateTime: { extension: [{ url: originalText, valueString: '202305312205' }] },
    });
  });
  it('says why a time is missing', () => {
    const found = single(
      'Condition',
      '11450-4',
      problem(
        '<effectiveTime><low nullFlavor="ASKU"/></effectiveTime><value xsi:type="CD" code="195967001" codeSystem="2.16.840.1.113883.6.96"/>',
      ),
    );
    expect(found.onsetDateTime).toBeUndefined();
    expect(found._onsetDateTime?.extension?.[0]?.valueCode).toBe('asked-unknown');
  });
});
