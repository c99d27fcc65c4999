import { detect } from './detect.js';
import { ccda } from './testing/ccda-fixture.js';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('what a document is', () => {
  it.each([
    ['ccda', 'application/xml', ccda()],
    ['fhir-r4-json', 'application/fhir+json', bytes('{"resourceType":"Bundle"}')],
    ['hl7v2', 'x-application/hl7-v2+er7', bytes('MSH|^~\\&|A|B')],
    ['hl7v2', 'x-application/hl7-v2+er7', bytes('\u000bMSH|^~\\&|A|B')],
    ['pdf', 'application/pdf', bytes('%PDF-1.7\n')],
    ['pdf', 'application/pdf', bytes('\n\njunk %PDF-1.4')],
    ['dicom', 'application/dicom', new Uint8Array([...new Uint8Array(128), 0x44, 0x49, 0x43, 0x4d])],
    ['png', 'image/png', new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])],
    ['zip', 'application/zip', new Uint8Array([0x50, 0x4b, 0x03, 0x04])],
    ['text', 'text/plain', bytes('Dear colleague')],
  ])('is told by content: %s', (type, mediaType, content) => {
    expect(detect(content)).toEqual({ type, mediaType });
  });

  it.each([
    ['ccda', bytes('<ClinicalDocument xmlns="urn:hl7-org:v3"><id>')],
    ['ccda', bytes(`<ClinicalDocument>${'<a>'.repeat(100_000)}`)],
    ['xml', bytes('<html/>')],
    ['xml', bytes('<ClinicalDocument xmlns="urn:evil"/>')],
    ['xml', bytes('<!DOCTYPE x><x/>')],
    ['json', bytes('{"resourceType":')],
    ['json', bytes('[]')],
    ['json', bytes('['.repeat(100_000))],
    ['json', bytes('{"resourceType":"../Patient"}')],
    ['unknown', new Uint8Array([0, 1, 2, 3])],
    ['unknown', new Uint8Array()],
  ])('is told with a reason where it cannot be used: %s', (type, content) => {
    const found = detect(content);
    expect(found.type).toBe(type);
    expect(found.reason).toMatch(/\.$/);
  });

  it('never repeats content in the reason', () => {
    for (const broken of ['<Mustermann', '{"Mustermann":', '<Mustermann/>'])
      expect(detect(bytes(broken)).reason).not.toContain('Mustermann');
  });
});
