import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import net, { type AddressInfo } from 'node:net';
import { jest } from '@jest/globals';
import { Egress } from './egress.client.js';
import type { EgressCall } from './exchange.js';
import { PermitLife, readClocks } from './life.js';
import { isPublicAddress } from './public-address.js';

/** A loaded machine is slow; what has to be quick is measured in the tests themselves. */
jest.setTimeout(60_000);

/** A key for 127.0.0.1 that protects nothing: made for this test. */
const key = readFileSync(new URL('./fixtures/loopback-key.pem', import.meta.url), 'utf8');
const cert = readFileSync(new URL('./fixtures/loopback-cert.pem', import.meta.url), 'utf8');
const egress = new Egress();
const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

function listening(server: net.Server): Promise<number> {
  const sockets = new Set<net.Socket>();
  server.on('connection', (socket: net.Socket) => sockets.add(socket));
  closers.push(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)));
}
const serve = async (handler: http.RequestListener): Promise<string> =>
  `http://127.0.0.1:${await listening(http.createServer(handler))}/fhir/Bundle`;
const life = (lifeMs: number) => new PermitLife(readClocks(), lifeMs);
const post = (url: string, options: Partial<EgressCall> = {}) =>
  egress.send({
    method: 'POST',
    url: new URL(url),
    headers: { 'content-type': 'application/fhir+json' },
    body: Buffer.from('{"resourceType":"Bundle"}'),
    isInternal: true,
    life: life(30_000),
    answerTimeoutMs: 5000,
    answerBytesMax: 1024,
    signal: new AbortController().signal,
    ...options,
  });
/** More than any socket buffer of loopback holds. */
const large = Buffer.alloc(64 * 1024 * 1024, 'x');
async function wholeBody(request: http.IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of request as AsyncIterable<Buffer>) pieces.push(piece);
  return Buffer.concat(pieces);
}

describe('what leaves', () => {
  it('arrives byte by byte as it was stored, also when it is large', async () => {
    let arrived: Buffer | undefined;
    const url = await serve((request, response) => {
      void wholeBody(request).then((body) => {
        arrived = body;
        response.writeHead(201, { location: 'Bundle/1' }).end('{}');
      });
    });
    expect(await post(url, { body: large })).toMatchObject({
      type: 'answered',
      status: 201,
      headers: { location: 'Bundle/1' },
      isWhole: true,
    });
    expect(arrived?.equals(large)).toBe(true);
  });

  it('does not follow a redirect', async () => {
    let other = 0;
    const elsewhere = await serve((_request, response) => void response.end(String(other++)));
    const url = await serve((_request, response) => void response.writeHead(307, { location: elsewhere }).end());
    expect(await post(url)).toMatchObject({ type: 'answered', status: 307 });
    expect(other).toBe(0);
  });

  it('never goes to a certificate that nobody vouches for', async () => {
    let requests = 0;
    const port = await listening(https.createServer({ key, cert }, (_request, response) => void response.end(String(requests++))));
    expect(await post(`https://127.0.0.1:${port}/`)).toEqual({ type: 'not-connected' });
    expect(requests).toBe(0);
    const trusting = await new Egress({ trustedCa: cert }).send({
      method: 'GET',
      url: new URL(`https://127.0.0.1:${port}/`),
      headers: {},
      isInternal: true,
      answerTimeoutMs: 5000,
      answerBytesMax: 10,
      signal: new AbortController().signal,
    });
    expect(trusting).toMatchObject({ type: 'answered', status: 200 });
  });
});

