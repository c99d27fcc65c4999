import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportJWK, generateKeyPair } from 'jose';
import { ClientKeys } from '../directory/client-keys.js';
import { Egress } from './egress.client.js';
import { type SmartAuth, SmartTokens } from './smart-token.client.js';

let folder: string;
let server: Server;
let asked = 0;
let answer: (count: number) => { status: number; body: string };
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'smart-'));
  const { privateKey } = await generateKeyPair('ES384', { extractable: true });
  await writeFile(join(folder, 'clinic.json'), JSON.stringify({ ...(await exportJWK(privateKey)), alg: 'ES384', kid: 'k' }));
  server = createServer((request, response) => {
    request.resume().on('end', () => {
      const { status, body } = answer(++asked);
      response.writeHead(status, { 'content-type': 'application/json' }).end(body);
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
});
afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true, force: true });
});
beforeEach(() => {
  asked = 0;
  answer = (count) => ({ status: 200, body: JSON.stringify({ access_token: `t${count}`, token_type: 'bearer', expires_in: 300 }) });
});

const auth = (change: Partial<SmartAuth> = {}): SmartAuth => ({
  recipientId: 'clinic',
  // The server listens on an address, not on a pipe.
  tokenUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`,
  clientId: 'house',
  scope: 'system/*.cruds',
  isInternal: true,
  ...change,
});
let clockMs = 0;
const open = () => new SmartTokens(new Egress(), new ClientKeys(folder), () => clockMs);
const { signal } = new AbortController();

describe('a token of a recipient', () => {
  it('is used until a minute before its end, then asked for anew', async () => {
    const tokens = open();
    expect(await tokens.token(auth(), signal)).toBe('t1');
    clockMs += 239_000;
    expect(await tokens.token(auth(), signal)).toBe('t1');
    clockMs += 2_000;
    expect(await tokens.token(auth(), signal)).toBe('t2');
  });
  it('of a short life is used for half of it', async () => {
    answer = (count) => ({ status: 200, body: JSON.stringify({ access_token: `t${count}`, token_type: 'Bearer', expires_in: 10 }) });
    const tokens = open();
    await tokens.token(auth(), signal);
    clockMs += 4_900;
    expect(await tokens.token(auth(), signal)).toBe('t1');
    clockMs += 200;
    expect(await tokens.token(auth(), signal)).toBe('t2');
  });
  it('is asked for anew when the recipient did not take it', async () => {
    const tokens = open();
    await tokens.token(auth(), signal);
    tokens.forget(auth());
    expect(await tokens.token(auth(), signal)).toBe('t2');
  });
  it('is another for another client or scope', async () => {
    const tokens = open();
    await tokens.token(auth(), signal);
    expect(await tokens.token(auth({ scope: 'system/Bundle.c' }), signal)).toBe('t2');
    expect(await tokens.token(auth({ clientId: 'other' }), signal)).toBe('t3');
  });
  it.each([
    ['a refusal', 400, '{"error":"invalid_client"}'],
    ['another type of token', 200, '{"access_token":"t","token_type":"mac"}'],
    ['no token', 200, '{"token_type":"bearer"}'],
    ['a page', 200, '<html>'],
  ])('is not there after %s, and the endpoint is asked again next time', async (_what, status, body) => {
    answer = () => ({ status, body });
    const tokens = open();
    expect(await tokens.token(auth(), signal)).toBeUndefined();
    expect(await tokens.token(auth(), signal)).toBeUndefined();
    expect(asked).toBe(2);
  });
  it('is not asked for without a key of the house', async () => {
    expect(await open().token(auth({ recipientId: 'unknown' }), signal)).toBeUndefined();
    expect(asked).toBe(0);
  });
  it('is never asked for at a private address when the recipient is not of the house', async () => {
    expect(await open().token(auth({ isInternal: false }), signal)).toBeUndefined();
    expect(asked).toBe(0);
  });
});
