import fc from 'fast-check';
import { folded, identifierKey, searchKeys, wordsOf } from './name-words.js';

describe('a name is found', () => {
  it.each([
    ['in another case', 'ÑANDÚ-Teste', 'ñandú teste'],
    ['typed on a keyboard without accents', 'Zoë Ångström', 'zoe angstrom'],
    ['composed or decomposed', 'Ña\u0301ndez'.normalize('NFD'), 'Ñández'.normalize('NFC')],
    ['in full-width letters', 'ＴＡＮＡＫＡ', 'Tanaka'],
    ['in half-width katakana', 'ﾀﾅｶ', 'タナカ'],
    ['with a German sharp s', 'Strauß', 'STRAUSS'],
    ['in Greek capitals without accents', 'Παπαδόπουλος', 'ΠΑΠΑΔΟΠΟΥΛΟΣ'],
    ['in Arabic presentation forms', 'ﻣﺤﻤﺪ', 'محمد'],
    ['with a Turkish dotted I', 'İpek', 'ipek'],
    ['with a joiner that nobody sees', 'می\u200cلاد', 'میلاد'],
  ])('%s', (_, kept, typed) => expect(wordsOf(kept)).toEqual(wordsOf(typed)));

  it.each([
    ['a Cyrillic short i is a letter of its own', 'Андрей', 'Андреи'],
    ['a vowel sign of Devanagari is not an accent', 'सीता', 'सत'],
    ['a dakuten tells two syllables apart', 'ガ', 'カ'],
  ])('only as itself: %s', (_, kept, typed) => expect(wordsOf(kept)).not.toEqual(wordsOf(typed)));

  it('by each of its words, whatever stands between them, and whole in a script without spaces', () => {
    expect(wordsOf("  O'Brien – de la Cruz, María ")).toEqual(['o', 'brien', 'de', 'la', 'cruz', 'maria']);
    expect(wordsOf('李小龍')).toEqual(['李小龍']);
    expect(wordsOf('—')).toEqual([]);
  });

  it('folding a folded text changes nothing', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (text) => expect(folded(folded(text))).toBe(folded(text))));
  });
});

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