describe('a recipient that is not of the house', () => {
  it.each([
    '127.0.0.1',
    '10.1.2.3',
    '192.168.0.9',
    '172.20.0.1',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
    '::1',
    '::ffff:127.0.0.1',
    'fe80::1',
    'fd00::1',
    '64:ff9b::7f00:1',
  ])('cannot be at %s', (address) => expect(isPublicAddress(address)).toBe(false));
  it.each(['193.136.1.1', '8.8.8.8', '2a00:1450:4003::1'])('can be at %s', (address) => expect(isPublicAddress(address)).toBe(true));
  it('gets no connection to an address inside, also when a name points there', async () => {
    let connections = 0;
    const server = http.createServer((_request, response) => void response.end());
    server.on('connection', () => connections++);
    const port = await listening(server);
    expect(await post(`http://127.0.0.1:${port}/`, { isInternal: false })).toEqual({ type: 'not-connected' });
    expect(await post(`http://localhost:${port}/`, { isInternal: false })).toEqual({ type: 'not-connected' });
    expect(await post(`http://[::1]:${port}/`, { isInternal: false })).toEqual({ type: 'not-connected' });
    expect(connections).toBe(0);
    expect(await post(`http://localhost:${port}/`)).toMatchObject({ type: 'answered', status: 200 });
  });
});

describe('what is known afterwards', () => {
  it('nobody listens: never connected', async () => {
    const server = net.createServer();
    const port = await listening(server);
    await new Promise((resolve) => server.close(resolve));
    expect(await post(`http://127.0.0.1:${port}/`)).toEqual({ type: 'not-connected' });
  });
  it('a name that does not exist: never connected', async () =>
    expect(await post('http://no-such-host.invalid/')).toEqual({ type: 'not-connected' }));
  it('reset in the middle of the body: lost', async () => {
    const url = await serve((request) => void request.once('data', () => request.socket.resetAndDestroy()));
    expect(await post(url, { body: large })).toEqual({ type: 'lost' });
  });
  it('reset after the whole body, before an answer: lost', async () => {
    const url = await serve((request) => void wholeBody(request).then(() => request.socket.resetAndDestroy()));
    expect(await post(url)).toEqual({ type: 'lost' });
  });
  it('no answer in the time of the profile, counted from the last byte: no answer', async () => {
    const url = await serve((request) => void wholeBody(request));
    const clock = performance.now();
    expect(await post(url, { answerTimeoutMs: 200 })).toEqual({ type: 'no-answer' });
    expect(performance.now() - clock).toBeGreaterThanOrEqual(195);
  });
  it('an answer that is not HTTP: not readable', async () => {
    const port = await listening(net.createServer((socket) => void socket.once('data', () => socket.end('SMTP ready\r\n'))));
    expect(await post(`http://127.0.0.1:${port}/`)).toEqual({ type: 'not-readable' });
  });
  it('an answer without end: the status, and no more bytes than the limit', async () => {
    const url = await serve((_request, response) => {
      response.writeHead(201);
      const flood = setInterval(() => response.write(Buffer.alloc(10_000)), 1);
      response.on('close', () => clearInterval(flood));
    });
    const answer = await post(url, { answerBytesMax: 50_000 });
    expect(answer).toMatchObject({ type: 'answered', status: 201, isWhole: false });
    expect(answer.type === 'answered' && answer.body.length).toBeLessThanOrEqual(50_000);
  });
  it('an answer whose body is cut off: the status', async () => {
    const url = await serve((request, response) => {
      response.writeHead(201, { 'content-length': '100' });
      response.write('{');
      setTimeout(() => request.socket.resetAndDestroy(), 50);
    });
    expect(await post(url)).toMatchObject({ type: 'answered', status: 201, isWhole: false });
  });
  it('an answer before the body was read: the status', async () => {
    const url = await serve((_request, response) => void response.writeHead(413, { connection: 'close' }).end());
    expect(['answered', 'lost']).toContain((await post(url, { body: large })).type);
  });
  it('the process stops: cut at once', async () => {
    const stop = new AbortController();
    const url = await serve((request) => void wholeBody(request).then(() => stop.abort()));
    expect(await post(url, { signal: stop.signal })).toEqual({ type: 'lost' });
  });
});

