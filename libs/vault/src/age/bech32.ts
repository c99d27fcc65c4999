/** Bech32 as age writes its keys (BIP 173, without its length limit): human-readable part, `1`, 5-bit groups, 6-character checksum. */
const alphabet = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
const checksumLength = 6;
const generators = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3] as const;

/** Encodes `bytes` under `prefix`, in lower case. */
export function encodeBech32(prefix: string, bytes: Uint8Array): string {
  const groups = regroup(bytes, 8, 5);
  // A bit string always pads up to whole 5-bit groups; only the way back can fail.
  if (!groups) throw new Error('bech32: bytes do not regroup');
  const seed = remainder([...expand(prefix), ...groups, 0, 0, 0, 0, 0, 0]) ^ 1;
  const checksum = Array.from({ length: checksumLength }, (_, index) => (seed >>> (5 * (checksumLength - 1 - index))) & 31);
  return `${prefix}1${[...groups, ...checksum].map((group) => alphabet[group]).join('')}`;
}

/** Decodes text of `prefix`; undefined where prefix, alphabet, checksum, case or padding is wrong. It says nothing more: the text may be a secret. */
export function decodeBech32(prefix: string, text: string): Uint8Array | undefined {
  const lower = text.toLowerCase();
  if (text !== lower && text !== text.toUpperCase()) return undefined;
  if (!lower.startsWith(`${prefix}1`)) return undefined;
  const groups = Array.from(lower.slice(prefix.length + 1), (character) => alphabet.indexOf(character));
  if (groups.length < checksumLength || groups.includes(-1)) return undefined;
  if (remainder([...expand(prefix), ...groups]) !== 1) return undefined;
  const bytes = regroup(groups.slice(0, -checksumLength), 5, 8);
  return bytes && Uint8Array.from(bytes);
}

function expand(prefix: string): number[] {
  const codes = Array.from(prefix, (character) => character.charCodeAt(0));
  return [...codes.map((code) => code >> 5), 0, ...codes.map((code) => code & 31)];
}

/** Remainder of the polynomial over GF(32); 1 for a text whose checksum is right. */
function remainder(groups: readonly number[]): number {
  let rest = 1;
  for (const group of groups) {
    const top = rest >>> 25;
    rest = ((rest & 0x1ffffff) << 5) ^ group;
    generators.forEach((generator, bit) => {
      if ((top >>> bit) & 1) rest ^= generator;
    });
  }
  return rest;
}

/** Bits in groups of `from` to groups of `to`; on the way back to bytes the padding must be shorter than a group and zero. */
function regroup(values: Iterable<number>, from: number, to: number): number[] | undefined {
  const groups: number[] = [];
  let held = 0;
  let bits = 0;
  for (const value of values) {
    held = (held << from) | value;
    bits += from;
    while (bits >= to) {
      bits -= to;
      groups.push(held >>> bits);
      held &= (1 << bits) - 1;
    }
  }
  if (to < from && bits > 0) groups.push(held << (to - bits));
  if (to > from && (bits >= from || held !== 0)) return undefined;
  return groups;
}
