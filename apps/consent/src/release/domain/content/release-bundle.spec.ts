import fc from 'fast-check';
import { type DocumentBundle, isDocumentBundle, stringsOf } from './bundle.js';
import { originalsOf } from './originals.js';
import { ids, record } from './record.examples.js';
import { constantSentence, releaseBundle } from './release-bundle.js';

const releaseId = '99999999-9999-4999-8999-999999999999';
const withoutOriginals = (of: DocumentBundle = record): DocumentBundle => releaseBundle(of, originalsOf(of, []).entries, releaseId);
const typesOf = (bundle: DocumentBundle): string[] => bundle.entry.map(({ resource }) => resource.resourceType);
const composition = (bundle: DocumentBundle): Record<string, unknown> => bundle.entry[0]?.resource ?? {};

describe('a release without originals', () => {
  it('has no Binary, no DocumentReference of the source and no Provenance of it', () => {
    expect(typesOf(withoutOriginals())).toEqual(['Composition', 'Patient', 'AllergyIntolerance', 'Organization', 'Device']);
  });

  it('does not say who wrote an original, where nothing else speaks of them', () => {
    expect(JSON.stringify(withoutOriginals())).not.toContain('Writer');
    expect(JSON.stringify(withoutOriginals())).toContain('House of records');
  });

  it('says nothing that tells of an original: no id, hash, title, description or bytes', () => {
    const text = JSON.stringify(withoutOriginals());
    for (const trace of [
      ids.binary,
      ids.reference,
      ids.provenance,
      ids.document,
      'DOC-7',
      'c2VjcmV0',
      'letter.xml',
      'discharge letter',
      'PHNlY3JldC8+',
    ])
      expect(text).not.toContain(trace);
  });

  it('has no reference to what is not in it', () => {
    const released = withoutOriginals();
    const names = new Set(released.entry.map((one) => one['fullUrl']));
    const references = [...stringsOf(released)].filter(({ key }) => key === 'reference').map(({ text }) => text);
    expect(references.length).toBeGreaterThan(3);
    expect(references.filter((reference) => !names.has(reference))).toEqual([]);
  });

  it('loses nothing else: every other element stays as it was', () => {
    const [, patient, allergy] = withoutOriginals().entry;
    expect(patient).toEqual(record.entry[1]);
    expect(allergy?.resource).toEqual({
      resourceType: 'AllergyIntolerance',
      id: ids.allergy,
      extension: [{ url: 'urn:x:kept', valueString: 'kept' }],
      patient: { reference: `urn:uuid:${ids.patient}` },
      asserter: { reference: `urn:uuid:${ids.custodian}` },
      identifier: [{ system: 'urn:oid:1.2.3', value: 'A-1' }],
      code: { text: 'Penicillin' },
    });
  });

  it('keeps the number of a person who wrote the original and stands in the record for another reason too', () => {
    const npi = { system: 'http://hl7.org/fhir/sid/us-npi', value: '1234567893' };
    const entry = record.entry.map((one) =>
      [ids.writer, ids.custodian].some((id) => id === one.resource['id'])
        ? { ...one, resource: { ...one.resource, identifier: [npi] } }
        : one,
    );
    const kept = withoutOriginals({ ...record, entry }).entry.find(({ resource }) => resource['id'] === ids.custodian);
    expect(kept?.resource['identifier']).toEqual([npi]);
  });

  it('keeps every section that has a narrative, and not one that only listed what is gone', () => {
    expect(composition(withoutOriginals())['section']).toEqual([
      {
        title: 'Allergies',
        text: { status: 'generated', div: '<div>Penicillin</div>' },
        entry: [{ reference: `urn:uuid:${ids.allergy}` }],
      },
      { title: 'Notes', text: { status: 'generated', div: '<div>See the source</div>' } },
    ]);
    expect(composition(withoutOriginals())['relatesTo']).toBeUndefined();
  });
});

