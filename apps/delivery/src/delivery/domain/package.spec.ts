import { buildPackage, isSamePackage, NotPackable } from './package.js';

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
    expect(isSamePackage({ ...rest, id: '7', meta: { versionId: '1' }, resourceType }, built)).toBe(true);
  });
  it.each([
    ['a missing entry', (bundle: { entry: unknown[] }) => ({ ...bundle, entry: [] })],
    ['another text', (bundle: object) => JSON.parse(JSON.stringify(bundle).replace('Ärztin', 'Arzt'))],
    ['something more', (bundle: object) => ({ ...bundle, extension: [] })],
    ['another identifier', (bundle: object) => ({ ...bundle, identifier: { system: 'urn:bulfinch:delivery', value: 'd-2' } })],
    ['a list that became an object', (bundle: { entry: unknown[] }) => ({ ...bundle, entry: { 0: bundle.entry[0] } })],
    ['another kind of resource', () => ({ resourceType: 'OperationOutcome' })],
  ])('is not the same with %s', (_what, change) => {
    const bundle = JSON.parse(text(built)) as { entry: unknown[] };
    expect(isSamePackage(change(bundle), built)).toBe(false);
  });
});
