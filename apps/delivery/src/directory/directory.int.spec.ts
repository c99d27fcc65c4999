import { jest } from '@jest/globals';
import { type DeliveryRig, openDeliveryRig } from '../testing/delivery-rig.js';

/** A loaded machine is slow; what has to be quick is measured in the tests themselves. */
jest.setTimeout(60_000);

let rig: DeliveryRig;
beforeAll(async () => {
  rig = await openDeliveryRig();
}, 120_000);
afterAll(() => rig.close());

let clinics = 0;
const enter = (id: string, channel?: object, party?: object) => rig.enter(id, channel, party);
async function known(channel: object = {}, party: object = {}): Promise<string> {
  const id = `clinic-${++clinics}`;
  expect(await enter(id, channel, party)).toBe(201);
  return id;
}

describe('the directory', () => {
  it('a party has its version rise only when it changes, and never shows its secret', async () => {
    const auth = { type: 'bearer', token: 'very-secret' };
    const id = await known({ auth });
    const read = async () => (await rig.ask(`/delivery/recipients/${id}`)).body;
    expect(await read()).toMatchObject({ version: 1, countries: ['PT'], channel: { auth: { type: 'bearer', hasToken: true } } });
    expect(JSON.stringify(await read())).not.toMatch(/very-secret|blobId/);
    expect(await enter(id, { auth })).toBe(200);
    expect(await enter(id, { auth: { type: 'bearer' } })).toBe(200);
    expect((await read())['version']).toBe(1);
    const hash = (await read())['channelHash'];
    expect(await enter(id, { auth: { type: 'bearer', token: 'another' }, retry: 'blind' })).toBe(200);
    expect(await read()).toMatchObject({ version: 2, channelHash: hash });
    expect(await enter(id, { auth: { type: 'none' } })).toBe(200);
    expect((await read())['channelHash']).not.toBe(hash);
    const stored = JSON.stringify(await rig.database.collection('parties').find().toArray());
    expect(stored).not.toMatch(/very-secret/);
  });

  it('a party that cannot be is refused with the reason', async () => {
    const refused = async (channel: object, party: object = {}) => {
      const id = `refused-${++clinics}`;
      const body = {
        name: 'C',
        kind: 'clinic',
        country: 'PT',
        internal: true,
        channel: { type: 'fhir', baseUrl: 'http://127.0.0.1/fhir', retry: 'dedupes', ...channel },
        ...party,
      };
      const answer = await rig.ask(`/delivery/recipients/${id}`, { method: 'PUT', body });
      return [answer.status, answer.body['code']];
    };
    expect(await refused({ mode: 'batch' })).toEqual([400, 'not-valid']);
    expect(await refused({}, { internal: false })).toEqual([422, 'tls-required']);
    expect(await refused({ baseUrl: 'https://user:pw@clinic.example/fhir' })).toEqual([422, 'base-url-not-plain']);
    expect(await refused({ auth: { type: 'bearer' } })).toEqual([422, 'token-missing']);
    expect(await refused({ baseUrl: 'ftp://clinic.example/' })).toEqual([400, 'not-valid']);
    expect(await refused({}, { countries: ['PT'] })).toEqual([400, 'not-valid']);
    expect(await refused({}, { kind: 'bakery' })).toEqual([400, 'not-valid']);
    expect((await rig.ask('/delivery/recipients/no_id', { method: 'PUT', body: {} })).status).toBe(400);
    expect((await rig.ask('/delivery/recipients/x', { method: 'PUT', as: 'clinic:x', body: {} })).status).toBe(403);
  });

  it('parties are found by part of their name, country and kind', async () => {
    const id = await known({}, { name: 'Hôpital (Genève) *', country: 'CH', kind: 'hospital' });
    const found = async (query: string) =>
      ((await rig.ask(`/delivery/recipients?${query}`)).body['recipients'] as { id: string }[]).map((one) => one.id);
    expect(await found(`q=${encodeURIComponent('(genève) *')}`)).toEqual([id]);
    expect(await found('country=CH')).toEqual([id]);
    expect(await found('kind=hospital&country=PT')).toEqual([]);
    expect((await rig.ask('/delivery/recipients?country=Portugal')).status).toBe(400);
  });
});
