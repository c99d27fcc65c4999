import { createHash } from 'node:crypto';

/** Letters of each script; a word of twelve of them stands nowhere by chance. */
const letters = {
  latin: 'abcdefghijklmnopqrstuvwxyz',
  accented: 'áãâçéêíñóõôúüžšřøåæœł',
  cyrillic: 'абвгдежзиклмнопрстуфхцчшщыэюя',
  greek: 'αβγδεζηθικλμνξοπρστυφχψω',
  arabic: 'ابتثجحخدذرزسشصضطظعغفقكلمنهوي',
  hebrew: 'אבגדהוזחטיכלמנסעפצקרשת',
  devanagari: 'कखगघचछजझटठडढणतथदधनपफबभमयरलवशषसह',
  han: '王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗',
  hangul: '가나다라마바사아자차카타파하거너더러머버서',
  digits: '0123456789',
} as const;
export type Script = keyof typeof letters;
const scripts = ['accented', 'cyrillic', 'greek', 'arabic', 'hebrew', 'devanagari', 'han', 'hangul'] as const;
/** Digits have the fewest bits: fifteen of them are as rare as the words. */
const lengths = { digits: 15, other: 12 } as const;

/** Invented values of a patient, each used once and nowhere else, so that wherever one is found says which way it leaked. */
export class Planted {
  private readonly made = new Map<string, string>();

  /** Value -> what it was planted as. */
  get values(): ReadonlyMap<string, string> {
    return this.made;
  }

  word(what: string, script: Script = 'latin'): string {
    const digest = createHash('sha512').update(`${script} ${this.made.size}`).digest();
    const alphabet = Array.from(letters[script]);
    const length = script === 'digits' ? lengths.digits : lengths.other;
    const value = Array.from({ length }, (_, index) => alphabet[digest.readUInt16BE(2 * index) % alphabet.length]).join('');
    if (this.made.has(value)) throw new Error('two planted values are the same');
    this.made.set(value, what);
    return value;
  }

  /** A word in the next script, each in turn. */
  name(what: string): string {
    return this.word(what, scripts[this.made.size % scripts.length]);
  }

  number(what: string): string {
    return this.word(what, 'digits');
  }

  /** Free text with a planted word in the middle. */
  text(what: string): string {
    return `Seen today: ${this.name(what)}, to be told to nobody.`;
  }
}
