import { buildPackage, differenceOf } from './package.js';
import { NotPackable } from './package-json.js';

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (content: Uint8Array) => new TextDecoder().decode(content);
const release =
  '{"resourceType":"Bundle","id":"r","identifier":{"system":"urn:release","value":"1"},"type":"document","entry":[{"resource":{"resourceType":"Observation","valueQuantity":{"value":1.10,"n":1e2},"note":"Ärztin 病歷"}}]}';
const built = buildPackage(bytes(release), 'd-1');

describe('a package', () => {
  it('is the release under the identifier of its delivery', () =>
    expect(text(built)).toBe(
      '{"resourceType":"Bundle","identifier":{"system":"urn:bulfinch:delivery","value":"d-1"},"type":"document","entry":[{"resource":{"resourceType":"Observation","valueQuantity":{"value":1.10,"n":1e2},"note":"Ärztin 病歷"}}]}',
    ));
  it('is built the same way each time', () => expect(buildPackage(bytes(release), 'd-1')).toEqual(built));
  it('is not built from what is no document', () =>
    expect(() => buildPackage(bytes('{"resourceType":"Bundle","type":"collection"}'), 'd-1')).toThrow(NotPackable));
  it('is known again when the receiver gave it an id, a version and another order of keys', () => {
    const { resourceType, ...rest } = JSON.parse(text(built)) as Record<string, unknown>;
    const meta = { versionId: '1', lastUpdated: '2026-11-24T12:00:00Z', source: '#x' };
    expect(differenceOf({ ...rest, id: '7', meta, resourceType }, built)).toBeUndefined();
  });
  it.each([
    ['a missing entry', 'entry-count', (bundle: object) => ({ ...bundle, entry: [] })],
    ['another text', 'content', (bundle: object) => JSON.parse(JSON.stringify(bundle).replace('Ärztin', 'Arzt'))],
    ['something more', 'content', (bundle: object) => ({ ...bundle, extension: [] })],
    ['a label that was not sent', 'content', (bundle: object) => ({ ...bundle, meta: { versionId: '1', security: [{ code: 'U' }] } })],
    [
      'another identifier',
      'identifier',
      (bundle: object) => ({ ...bundle, identifier: { system: 'urn:bulfinch:delivery', value: 'd-2' } }),
    ],
    ['a list that became an object', 'entry-count', (bundle: { entry: unknown[] }) => ({ ...bundle, entry: { 0: bundle.entry[0] } })],
    ['another type', 'no-document', (bundle: object) => ({ ...bundle, type: 'collection' })],
    ['another kind of resource', 'no-document', () => ({ resourceType: 'OperationOutcome' })],
  ])('is not the same with %s, and the difference is told as a code', (_what, code, change) => {
    const bundle = JSON.parse(text(built)) as { entry: unknown[] };
    expect(differenceOf(change(bundle), built)).toBe(code);
  });
});
