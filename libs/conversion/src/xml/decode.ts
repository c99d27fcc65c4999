import { sourceBytesMax } from './limits.js';

export type DecodeRefusal = 'too-large' | 'encoding-unsupported' | 'encoding-broken';
export type Decoded = { readonly text: string } | { readonly refused: DecodeRefusal };

/** Encodings we read, by the names documents declare (lower case), to the decoder that reads them. ASCII is read as UTF-8 and then held to its 7 bits. */
const decoders: ReadonlyMap<string, string> = new Map([
  ['utf-8', 'utf-8'],
  ['utf8', 'utf-8'],
  ['us-ascii', 'ascii'],
  ['ascii', 'ascii'],
  ['utf-16', 'utf-16le'],
  ['utf-16le', 'utf-16le'],
  ['utf-16be', 'utf-16be'],
  ['iso-8859-1', 'windows-1252'],
  ['latin1', 'windows-1252'],
  ['windows-1252', 'windows-1252'],
  ['cp1252', 'windows-1252'],
]);

/** An XML declaration stands in the first bytes; longer ones are not real. */
const declarationBytesMax = 256;

/**
 * Bytes of an XML document to text, by byte order mark, else by the shape of the first bytes, else by the declaration, else UTF-8 (XML 1.0, appendix F).
 * Refuses what is too large, what it has no decoder for, and bytes that are not of the encoding they claim: a guess could change a name or a dose.
 */
export function decodeXml(bytes: Uint8Array): Decoded {
  if (bytes.byteLength > sourceBytesMax) return { refused: 'too-large' };
  const decoder = chooseDecoder(bytes);
  if (decoder === undefined) return { refused: 'encoding-unsupported' };
  if (decoder === 'ascii') {
    if (bytes.some((byte) => byte > 0x7f)) return { refused: 'encoding-broken' };
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  }
  try {
    return { text: new TextDecoder(decoder, { fatal: true }).decode(bytes) };
  } catch {
    // TextDecoder throws only for bytes outside the encoding: that is the refusal, there is nothing more to tell.
    return { refused: 'encoding-broken' };
  }
}

function chooseDecoder(bytes: Uint8Array): string | undefined {
  const [a, b, c, d] = bytes;
  if (a === 0xef && b === 0xbb && c === 0xbf) return 'utf-8';
  // UTF-32 marks begin like UTF-16 ones, so they are looked for first, and refused.
  if ((a === 0xff && b === 0xfe && c === 0 && d === 0) || (a === 0 && b === 0 && c === 0xfe && d === 0xff)) return undefined;
  if (a === 0xff && b === 0xfe) return 'utf-16le';
  if (a === 0xfe && b === 0xff) return 'utf-16be';
  if (a === 0x3c && b === 0) return 'utf-16le';
  if (a === 0 && b === 0x3c) return 'utf-16be';
  const declared = declaredEncoding(bytes);
  if (declared === undefined) return 'utf-8';
  // Two-byte encodings were recognised above: a declaration readable byte by byte that claims one is wrong.
  const decoder = decoders.get(declared);
  return decoder?.startsWith('utf-16') ? undefined : decoder;
}

function declaredEncoding(bytes: Uint8Array): string | undefined {
  let head = '';
  for (const byte of bytes.subarray(0, declarationBytesMax)) head += String.fromCharCode(byte);
  const declaration = /^\s*<\?xml\s[^>]*?\?>/.exec(head)?.[0];
  return /\sencoding\s*=\s*["']([^"']*)["']/.exec(declaration ?? '')?.[1]?.toLowerCase();
}
