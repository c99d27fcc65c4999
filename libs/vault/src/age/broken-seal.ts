/** Sealed bytes that are not what was written: changed, cut, put in another order, or no age file. Says which part, never its content. */
export class BrokenSeal extends Error {
  constructor(readonly part: 'header' | 'body') {
    super(`age ${part} is broken`);
    this.name = 'BrokenSeal';
  }
}