describe('every release', () => {
  it('contains the constant sentence once, with and without withholding', () => {
    for (const released of [withoutOriginals(), releaseBundle(record, new Set(), releaseId)]) {
      const { div } = composition(released)['text'] as { div: string };
      expect(div.split(constantSentence)).toHaveLength(2);
      expect(div.startsWith('<div xmlns="http://www.w3.org/1999/xhtml"><p>Summary of ')).toBe(true);
      expect(div.endsWith('</p></div>')).toBe(true);
    }
  });

  it('contains the constant sentence where the record has no narrative of its own', () => {
    const [first, ...others] = record.entry;
    const { text: _, ...bare } = first?.resource ?? { resourceType: 'Composition' };
    const released = releaseBundle(
      { ...record, entry: [{ ...first, resource: { ...bare, resourceType: 'Composition' } }, ...others] },
      new Set(),
      releaseId,
    );
    expect(composition(released)['text']).toEqual({
      status: 'generated',
      div: `<div xmlns="http://www.w3.org/1999/xhtml"><p>${constantSentence}</p></div>`,
    });
  });

  it('has its own identity, and nothing of the record’s', () => {
    const released = releaseBundle(record, new Set(), releaseId);
    expect(released['identifier']).toEqual({ system: 'urn:ietf:rfc:3986', value: `urn:uuid:${releaseId}` });
    expect(Object.keys(released)).toEqual(['resourceType', 'meta', 'identifier', 'type', 'timestamp', 'entry']);
    expect(JSON.stringify(released)).not.toContain(ids.record);
  });

  it('keeps the house as author', () => {
    expect(composition(withoutOriginals())['author']).toEqual([{ reference: `urn:uuid:${ids.device}` }]);
  });

  it('is the same bytes for the same record, however often it is made', () => {
    expect(JSON.stringify(withoutOriginals(structuredClone(record)))).toBe(JSON.stringify(withoutOriginals()));
  });
});

describe('a section that only listed the sources of the record', () => {
  const listing = (status: string, words: string): DocumentBundle => {
    const copy = structuredClone(record) as unknown as { entry: { resource: Record<string, unknown> }[] };
    const composition = copy.entry[0]?.resource;
    const source = {
      title: 'Sources',
      text: { status, div: `<div xmlns="http://www.w3.org/1999/xhtml"><p>${words}</p></div>` },
      entry: [{ reference: `urn:uuid:${ids.reference}` }],
    };
    if (composition) composition['section'] = [...((composition['section'] as object[] | undefined) ?? []), source];
    return copy as unknown as DocumentBundle; // Built from one, with one section more.
  };

  it('goes with them: without its entries it would tell that there are originals', () => {
    expect(JSON.stringify(withoutOriginals(listing('generated', 'The documents that this record was made from.')))).not.toContain(
      'Sources',
    );
  });

  it('stays where its words are the source’s own', () => {
    expect(JSON.stringify(withoutOriginals(listing('generated', 'What the physician wrote.')))).toContain('What the physician wrote.');
  });
});

describe('a note of the record', () => {
  const note = {
    resourceType: 'DocumentReference',
    id: '0b7d3c66-1f2a-4d8e-9c55-7e8f90a1b2aa',
    status: 'current',
    category: [
      { coding: [{ system: 'http://hl7.org/fhir/us/core/CodeSystem/us-core-documentreference-category', code: 'clinical-note' }] },
    ],
    content: [{ attachment: { contentType: 'text/plain', data: 'QSBub3Rl' } }],
  };
  const withNote = (over: object = {}): DocumentBundle =>
    ({
      ...record,
      entry: [...record.entry, { fullUrl: `urn:uuid:${note.id}`, resource: { ...note, ...over } }],
    }) as unknown as DocumentBundle; // One entry more.

  it('is content, not an original', () => {
    expect(originalsOf(withNote(), []).entries.has(record.entry.length)).toBe(false);
  });

  it.each([
    ['has the house’s identifier', { identifier: [{ system: 'urn:bulfinch:document', value: 'x' }] }],
    ['points at a Binary', { content: [{ attachment: { url: `urn:uuid:${ids.binary}` } }] }],
    ['has no category of a note', { category: [] }],
  ])('is taken for an original where it %s', (_, over) => {
    expect(originalsOf(withNote(over), []).entries.has(record.entry.length)).toBe(true);
  });
});

