import { attributeOf, childElement, textOf } from './element.js';
import { sourceBytesMax, xmlAttributesMax, xmlDepthMax, xmlElementsMax } from './limits.js';
import { readXml } from './read-xml.js';

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const refusal = (bytes: Uint8Array | string): string | undefined => {
  const reading = readXml(typeof bytes === 'string' ? utf8(bytes) : bytes);
  return 'refused' in reading ? reading.refused : undefined;
};
const root = (bytes: Uint8Array | string) => {
  const reading = readXml(typeof bytes === 'string' ? utf8(bytes) : bytes);
  if ('refused' in reading) throw new Error(reading.refused);
  return reading.root;
};
const utf16 = (text: string, littleEndian: boolean): Uint8Array => {
  const bytes = new Uint8Array(text.length * 2);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < text.length; i++) view.setUint16(i * 2, text.charCodeAt(i), littleEndian);
  return bytes;
};

describe('reading XML', () => {
  it.each([
    ['an unclosed element', '<a><b></a>'],
    ['two roots', '<a/><b/>'],
    ['nothing', '   '],
    ['an attribute twice', '<a b="1" b="2"/>'],
    ['an entity that nobody declared', '<a>&nbsp;</a>'],
    ['a prefix that nobody declared', '<x:a/>'],
    ['an unclosed comment', '<a><!-- </a>'],
    ['a declaration after the start', '<a/><?xml version="1.0"?>'],
  ])('refuses %s', (_name, text) => {
    expect(refusal(text)).toBe('not-well-formed');
  });

  it('refuses every document type, and so a billion laughs and outside files', () => {
    expect(refusal('<!DOCTYPE a [<!ENTITY l "lol"><!ENTITY m "&l;&l;">]><a>&m;</a>')).toBe('dtd-not-allowed');
    expect(refusal('<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>')).toBe('dtd-not-allowed');
    expect(refusal('<!DOCTYPE a><a/>')).toBe('dtd-not-allowed');
  });

  it('refuses 100,000 levels without running out of stack, and reads as many as the limit', () => {
    expect(refusal(`${'<a>'.repeat(100_000)}${'</a>'.repeat(100_000)}`)).toBe('too-deep');
    expect(refusal('<a>'.repeat(100_000))).toBe('too-deep');
    expect(refusal(`${'<a>'.repeat(xmlDepthMax)}${'</a>'.repeat(xmlDepthMax)}`)).toBeUndefined();
    expect(refusal(`${'<a>'.repeat(xmlDepthMax + 1)}${'</a>'.repeat(xmlDepthMax + 1)}`)).toBe('too-deep');
  });

  it('refuses more elements, attributes and bytes than the limits', () => {
    expect(refusal(`<a>${'<b/>'.repeat(xmlElementsMax)}</a>`)).toBe('too-many-elements');
    const attributes = Array.from({ length: xmlAttributesMax + 1 }, (_, i) => `a${i}=""`).join(' ');
    expect(refusal(`<a ${attributes}/>`)).toBe('too-many-attributes');
    expect(refusal(new Uint8Array(sourceBytesMax + 1))).toBe('too-large');
  });

  it('keeps HL7 elements apart from foreign ones, whatever the prefix', () => {
    const found = root('<c:A xmlns:c="urn:hl7-org:v3" xmlns:s="urn:hl7-org:sdtc" xmlns:o="urn:other"><c:b/><s:b/><o:b/></c:A>');
    expect(found.name).toBe('A');
    expect(found.children.map((child) => (typeof child === 'string' ? child : child.name))).toEqual(['b', 'sdtc:b', '{urn:other}b']);
  });

  it('does not take an element of another namespace for an HL7 one', () => {
    expect(root('<ClinicalDocument xmlns="urn:evil"/>').name).toBe('{urn:evil}ClinicalDocument');
  });

  it('reads xsi:type without its prefix', () => {
    const found = root('<a xmlns="urn:hl7-org:v3" xmlns:i="http://www.w3.org/2001/XMLSchema-instance"><v i:type="x:PQ"/></a>');
    expect(attributeOf(childElement(found, 'v'), 'xsi:type')).toBe('PQ');
  });

  it('overlooks a missing declaration of well-known prefixes and white space in front, and says so', () => {
    const reading = readXml(utf8('\n <?xml version="1.0"?><a xmlns="urn:hl7-org:v3"><sdtc:b/></a>'));
    expect(reading).toMatchObject({
      repairs: ['white space before the XML declaration was dropped', 'the namespace prefix sdtc is used without a declaration'],
    });
  });

  it.each([
    ['UTF-8 with a mark', new Uint8Array([0xef, 0xbb, 0xbf, ...utf8('<a>ł</a>')])],
    ['UTF-16 little endian with a mark', new Uint8Array([0xff, 0xfe, ...utf16('<a>ł</a>', true)])],
    ['UTF-16 big endian with a mark', new Uint8Array([0xfe, 0xff, ...utf16('<a>ł</a>', false)])],
    ['UTF-16 without a mark', utf16('<?xml version="1.0" encoding="UTF-16"?><a>ł</a>', true)],
  ])('reads %s', (_name, bytes) => {
    expect(textOf(root(bytes))).toBe('ł');
  });

  it('reads windows-1252 by its declaration', () => {
    const bytes = utf8('<?xml version="1.0" encoding="windows-1252"?><a>?</a>');
    bytes[bytes.lastIndexOf(0x3f)] = 0xfc;
    expect(textOf(root(bytes))).toBe('ü');
  });

  it('refuses bytes that are not of the encoding they claim: a guess could change a name', () => {
    expect(refusal(new Uint8Array([...utf8('<a>'), 0xfc, ...utf8('</a>')]))).toBe('encoding-broken');
    expect(refusal('<?xml version="1.0" encoding="US-ASCII"?><a>ü</a>')).toBe('encoding-broken');
    expect(refusal('<?xml version="1.0" encoding="Shift_JIS"?><a/>')).toBe('encoding-unsupported');
    expect(refusal('<?xml version="1.0" encoding="UTF-7"?><a/>')).toBe('encoding-unsupported');
    expect(refusal('<?xml version="1.0" encoding="UTF-16"?><a/>')).toBe('encoding-unsupported');
  });
});
