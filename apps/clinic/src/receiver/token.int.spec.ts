import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { type Clinic, startClinic } from '../app.module.js';

let directory: string;
let clinic: Clinic;
let privateKey: CryptoKey;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'clinic-'));
  clinic = await startClinic({ HOST: '127.0.0.1', PORT: 0, DATA_DIR: directory });
  const pair = await generateKeyPair('ES384');
  privateKey = pair.privateKey;
  const body = JSON.stringify({ clientId: 'house', jwks: { keys: [{ ...(await exportJWK(pair.publicKey)), alg: 'ES384', kid: 'k' }] } });
  await fetch(`${clinic.url}/porto/control/client`, { method: 'PUT', body, headers: { 'content-type': 'application/json' } });
}, 60_000);
afterAll(async () => {
  await clinic.close();
  await rm(directory, { recursive: true, force: true });
});

let serial = 0;
const endpoint = () => `${clinic.url}/porto/oauth/token`;
interface Change {
  readonly issuer?: string;
  readonly audience?: string;
  readonly jti?: string;
  readonly lifeSeconds?: number;
  readonly key?: CryptoKey;
  readonly scope?: string;
}
async function ask({
  issuer = 'house',
  audience = endpoint(),
  jti = `${++serial}`,
  lifeSeconds = 60,
  key,
  scope = 'system/*.cruds',
}: Change = {}) {
  const assertion = await new SignJWT({})
    .setProtectedHeader({ alg: 'ES384', kid: 'k' })
    .setIssuer(issuer)
    .setSubject('house')
    .setAudience(audience)
    .setJti(jti)
    .setExpirationTime(Math.floor(Date.now() / 1000) + lifeSeconds)
    .sign(key ?? privateKey);
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    scope,
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: assertion,
  });
  return fetch(endpoint(), { method: 'POST', body });
}
const read = async (token: string) =>
  (await fetch(`${clinic.url}/porto/fhir/Bundle/nothing`, { headers: { authorization: `Bearer ${token}` } })).status;

describe('a token of a clinic', () => {
  it('opens its doors, which are shut without one', async () => {
    const answer = await ask();
    const { access_token: token } = (await answer.json()) as { access_token: string };
    expect([answer.status, await read(token), await read('another')]).toEqual([200, 404, 401]);
  });
  it.each<[string, () => Promise<Change> | Change]>([
    ['another issuer', () => ({ issuer: 'someone' })],
    ['another audience', () => ({ audience: 'urn:elsewhere' })],
    ['too long a life', () => ({ lifeSeconds: 3600 })],
    ['a life that is over', () => ({ lifeSeconds: -60 })],
    ['another key', async () => ({ key: (await generateKeyPair('ES384')).privateKey })],
    ['a scope of a person', () => ({ scope: 'user/*.read' })],
  ])('is not given for an assertion with %s', async (_what, change) => expect((await ask(await change())).status).toBe(400));
  it('is given once for an assertion', async () => {
    expect((await ask({ jti: 'once' })).status).toBe(200);
    expect((await ask({ jti: 'once' })).status).toBe(400);
  });
});
