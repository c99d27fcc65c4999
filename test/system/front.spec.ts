import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { freePorts } from '../../deploy/local/host.mjs';
import { startFront } from '../../deploy/local/parts/front.mjs';

const opened: Server[] = [];
const fronts: { stop: () => Promise<void> }[] = [];
afterEach(async () => {
  for (const front of fronts.splice(0)) await front.stop();
  for (const server of opened.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** A service in the role of ingestion behind the front. */
async function behindFront(service: RequestListener | undefined): Promise<number> {
  const [away = 0] = await freePorts(1);
  return frontOf({ ingestion: service ? await openService(service) : away, audit: away });
}

/** A front of services by their ports. */
async function frontOf(ports: Readonly<Record<string, number>>): Promise<number> {
  const [port = 0] = await freePorts(1);
  const services = Object.fromEntries(Object.entries(ports).map(([name, behind]) => [name, { port: behind }]));
  fronts.push(await startFront({ port, host: '127.0.0.1', services }));
  return port;
}

async function openService(service: RequestListener): Promise<number> {
  const server = createServer(service).listen(0, '127.0.0.1');
  await once(server, 'listening');
  opened.push(server);
  return (server.address() as AddressInfo).port; // a TCP server's address has a port
}

/** A service that describes itself, with a page. */
function describing(document: object): RequestListener {
  return ({ url }, answer) => void answer.end(url === '/docs-json' ? JSON.stringify(document) : 'the page');
}

async function textOf(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer); // no encoding is set: chunks are buffers
  return Buffer.concat(chunks).toString('utf8');
}

describe('the one door of a cluster', () => {
  it('passes method, path, headers and body on as they came, and the answer back', async () => {
    const port = await behindFront((incoming, answer) => {
      answer.writeHead(201, ['set-cookie', 'a=1', 'set-cookie', 'b=2', 'content-type', 'text/plain']);
      void textOf(incoming).then((body) => answer.end(`${incoming.method} ${incoming.url} ${incoming.headers.authorization} ${body}`));
    });
    const answer = await fetch(`http://127.0.0.1:${port}/ingestion/transfers?state=draft`, {
      method: 'POST',
      headers: { authorization: 'Bearer x' },
      body: 'Zoë',
    });
    expect(answer.status).toBe(201);
    expect(answer.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect(await answer.text()).toBe('POST /ingestion/transfers?state=draft Bearer x Zoë');
  });

  it('hands an upload on while it is still coming', async () => {
    let heard: (text: string) => void = () => {};
    const first = new Promise<string>((resolve) => {
      heard = resolve;
    });
    const port = await behindFront((incoming, answer) => {
      incoming.once('data', (chunk: Buffer) => heard(chunk.toString('utf8')));
      incoming.once('end', () => answer.end('whole'));
    });
    const upload = request({ port, host: '127.0.0.1', method: 'PUT', path: '/ingestion/transfers/1/documents/2' });
    upload.write('first part');
    expect(await first).toBe('first part');
    upload.end('second part');
    const [answer] = (await once(upload, 'response')) as [IncomingMessage]; // the event's one argument
    expect(await textOf(answer)).toBe('whole');
  });

  it('ends the upload at the service when the caller goes away', async () => {
    let cut: () => void = () => {};
    const isCut = new Promise<void>((resolve) => {
      cut = resolve;
    });
    let arrived: () => void = () => {};
    const isThere = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const port = await behindFront((incoming) => {
      incoming.once('data', () => arrived());
      incoming.once('aborted', () => cut());
    });
    const upload = request({ port, host: '127.0.0.1', method: 'PUT', path: '/ingestion/x' });
    upload.on('error', () => {});
    upload.write('first part');
    await isThere;
    upload.destroy();
    await isCut;
  });

  it('cuts the answer short when the service dies in the middle of it', async () => {
    const port = await behindFront((_, answer) => {
      answer.writeHead(200, { 'content-length': '1000' });
      answer.write('half', () => answer.destroy());
    });
    const answer = await fetch(`http://127.0.0.1:${port}/ingestion/x`);
    await expect(answer.text()).rejects.toThrow('terminated');
  });

  it('tells the refusal of a service that did not read the whole upload', async () => {
    const port = await behindFront(
      (_, answer) => void answer.writeHead(413, { 'content-type': 'application/problem+json' }).end('{"status":413}'),
    );
    const upload = request({ port, host: '127.0.0.1', method: 'PUT', path: '/ingestion/x', headers: { 'content-length': '100000000' } });
    upload.on('error', () => {});
    upload.write('first part');
    const [answer] = (await once(upload, 'response')) as [IncomingMessage]; // the event's one argument
    expect(answer.statusCode).toBe(413);
    expect(await textOf(answer)).toBe('{"status":413}');
    upload.destroy();
  });

  it('says which service is away, and which doors there are, as problem details', async () => {
    const port = await behindFront(undefined);
    const away = await fetch(`http://127.0.0.1:${port}/ingestion/transfers`);
    expect(away.status).toBe(502);
    expect(away.headers.get('content-type')).toBe('application/problem+json');
    expect(await away.json()).toMatchObject({ status: 502, code: 'service-away', detail: expect.stringContaining('ingestion') });
    const unknown = await fetch(`http://127.0.0.1:${port}/constructor/x`);
    expect(unknown.status).toBe(404);
    expect(await unknown.json()).toMatchObject({ code: 'not-found', detail: expect.stringContaining('audit') });
  });

  it('describes the doors of all services in one document, and its page shows that one', async () => {
    const described = (name: string): object => ({
      openapi: '3.0.0',
      info: { title: `Bulfinch ${name}` },
      tags: [{ name }, { name: 'shared' }],
      paths: { [`/${name}/x`]: { get: { tags: [name] } } },
      components: { schemas: { [name]: {} }, securitySchemes: { bearer: { type: 'http' } } },
    });
    const port = await frontOf({
      ingestion: await openService(describing(described('ingestion'))),
      audit: await openService(describing(described('audit'))),
    });
    expect(await (await fetch(`http://127.0.0.1:${port}/docs-json`)).json()).toEqual({
      openapi: '3.0.0',
      info: { title: 'Bulfinch' },
      tags: [{ name: 'ingestion' }, { name: 'shared' }, { name: 'audit' }],
      paths: { '/ingestion/x': { get: { tags: ['ingestion'] } }, '/audit/x': { get: { tags: ['audit'] } } },
      components: { schemas: { ingestion: {}, audit: {} }, securitySchemes: { bearer: { type: 'http' } } },
    });
    expect(await (await fetch(`http://127.0.0.1:${port}/docs`)).text()).toBe('the page');
    expect(await (await fetch(`http://127.0.0.1:${port}/docs/swagger-ui-init.js`)).text()).toContain("url: '/docs-json'");
  });

  it('leaves no service out of the description in silence', async () => {
    const port = await behindFront(describing({ paths: {} }));
    const answer = await fetch(`http://127.0.0.1:${port}/docs-json`);
    expect(answer.status).toBe(502);
    expect(await answer.json()).toMatchObject({ code: 'service-away', detail: expect.stringContaining('audit') });
  });

  it("names the place of each service's metrics", async () => {
    const port = await behindFront(() => {});
    const answer = await fetch(`http://127.0.0.1:${port}/metrics`);
    expect(answer.status).toBe(404);
    expect(await answer.json()).toMatchObject({
      code: 'not-found',
      detail: expect.stringMatching(/ingestion at http:\S+\/metrics, audit at/),
    });
  });

  it('is ready when every service is, and names the one that is not', async () => {
    const port = await behindFront((_, answer) => void answer.writeHead(200, { 'content-type': 'application/json' }).end('{"parts":[]}'));
    const told = await fetch(`http://127.0.0.1:${port}/ready`);
    expect(told.status).toBe(503);
    const { parts } = (await told.json()) as { parts: { name: string; ready: boolean }[] }; // the front's own shape
    expect(parts.filter((part) => !part.ready).map((part) => part.name)).toEqual(['audit']);
  });
});