describe('the life of a permit', () => {
  it('that is over before the first byte lets none go', async () => {
    let requests = 0;
    const url = await serve((_request, response) => void response.end(String(requests++)));
    expect(['not-begun', 'not-connected']).toContain((await post(url, { life: life(0) })).type);
    expect(requests).toBe(0);
  });

  it.each(['http', 'https'])(
    'that ends in the middle of the body cuts the connection: the last byte never arrives (%s)',
    async (scheme) => {
      let ended = false;
      let arrivedBytes = 0;
      let reset = '';
      const closed = Promise.withResolvers<void>();
      const handler: http.RequestListener = (request) => {
        request.on('error', (error: NodeJS.ErrnoException) => {
          reset = error.code ?? '';
        });
        request.on('close', () => closed.resolve());
        request.on('end', () => {
          ended = true;
        });
        request.on('data', (piece: Buffer) => {
          arrivedBytes += piece.length;
          request.pause();
          setTimeout(() => request.resume(), 40);
        });
      };
      const server = scheme === 'http' ? http.createServer(handler) : https.createServer({ key, cert }, handler);
      const port = await listening(server);
      const call = {
        method: 'POST',
        url: new URL(`${scheme}://127.0.0.1:${port}/`),
        headers: {},
        body: large,
        isInternal: true,
        answerTimeoutMs: 5000,
        answerBytesMax: 10,
        signal: new AbortController().signal,
      } as const;
      const clock = performance.now();
      expect(await new Egress({ trustedCa: cert }).send({ ...call, life: life(500) })).toEqual({ type: 'cut' });
      expect(performance.now() - clock).toBeLessThan(10_000);
      await closed.promise;
      expect(arrivedBytes).toBeLessThan(large.length);
      expect({ ended, reset }).toEqual({ ended: false, reset: 'ECONNRESET' });
    },
  );

  it('is looked at before every piece, not only now and then', async () => {
    let arrivedBytes = 0;
    const url = await serve((request) => {
      request.on('data', (piece: Buffer) => {
        arrivedBytes += piece.length;
      });
      request.on('error', () => undefined);
    });
    let looks = 0;
    // A host that slept after the twentieth look.
    const life = new PermitLife({ monotonicMs: 0, wallMs: 0 }, 30_000, () => ({ monotonicMs: 1, wallMs: looks++ < 20 ? 1 : 40_000 }));
    expect(await post(url, { body: large, life })).toEqual({ type: 'cut' });
    expect(arrivedBytes).toBeLessThan(large.length / 4);
  });

  it('binds bytes, not the answer: after the last byte the answer may take longer', async () => {
    const url = await serve((request, response) => {
      void wholeBody(request).then(() => setTimeout(() => response.writeHead(201).end(), 900));
    });
    expect(await post(url, { life: life(300) })).toMatchObject({ type: 'answered', status: 201 });
  });

  it('cuts also what only the kernel still holds', async () => {
    // The receiver takes the connection and reads nothing: everything that was "sent" lies in buffers, and the window is shut.
    const arrived: net.Socket[] = [];
    const port = await listening(net.createServer({ pauseOnConnect: true }, (socket) => void arrived.push(socket)));
    // More than a receiver's window takes, less than the sender's kernel does.
    const body = Buffer.alloc(1024 * 1024, 'x');
    const answer = await post(`http://127.0.0.1:${port}/`, { body, life: life(600), answerTimeoutMs: 3000 });
    expect(answer).toEqual({ type: 'cut' });
    let bytes = 0;
    const socket = arrived[0];
    socket?.on('data', (piece: Buffer) => {
      bytes += piece.length;
    });
    socket?.on('error', () => undefined);
    socket?.resume();
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(bytes).toBeLessThan(body.length);
  });

  it('is over as soon as either clock says so: a host that slept shows it on its wall clock', () => {
    const since = { monotonicMs: 1000, wallMs: 50_000 };
    const at = (monotonicMs: number, wallMs: number) => new PermitLife(since, 30_000, () => ({ monotonicMs, wallMs })).isOver();
    expect(at(20_000, 70_000)).toBe(false);
    expect(at(2000, 80_000)).toBe(true);
    expect(at(31_000, 50_000)).toBe(true);
    expect(at(20_000, 10_000)).toBe(false);
  });
});
