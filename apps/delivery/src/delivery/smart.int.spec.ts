import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { exportJWK, generateKeyPair } from 'jose';
import { type DeliveryRig, openDeliveryRig } from '../testing/delivery-rig.js';

/** A loaded machine is slow; what has to be quick is measured in the tests themselves. */
jest.setTimeout(60_000);

let rig: DeliveryRig;
let keysDir: string;
beforeAll(async () => {
  keysDir = await mkdtemp(join(tmpdir(), 'client-keys-'));
  rig = await openDeliveryRig({ DELIVERY_CLIENT_KEYS_DIR: keysDir });
}, 120_000);
afterAll(async () => {
  await rig.close();
  await rm(keysDir, { recursive: true, force: true });
});

let clinics = 0;
const nextId = () => `clinic-${++clinics}`;
/** Puts a key of the house towards this clinic into the folder; returns its public half. */
async function keyFor(id: string, alg: string): Promise<object> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  await writeFile(join(keysDir, `${id}.json`), JSON.stringify({ ...(await exportJWK(privateKey)), alg, kid: 'k1' }));
  return { ...(await exportJWK(publicKey)), alg, kid: 'k1' };
}
const authOf = (id: string) => ({ type: 'smart', tokenUrl: `${rig.clinicUrl}/${id}/oauth/token`, clientId: 'bulfinch-mgh' });
async function register(id: string, key: object): Promise<void> {
  const body = JSON.stringify({ clientId: 'bulfinch-mgh', jwks: { keys: [key] } });
  const answer = await fetch(`${rig.clinicUrl}/${id}/control/client`, {
    method: 'PUT',
    body,
    headers: { 'content-type': 'application/json' },
  });
  expect(answer.status).toBe(204);
}
const doors = async (id: string) => (await rig.requests(id)).map(({ door, answer }) => `${door} ${answer}`);

describe('a clinic that gives tokens for a signed assertion', () => {
  it.each(['ES384', 'RS384'])('takes packages with one token for all of them, asked for with a key of %s', async (alg) => {
    const id = nextId();
    await register(id, await keyFor(id, alg));
    expect(await rig.enter(id, { auth: authOf(id) })).toBe(201);
    await rig.evidence(await rig.release(id), 'taken');
    await rig.evidence(await rig.release(id), 'taken');
    expect(await doors(id)).toEqual(['token 200', 'create 201', 'create 201']);
    expect((await rig.requests(id)).every(({ isAuthorized }) => isAuthorized)).toBe(true);
  });

  it('that forgot its tokens is asked for a new one, and gets the package', async () => {
    const id = nextId();
    const key = await keyFor(id, 'ES384');
    await register(id, key);
    expect(await rig.enter(id, { auth: authOf(id) })).toBe(201);
    await rig.evidence(await rig.release(id), 'taken');
    await register(id, key);
    const transferId = await rig.release(id);
    expect((await rig.heard(transferId, 'attempt-failed')).data).toMatchObject({ reason: 'http-4xx', httpStatus: 401 });
    await rig.heard(transferId, 'delivered');
    expect(await rig.received(id)).toHaveLength(2);
  });

  it('that gives no token gets nothing: each attempt is written down and tried again later', async () => {
    const id = nextId();
    await keyFor(id, 'ES384');
    await register(id, await keyFor(`${id}-other`, 'ES384'));
    expect(await rig.enter(id, { auth: authOf(id) })).toBe(201);
    const transferId = await rig.release(id);
    expect((await rig.heard(transferId, 'attempt-failed')).data).toMatchObject({ reason: 'not-connected', nextAt: expect.any(String) });
    await rig.say('gate-closing', transferId, { because: 'cancelled' });
    await rig.heard(transferId, 'delivery-stopped');
    expect(new Set(await doors(id))).toEqual(new Set(['token 400']));
  });

  it('is not entered without a key of this house, and its key is never shown', async () => {
    const id = nextId();
    const enter = (auth: object) =>
      rig.ask(`/delivery/recipients/${id}`, {
        method: 'PUT',
        body: {
          name: 'C',
          kind: 'clinic',
          country: 'PT',
          internal: true,
          channel: { type: 'fhir', baseUrl: `${rig.clinicUrl}/${id}/fhir`, retry: 'dedupes', auth },
        },
      });
    expect(await enter(authOf(id))).toMatchObject({ status: 422, body: { code: 'key-missing' } });
    await writeFile(join(keysDir, `${id}.json`), '{"kty":"oct","k":"c2VjcmV0","kid":"k1","alg":"HS256"}');
    expect(await enter(authOf(id))).toMatchObject({ status: 422, body: { code: 'key-missing' } });
    await keyFor(id, 'ES384');
    expect(await enter({ ...authOf(id), privateKey: 'x' })).toMatchObject({ status: 400 });
    expect(await enter({ ...authOf(id), scope: 'user/*.read' })).toMatchObject({ status: 400 });
    expect(await enter({ ...authOf(id), tokenUrl: `${authOf(id).tokenUrl}?x=1` })).toMatchObject({
      status: 422,
      body: { code: 'base-url-not-plain' },
    });
    const entered = await enter(authOf(id));
    expect(entered).toMatchObject({ status: 201, body: { channel: { auth: { ...authOf(id), scope: 'system/*.cruds' } } } });
    expect(JSON.stringify(entered)).not.toMatch(/"d":/);
    const outside = {
      name: 'C',
      kind: 'clinic',
      country: 'PT',
      channel: { type: 'fhir', baseUrl: 'https://clinic.example/fhir', retry: 'dedupes', auth: authOf(id) },
    };
    expect(await rig.ask(`/delivery/recipients/${id}`, { method: 'PUT', body: outside })).toMatchObject({
      status: 422,
      body: { code: 'tls-required' },
    });
  });
});
