import type { PatientFacts } from '#libs/contracts';
import { folded, plainIdentifier, wordsOf } from '#libs/shared/domain';

/** What may differ between the register and a document. */
export type MatchField = 'family' | 'given' | 'birthDate' | 'gender' | 'identifier';

/** What one document says of its patient. */
export interface StatedPatient extends PatientFacts {
  readonly documentId: string;
}

/** Both values of a mismatch, as a person needs them to decide. Patient data: it lies sealed in the vault. */
export interface Mismatch {
  readonly register: PatientFacts;
  /** Those documents alone that tell of the patient otherwise. */
  readonly documents: readonly (StatedPatient & { readonly differences: readonly MatchField[] })[];
}

/** What the documents tell otherwise than the register; undefined where nothing is. */
export function mismatchOf(register: PatientFacts, stated: readonly StatedPatient[]): Mismatch | undefined {
  const documents = stated
    .map((document) => ({ ...document, differences: differencesOf(register, document) }))
    .filter(({ differences }) => differences.length > 0);
  return documents.length > 0 ? { register, documents } : undefined;
}

/**
 * Where two descriptions of a person contradict each other: what one of them does not say is no contradiction. Of names one common word is
 * enough, so that a second given name, a married name beside the old one, or another order of words is none.
 */
export function differencesOf(register: PatientFacts, document: PatientFacts): readonly MatchField[] {
  const checks: Record<MatchField, boolean> = {
    family: haveNothingInCommon(wordsFor('family', register), wordsFor('family', document)),
    given: haveNothingInCommon(wordsFor('given', register), wordsFor('given', document)),
    birthDate: areOtherDates(register.birthDate, document.birthDate),
    gender: areOther(statedGender(register), statedGender(document)),
    identifier: haveOtherNumbers(register, document),
  };
  return (Object.keys(checks) as MatchField[]).filter((field) => checks[field]); // the keys of the record just above
}

/** A name that is told as text alone may hold the family and the given name anywhere in it. */
function wordsFor(part: 'family' | 'given', { names }: PatientFacts): readonly string[] {
  return names.flatMap(({ text, family, given }) => {
    const told = part === 'family' ? family : given?.join(' ');
    const isTextAlone = family === undefined && given === undefined;
    return wordsOf(told ?? (isTextAlone ? text : undefined) ?? '');
  });
}

/** Names of these scripts are written without a space between family and given name. */
const unspaced = /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}ー]+$/u;

function haveNothingInCommon(some: readonly string[], others: readonly string[]): boolean {
  if (some.length === 0 || others.length === 0) return false;
  return !some.some((word) => others.some((other) => word === other || isPartOf(word, other) || isPartOf(other, word)));
}

function isPartOf(word: string, whole: string): boolean {
  return unspaced.test(word) && unspaced.test(whole) && whole.includes(word);
}

/** A date that is less exact contradicts nothing within it. A time after the day is left aside. */
function areOtherDates(one: string | undefined, other: string | undefined): boolean {
  if (one === undefined || other === undefined) return false;
  const [a, b] = [one.slice(0, dayLength), other.slice(0, dayLength)];
  return !a.startsWith(b) && !b.startsWith(a);
}
const dayLength = '2026-11-24'.length;

/** `unknown` says nothing. */
function statedGender({ gender }: PatientFacts): string | undefined {
  return gender === 'unknown' ? undefined : gender;
}

function areOther(one: string | undefined, other: string | undefined): boolean {
  return one !== undefined && other !== undefined && folded(one) !== folded(other);
}

/** Both have numbers of one system of the hospital, and none is the same: the register sends its numbers of those systems alone. */
function haveOtherNumbers(register: PatientFacts, document: PatientFacts): boolean {
  return [...new Set(register.identifiers.map(({ system }) => system))].some((system) =>
    haveNothingInCommon(numbersOf(register, system), numbersOf(document, system)),
  );
}

function numbersOf({ identifiers }: PatientFacts, system: string): readonly string[] {
  return identifiers.filter((identifier) => identifier.system === system).map(({ value }) => plainIdentifier(value));
}
