import { type DetectedType, type Detection, refusalSentences } from './outcome.js';
import { decodeXml } from './xml/decode.js';
import { sourceBytesMax } from './xml/limits.js';
import { readXml } from './xml/read-xml.js';

/** First bytes of types that have a signature. */
const signatures: readonly (readonly [type: DetectedType, mediaType: string, offset: number, bytes: readonly number[]])[] = [
  ['dicom', 'application/dicom', 128, [0x44, 0x49, 0x43, 0x4d]],
  ['png', 'image/png', 0, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]],
  ['jpeg', 'image/jpeg', 0, [0xff, 0xd8, 0xff]],
  ['gif', 'image/gif', 0, [0x47, 0x49, 0x46, 0x38]],
  ['tiff', 'image/tiff', 0, [0x49, 0x49, 0x2a, 0x00]],
  ['tiff', 'image/tiff', 0, [0x4d, 0x4d, 0x00, 0x2a]],
  ['zip', 'application/zip', 0, [0x50, 0x4b, 0x03, 0x04]],
  ['gzip', 'application/gzip', 0, [0x1f, 0x8b]],
];
/** PDF readers look for the header within the first 1024 bytes (ISO 32000, implementation notes), so files with something before it are in use. */
const pdfHeaderBytesMax = 1024;
const headBytes = 2048;
/** JSON deeper than this is not parsed: no FHIR resource comes near, and code after the parser may recurse. */
const jsonDepthMax = 256;

/** Tells what a document is by its first bytes only: XML and JSON without reading them. */
export function detectByHead(bytes: Uint8Array): { readonly type: DetectedType; readonly mediaType: string } {
  for (const [type, mediaType, offset, signature] of signatures) {
    if (signature.every((byte, i) => bytes[offset + i] === byte)) return { type, mediaType };
  }
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, headBytes)).toString('latin1');
  if (head.slice(0, pdfHeaderBytesMax).includes('%PDF-')) return { type: 'pdf', mediaType: 'application/pdf' };
  const start = head.replace(/^(\xef\xbb\xbf|\xff\xfe|\xfe\xff)/, '').replace(/^[\s\0]+/, '');
  // MLLP's start character is white space to a regular expression; batches begin with FHS or BHS.
  if (/^(MSH|FHS|BHS)[^\w\s]/.test(start)) return { type: 'hl7v2', mediaType: 'x-application/hl7-v2+er7' };
  if (start.startsWith('<')) return { type: 'xml', mediaType: 'application/xml' };
  if (start.startsWith('{') || start.startsWith('[')) return { type: 'json', mediaType: 'application/json' };
  if (bytes.byteLength > 0 && isText(bytes)) return { type: 'text', mediaType: 'text/plain' };
  return { type: 'unknown', mediaType: 'application/octet-stream' };
}

/** Tells what a document is by its bytes. The whole of an XML or JSON document is read, so that what is broken is known before it is kept. */
export function detect(bytes: Uint8Array): Detection {
  const found = detectByHead(bytes);
  if (found.type === 'xml') return detectXml(bytes);
  if (found.type === 'json') return detectJson(bytes);
  return found.type === 'unknown' ? { ...found, reason: refusalSentences['unknown-type'] } : found;
}

function detectXml(bytes: Uint8Array): Detection {
  const reading = readXml(bytes);
  if ('refused' in reading) {
    const type = reading.rootName === 'ClinicalDocument' ? 'ccda' : 'xml';
    return { type, mediaType: 'application/xml', reason: refusalSentences[reading.refused] };
  }
  if (reading.root.name === 'ClinicalDocument') return { type: 'ccda', mediaType: 'application/xml' };
  return { type: 'xml', mediaType: 'application/xml', reason: refusalSentences['not-a-clinical-document'] };
}

function detectJson(bytes: Uint8Array): Detection {
  const broken = (reason: string): Detection => ({ type: 'json', mediaType: 'application/json', reason });
  if (bytes.byteLength > sourceBytesMax) return broken(refusalSentences['too-large']);
  // JSON is UTF-8 with or without a mark; the XML decoder's rules for marks are the same, and it refuses broken bytes.
  const decoded = decodeXml(bytes);
  if ('refused' in decoded) return broken(refusalSentences[decoded.refused]);
  if (jsonDepth(decoded.text) > jsonDepthMax) return broken('The JSON document is nested deeper than the limit.');
  let parsed: unknown;
  try {
    parsed = JSON.parse(decoded.text);
  } catch {
    // The parser's message quotes content, so it is not passed on.
    return broken('The document is not well-formed JSON.');
  }
  const isResource =
    typeof parsed === 'object' &&
    parsed !== null &&
    'resourceType' in parsed &&
    typeof parsed.resourceType === 'string' &&
    /^[A-Z][A-Za-z]+$/.test(parsed.resourceType);
  return isResource ? { type: 'fhir-r4-json', mediaType: 'application/fhir+json' } : broken('The JSON document is not a FHIR resource.');
}

/** Deepest nesting of brackets outside strings. */
function jsonDepth(text: string): number {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const at = text.charCodeAt(i);
    if (inString) {
      if (at === 0x5c) i++;
      else if (at === 0x22) inString = false;
    } else if (at === 0x22) inString = true;
    else if (at === 0x7b || at === 0x5b) deepest = Math.max(deepest, ++depth);
    else if (at === 0x7d || at === 0x5d) depth--;
  }
  return deepest;
}

/** Valid UTF-8 without control characters other than white space. */
function isText(bytes: Uint8Array): boolean {
  if (bytes.some((byte) => byte < 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0c && byte !== 0x0d)) return false;
  const decoded = decodeXml(bytes);
  return 'text' in decoded;
}
