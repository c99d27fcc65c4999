import fc from 'fast-check';
import { folded, wordsOf } from './name-words.js';

describe('a name is recognised', () => {
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
