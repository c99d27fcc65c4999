/** Zero-width joiners and direction marks: nobody types them the same way twice. */
const invisible = /\p{Cf}/gu;
const betweenWords = /[^\p{L}\p{M}\p{N}]+/u;
/** Accents of Latin and Greek letters, which keyboards abroad lack; in other scripts a mark is a letter of its own. */
const accents = /([\p{Script=Latin}\p{Script=Greek}])\p{Mn}+/gu;

/** Text as it is compared: compatibility forms (NFKC) and letter case folded away. By way of upper case, so that `ß` meets `SS` and `ς` meets `Σ`. */
export function folded(text: string): string {
  const plain = text.normalize('NFKC').replaceAll(invisible, '').toUpperCase().toLowerCase().replaceAll('ς', 'σ');
  return plain.normalize('NFD').replaceAll(accents, '$1').normalize('NFKC');
}

/** The words of a name in any script, each once. A name in a script without spaces is one word. */
export function wordsOf(text: string): readonly string[] {
  return [...new Set(folded(text).split(betweenWords))].filter((word) => word !== '');
}

/** An identifier as it is compared: spaces and punctuation are written differently everywhere. Empty where nothing else is in it. */
export function plainIdentifier(value: string): string {
  return folded(value).split(betweenWords).join('');
}
