/** Letters of a referral's reference: no 0, 1, I, O, so that it can be read aloud (domain.md section 1). */
const letters = '23456789ABCDEFGHJKMNPQRSTUVWXYZ';

/** The 8 characters of a reference from 7 random numbers (each 0..30): 7 characters and the check character, sum of position x value, mod 31. */
export function referenceFrom(values: readonly number[]): string {
  if (values.length !== 7 || values.some((value) => !Number.isInteger(value) || value < 0 || value >= letters.length))
    throw new Error('a reference is made from 7 numbers from 0 to 30');
  const characters = values.map((value) => letters.charAt(value)).join('');
  return characters + checkCharacter(characters);
}

/** `K7QM3XPC` as people write it: `K7QM-3XPC`. */
export function showReference(reference: string): string {
  return `${reference.slice(0, 4)}-${reference.slice(4)}`;
}

export type ReferenceReading = { readonly reference: string; readonly number?: number } | { readonly refused: 'mistyped-reference' };

/** Reads what a person typed: case, spaces and hyphens are ignored; `K7QM-3XPC-2` names the second transfer. Refuses a wrong check character. */
export function readReference(typed: string): ReferenceReading {
  const plain = typed.toUpperCase().replaceAll(/[\s-]/g, '');
  const match = /^([2-9A-HJKMNP-Z]{8})(\d{1,4})?$/.exec(plain);
  const reference = match?.[1];
  if (!reference || checkCharacter(reference.slice(0, 7)) !== reference.charAt(7)) return { refused: 'mistyped-reference' };
  return match[2] === undefined ? { reference } : { reference, number: Number(match[2]) };
}

function checkCharacter(characters: string): string {
  const sum = characters.split('').reduce((total, character, index) => total + (index + 1) * letters.indexOf(character), 0);
  return letters.charAt(sum % letters.length);
}
