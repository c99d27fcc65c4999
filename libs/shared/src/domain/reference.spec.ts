import fc from 'fast-check';
import { readReference, referenceFrom, showReference } from './reference.js';

const reference = fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 7, maxLength: 7 }).map(referenceFrom);

describe('a reference people say on the telephone', () => {
  it('is read back as it was shown, whatever the case, spaces and hyphens', () => {
    fc.assert(
      fc.property(reference, fc.integer({ min: 1, max: 9999 }), (made, number) => {
        expect(readReference(showReference(made))).toEqual({ reference: made });
        expect(readReference(` ${showReference(made).toLowerCase()} - ${number}`)).toEqual({ reference: made, number });
      }),
    );
  });

  it('tells when one character was mistyped', () => {
    const letters = '23456789ABCDEFGHJKMNPQRSTUVWXYZ';
    fc.assert(
      fc.property(reference, fc.integer({ min: 0, max: 7 }), fc.integer({ min: 1, max: 30 }), (made, position, shift) => {
        const wrong = letters.charAt((letters.indexOf(made.charAt(position)) + shift) % 31);
        expect(readReference(made.slice(0, position) + wrong + made.slice(position + 1))).toEqual({ refused: 'mistyped-reference' });
      }),
    );
  });

  it.each(['', 'K7QM', 'K7QM-3XP0', 'K7QM-3XPCC-XX', 'I'.repeat(8), 'x'.repeat(10_000)])('refuses what is none', (typed) => {
    expect(readReference(typed)).toEqual({ refused: 'mistyped-reference' });
  });
});
