import { clock } from '../io.js';

/** What is known to have left, in plain words: `left` as the doors tell it. A word that is not known here is shown as it is. */
export function whatLeft(left: string): string {
  return sentences[left] ?? left;
}
const sentences: Readonly<Record<string, string>> = {
  nothing: 'nothing has left; the recipient has none of it',
  left: 'the record has left; what the recipient got of it cannot be taken back from here',
  'not-known-yet': 'not known yet: a send may be under way at this moment; ask `bulfinch status` again',
};

/** A piece of evidence for people. */
export function evidenceLine({ fact, at }: { readonly fact: string; readonly at: string }): string {
  return `${clock(at)}  ${facts[fact] ?? fact}`;
}
/** The rungs of design.md section 6. */
const facts: Readonly<Record<string, string>> = {
  handed: 'it was handed over to the channel',
  stored: "the recipient's system says that it stored it",
  fetched: 'it was fetched',
  unlocked: 'it was opened with its code',
  identified: 'it was opened by somebody who proved who they are',
  taken: "it was read back from the recipient's system and is the same",
  acknowledged: 'somebody at the recipient acknowledged it',
  countersigned: 'the recipient signed for it',
};
