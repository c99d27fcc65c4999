import { identifierKey, searchKeys } from './search-keys.js';

describe('a patient is found by', () => {
  const keys = searchKeys({
    identifiers: [
      { system: 'urn:bulfinch:mgh:mrn', value: '47-11 a' },
      { value: 'AB 123' },
      { system: 'urn:oid:2.16.620.1.101.10.3', value: '47-11 a' },
      { value: '--' },
    ],
    name: [{ family: 'Ñandú', given: ['Zoë', 'Ángela'] }, { text: '李小龍' }],
  });
  it('every word of every name, each once', () => expect(keys.words).toEqual(['nandu', 'zoe', 'angela', '李小龍']));
  it('an identifier alone or with its system, without spaces and punctuation', () => {
    expect(keys.identifiers).toEqual(['4711a', 'urn:bulfinch:mgh:mrn|4711a', 'ab123', 'urn:oid:2.16.620.1.101.10.3|4711a']);
    expect(keys.identifiers).toContain(identifierKey({ value: '4711A' }));
    expect(keys.identifiers).toContain(identifierKey({ value: '47 11 a', system: 'urn:bulfinch:mgh:mrn' }));
    expect(keys.identifiers).not.toContain(identifierKey({ value: 'ab123', system: 'urn:bulfinch:mgh:mrn' }));
  });
  it('nothing where an identifier is all punctuation', () => expect(identifierKey({ value: ' - ', system: 'urn:x' })).toBeUndefined());
});
