import { readXml } from '../../xml/read-xml.js';
import { identifierFrom } from './identifier.js';

const identifier = (attributes: string) => {
  const reading = readXml(new TextEncoder().encode(`<id ${attributes}/>`));
  return 'root' in reading ? identifierFrom(reading.root) : undefined;
};
const uri = 'urn:ietf:rfc:3986';

describe('identifiers, case by case of HL7’s table', () => {
  it.each([
    ['root="2.16.840.1.113883.4.1" extension="123-45-6789"', { system: 'http://hl7.org/fhir/sid/us-ssn', value: '123-45-6789' }],
    ['root="2.16.840.1.113883.4.500" extension="12345V7890"', { system: 'urn:oid:2.16.840.1.113883.4.500', value: '12345V7890' }],
    ['root="2.16.840.1.123.4.50.123456789"', { system: uri, value: 'urn:oid:2.16.840.1.123.4.50.123456789' }],
    ['root="67265ED2-35BB-43F8-B9DE-91C5935625E0"', { system: uri, value: 'urn:uuid:67265ed2-35bb-43f8-b9de-91c5935625e0' }],
    [
      'root="67265ED2-35BB-43F8-B9DE-91C5935625E0" extension="abcd"',
      { system: 'urn:uuid:67265ed2-35bb-43f8-b9de-91c5935625e0', value: 'abcd' },
    ],
    ['extension="Z1124"', { value: 'Z1124' }],
    ['root="2.16.840.1.113883.4.873" extension="http://myorg.com/patient/1234"', { system: 'http://myorg.com/patient', value: '1234' }],
    ['root="2.16.840.1.113883.4.873" extension="urn:myNID:myOrg:Z3321"', { system: 'urn:myNID:myOrg', value: 'Z3321' }],
    ['root="not an oid" extension="7"', { value: '7' }],
    ['root="2.16.840.1.113883.4.1"', undefined],
    ['nullFlavor="UNK" root="1.2.3"', undefined],
    ['', undefined],
  ])('%s', (attributes, expected) => {
    expect(identifier(attributes)).toEqual(expected);
  });
});