describe('an original', () => {
  it('leaves whole when the scope names its document: with its reference and Provenance', () => {
    expect(originalsOf(record, [ids.document])).toEqual({ entries: new Set(), missing: [] });
  });

  it('that is named and not found is told, and nothing leaves in its place', () => {
    expect(originalsOf(record, [ids.patient]).missing).toEqual([ids.patient]);
    expect([...originalsOf(record, [ids.patient]).entries].sort((one, other) => one - other)).toEqual([3, 4, 5, 6, 7]);
  });

  it('is not the one that is named when only the source gave itself that id', () => {
    const forged = structuredClone(record) as unknown as { entry: { resource: Record<string, unknown> }[] };
    const reference = forged.entry[4];
    if (reference)
      reference.resource = {
        ...reference.resource,
        identifier: [{ system: 'urn:oid:1.2.3', value: ids.document }],
        masterIdentifier: { value: ids.document },
      };
    expect(originalsOf(forged as unknown as DocumentBundle, [ids.document]).missing).toEqual([ids.document]);
  });

  it('is told of by relative references too', () => {
    const relative = structuredClone(record) as unknown as { entry: { fullUrl?: string; resource: { content?: object } }[] };
    for (const one of relative.entry.slice(3, 5)) delete one.fullUrl;
    const reference = relative.entry[4];
    if (reference) reference.resource.content = [{ attachment: { url: `Binary/${ids.binary}` } }];
    const provenance = relative.entry[5]?.resource as { entity?: object };
    provenance.entity = [{ role: 'source', what: { reference: `DocumentReference/${ids.reference}/_history/1` } }];
    const bundle = relative as unknown as DocumentBundle; // Built from one, with other references.
    expect(typesOf(withoutOriginals(bundle))).toEqual(['Composition', 'Patient', 'AllergyIntolerance', 'Organization', 'Device']);
  });
});

it('leaves no trace of a dropped entry wherever it was mentioned', () => {
  const name = fc.constantFrom(
    `urn:uuid:${ids.binary}`,
    `Binary/${ids.binary}`,
    `https://host.example/fhir/DocumentReference/${ids.reference}`,
    `urn:uuid:${ids.document}`,
  );
  const leaf = fc.oneof(fc.string(), fc.integer(), fc.boolean());
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      leaf,
      name.map((reference) => ({ reference, display: 'letter.xml' })),
      name.map((url) => ({ url, title: 'letter.xml' })),
      name.map((valueUri) => ({ url: 'urn:x:mention', valueUri })),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom('a', 'note', 'entry', 'detail', 'value'), tie('value'), { maxKeys: 3 }),
    ),
  }));
  fc.assert(
    fc.property(value, (anything) => {
      const [first, patient, ...others] = record.entry;
      const planted = {
        ...record,
        entry: [first, { ...patient, resource: { ...patient?.resource, anything } }, ...others],
      } as unknown as DocumentBundle; // As read from JSON.
      const text = JSON.stringify(withoutOriginals(planted));
      for (const trace of [ids.binary, ids.reference, ids.document, 'letter.xml']) expect(text).not.toContain(trace);
    }),
    { numRuns: 500 },
  );
});

it.each([
  [null],
  [[]],
  [{ resourceType: 'Bundle', type: 'collection', entry: record.entry }],
  [{ ...record, entry: [] }],
  [{ ...record, entry: record.entry.slice(1) }],
  [{ ...record, entry: [{}] }],
])('takes no record that is not a document: %#', (value) => {
  expect(isDocumentBundle(value)).toBe(false);
});
