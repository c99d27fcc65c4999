import { checkDocument } from './check-document.js';

const composition = 'urn:uuid:0b7d3c66-1f2a-4d8e-9c55-7e8f90a1b202';
const patient = 'urn:uuid:6f0a5a52-9d2e-4c1b-8a43-3d5a1c6e7b01';
const good = {
  resourceType: 'Bundle',
  type: 'document',
  identifier: { system: 'urn:bulfinch:delivery', value: '1' },
  timestamp: '2026-11-24T12:00:00Z',
  entry: [
    {
      fullUrl: composition,
      resource: {
        resourceType: 'Composition',
        title: 'Summary',
        type: { coding: [{ code: '60591-5' }] },
        subject: { reference: patient },
        section: [{}, {}],
      },
    },
    { fullUrl: patient, resource: { resourceType: 'Patient' } },
  ],
};
const check = (value: unknown) => checkDocument(Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)));
const refused = (value: unknown) => {
  const answer = check(value);
  return answer.ok ? 'taken' : answer.status;
};

describe('a clinic takes a document', () => {
  it('that is whole, and can say what it holds', () =>
    expect(check(good)).toEqual({
      ok: true,
      summary: { identifier: good.identifier, title: 'Summary', type: '60591-5', sections: 2, entries: { Composition: 1, Patient: 1 } },
    }));
});

describe('a clinic does not take', () => {
  it('what is not JSON', () => expect(refused('{"resourceType":')).toBe(400));
  it('what is not UTF-8', () => {
    const answer = checkDocument(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]));
    expect(answer).toMatchObject({ ok: false, status: 400 });
  });
  it('100,000 levels of nesting that hold nothing', () => expect(refused('['.repeat(100_000))).toBe(400));
  it.each([
    ['another resource', { ...good, resourceType: 'Patient' }],
    ['another kind of Bundle', { ...good, type: 'collection' }],
    ['a document without identifier', { ...good, identifier: undefined }],
    ['a document without the system of its identifier', { ...good, identifier: { value: '1' } }],
    ['a document without a time', { ...good, timestamp: undefined }],
    ['a document without entries', { ...good, entry: [] }],
    ['a document that does not start with its Composition', { ...good, entry: good.entry.toReversed() }],
    ['an entry without a resource', { ...good, entry: [...good.entry, { fullUrl: 'urn:uuid:x' }] }],
    ['two entries under one address', { ...good, entry: [...good.entry, good.entry[1]] }],
    ['a reference to nothing', { ...good, entry: good.entry.slice(0, 1) }],
  ])('%s', (_what, value) => expect(refused(value)).toBe(422));
});
