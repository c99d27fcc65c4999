import { NotPackable } from './package-json.js';
import { buildTransaction, isSameComposition } from './transaction.js';

const bytes = (text: string) => new TextEncoder().encode(text);
const release =
  '{"resourceType":"Bundle","id":"r","identifier":{"system":"urn:release","value":"1"},"type":"document","timestamp":"2026-11-24T12:00:00Z","entry":[' +
  '{"fullUrl":"urn:uuid:1","resource":{"resourceType":"Composition","id":"1","meta":{"profile":["ips"],"tag":[{"code":"t"}]},"identifier":{"value":"lineage"},' +
  '"subject":{"reference":"urn:uuid:2"},"author":[{"reference":"urn:uuid:2"}],"section":[{"entry":[{"reference":"urn:uuid:3"}]}]}},' +
  '{"fullUrl":"urn:uuid:2","resource":{"resourceType":"Patient","id":"2","identifier":[{"value":"own"}]}},' +
  '{"fullUrl":"urn:uuid:3","resource":{"resourceType":"Observation","valueQuantity":{"value":1.10}}},' +
  '{"fullUrl":"urn:uuid:4","resource":{"resourceType":"Provenance","target":[{"reference":"urn:uuid:3"}]}}]}';
interface Entry {
  fullUrl: string;
  resource: Record<string, unknown>;
  request: { method: string; url: string; ifNoneExist: string };
}
const built = buildTransaction(bytes(release), 'd-1');
const { type, entry } = JSON.parse(new TextDecoder().decode(built)) as { type: string; entry: Entry[] };

describe('a package as a transaction', () => {
  it('creates every resource of the release on a condition of its own, under ids that the receiver gives', () => {
    expect(type).toBe('transaction');
    expect(entry.map(({ fullUrl }) => fullUrl)).toEqual(['urn:uuid:1', 'urn:uuid:2', 'urn:uuid:3', 'urn:uuid:4']);
    expect(entry.map(({ request }) => request)).toEqual([
      { method: 'POST', url: 'Composition', ifNoneExist: '_tag=urn:bulfinch:delivery|d-1' },
      { method: 'POST', url: 'Patient', ifNoneExist: 'identifier=urn:bulfinch:resource|d-1.2' },
      { method: 'POST', url: 'Observation', ifNoneExist: 'identifier=urn:bulfinch:resource|d-1.3' },
      { method: 'POST', url: 'Provenance', ifNoneExist: '_tag=urn:bulfinch:resource|d-1.4' },
    ]);
    for (const { resource } of entry) expect(resource).not.toHaveProperty('id');
  });
  it('adds our identifiers and takes none away: the lineage of the document stays', () => {
    expect(entry[0]?.resource).toMatchObject({
      identifier: { value: 'lineage' },
      meta: { profile: ['ips'], tag: [{ code: 't' }, { system: 'urn:bulfinch:delivery', code: 'd-1' }] },
    });
    expect(entry[1]?.resource['identifier']).toEqual([{ value: 'own' }, { system: 'urn:bulfinch:resource', value: 'd-1.2' }]);
    expect(entry[3]?.resource).toMatchObject({ meta: { tag: [{ system: 'urn:bulfinch:resource', code: 'd-1.4' }] } });
  });
  it('names another delivery of the same release otherwise: content sent later never hides behind content sent before', () =>
    expect(new TextDecoder().decode(buildTransaction(bytes(release), 'd-2'))).not.toMatch(/d-1/));
  it('keeps the digits of numbers, and is built the same way each time', () => {
    expect(new TextDecoder().decode(built)).toContain('"value":1.10');
    expect(buildTransaction(bytes(release), 'd-1')).toEqual(built);
  });
  it.each([
    ['no document', '{"resourceType":"Bundle","type":"collection"}'],
    [
      'a document without its Composition first',
      '{"resourceType":"Bundle","type":"document","entry":[{"fullUrl":"urn:uuid:1","resource":{"resourceType":"Patient"}}]}',
    ],
    ['an entry without a fullUrl', '{"resourceType":"Bundle","type":"document","entry":[{"resource":{"resourceType":"Composition"}}]}'],
  ])('is not built from %s', (_what, text) => expect(() => buildTransaction(bytes(text), 'd-1')).toThrow(NotPackable));
});

describe('the Composition that a receiver made of it', () => {
  const served = (change: (text: string) => string = (text) => text) => {
    const text = JSON.stringify(entry[0]?.resource).replaceAll('urn:uuid:2', 'Patient/7').replaceAll('urn:uuid:3', 'Observation/8');
    const resource = JSON.parse(change(text)) as { meta: object };
    return { ...resource, id: '9', meta: { ...resource.meta, versionId: '1', lastUpdated: '2026-11-24T12:00:00Z' } };
  };
  it('is known again under the ids that the receiver gave', () => expect(isSameComposition(served(), built)).toBe(true));
  it.each([
    ['a link that leads elsewhere than another link to the same', (text: string) => text.replace('Patient/7', 'Patient/6')],
    ['two entries that became one', (text: string) => text.replaceAll('Observation/8', 'Patient/7')],
    ['a section less', (text: string) => text.replace(/"section":\[.*?\}\]\}\]/, '"section":[]')],
    ['another lineage', (text: string) => text.replace('lineage', 'other')],
  ])('is not the same with %s', (_what, change) => expect(isSameComposition(served(change), built)).toBe(false));
});
