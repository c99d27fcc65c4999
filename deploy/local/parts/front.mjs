import { Agent, createServer, request } from 'node:http';
import { pipeline } from 'node:stream';
import { reasonOf } from '../host.mjs';
import { describeAll, docsPageScript } from './front-docs.mjs';

/**
 * One port for all services, so that the cluster has the doors of `npm start`: the first segment of the path names the service.
 * Bodies stream both ways; a side that goes away ends the other.
 */

/** As the services' own limits (libs/shared/src/http/app.ts): a shorter one here would cut a long upload (ms). */
const requestTimeoutMs = 3_600_000;
const headersTimeoutMs = 20_000;
const headerBytesMax = 16 * 1024;
/** A service that does not tell in this time whether it is ready is not (ms). */
const readyTimeoutMs = 3000;
/** What one connection says about itself and must not pass on (RFC 9110 section 7.6.1), and `expect`, which Node answers itself. */
const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'expect',
]);
/** No connection is kept: one that a killed service left would fail the next request. On loopback a new one costs 0.1 ms. */
const agent = new Agent({ keepAlive: false });

/**
 * @param {{ port: number, host: string, services: Readonly<Record<string, { port: number }>> }} options
 * @returns {Promise<{ stop: () => Promise<void> }>}
 */
export async function startFront({ port, host, services }) {
  const server = createServer(
    { maxHeaderSize: headerBytesMax, requestTimeout: requestTimeoutMs, headersTimeout: headersTimeoutMs },
    (incoming, answer) => {
      const path = (incoming.url ?? '/').split('?')[0] ?? '/';
      const first = path.split('/')[1] ?? '';
      if (path === '/health') return sendJson(answer, 200, { status: 'alive' });
      if (path === '/ready') return void tellReady(answer, services);
      if (path === '/docs-json') return void tellDocs(answer, services);
      if (path === '/docs/swagger-ui-init.js') return send(answer, 200, docsPageScript, 'text/javascript');
      if (path === '/metrics') return tellMetrics(answer, services);
      const name = first === 'docs' ? 'ingestion' : first;
      const service = Object.hasOwn(services, name) ? services[name] : undefined;
      if (service === undefined)
        return sendProblem(
          answer,
          404,
          'not-found',
          'Not found',
          `There is no such door. The services are ${Object.keys(services).join(', ')}.`,
        );
      forward(incoming, answer, service.port, name);
    },
  );
  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host }, () => resolve(undefined));
  });
  return {
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/**
 * @param {import('node:http').IncomingMessage} incoming @param {import('node:http').ServerResponse} answer
 * @param {number} port @param {string} name
 */
function forward(incoming, answer, port, name) {
  const hasBody = incoming.headers['content-length'] !== undefined || incoming.headers['transfer-encoding'] !== undefined;
  const upstream = request({
    host: '127.0.0.1',
    port,
    method: incoming.method,
    path: incoming.url,
    headers: passedOn(incoming.headers),
    agent,
  });
  upstream.once('response', (response) => {
    // Refused before the whole body was read: the rest cannot be told from a next request.
    if (!incoming.complete) answer.setHeader('connection', 'close');
    answer.writeHead(response.statusCode ?? 502, rawPassedOn(response.rawHeaders));
    pipeline(response, answer, () => {
      // The caller went away, or the service died half-way: pipeline has ended both sides.
    });
  });
  upstream.once('error', () => {
    // After the answer has begun only cutting it short is honest.
    if (answer.headersSent) return void answer.destroy();
    sendAway(answer, name);
  });
  // The caller is gone before its answer: the service must not work on.
  answer.once('close', () => {
    if (!answer.writableFinished) upstream.destroy();
  });
  if (hasBody) incoming.pipe(upstream);
  else upstream.end();
}

/** @param {import('node:http').IncomingHttpHeaders} headers */
const passedOn = (headers) => Object.fromEntries(Object.entries(headers).filter(([name]) => !hopByHop.has(name)));

/** Names and values by turns, as Node reads and writes them: repeated headers stay apart. @param {readonly string[]} raw */
function rawPassedOn(raw) {
  /** @type {string[]} */
  const kept = [];
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const [name, value] = [String(raw[at]), String(raw[at + 1])];
    if (!hopByHop.has(name.toLowerCase())) kept.push(name, value);
  }
  return kept;
}

/**
 * Ready when every service is; says which is not.
 * @param {import('node:http').ServerResponse} answer @param {Readonly<Record<string, { port: number }>>} services
 */
async function tellReady(answer, services) {
  const parts = await Promise.all(Object.entries(services).map(([name, { port }]) => askReady(name, port)));
  const isReady = parts.every((part) => part.ready);
  sendJson(answer, isReady ? 200 : 503, { status: isReady ? 'ready' : 'not-ready', parts });
}

/** @param {string} name @param {number} port */
async function askReady(name, port) {
  try {
    const told = await fetch(`http://127.0.0.1:${port}/ready`, { signal: AbortSignal.timeout(readyTimeoutMs) });
    // The shape of every service's /ready (libs/shared/src/http/app.ts).
    const body = /** @type {{ parts?: { name: string, ready: boolean, reason?: string }[] }} */ (await told.json());
    const waiting = (body.parts ?? []).filter((part) => !part.ready).map((part) => `${part.name}: ${part.reason ?? 'not ready'}`);
    return { name, ready: told.ok, ...(told.ok ? {} : { reason: waiting.join('; ') || `answers ${told.status}` }) };
  } catch (error) {
    return { name, ready: false, reason: `does not answer (${reasonOf(error)})` };
  }
}

/** @param {import('node:http').ServerResponse} answer @param {Readonly<Record<string, { port: number }>>} services */
async function tellDocs(answer, services) {
  const told = await describeAll(services);
  if ('away' in told) sendAway(answer, told.away);
  else sendJson(answer, 200, told.document);
}

/** Series of several processes under one name would be wrong sums. @param {import('node:http').ServerResponse} answer @param {Readonly<Record<string, { port: number }>>} services */
function tellMetrics(answer, services) {
  const own = Object.entries(services).map(([name, { port }]) => `${name} at http://127.0.0.1:${port}/metrics`);
  sendProblem(answer, 404, 'not-found', 'Not found', `Each service has its own metrics: ${own.join(', ')}.`);
}

/** @param {import('node:http').ServerResponse} answer @param {string} name */
function sendAway(answer, name) {
  sendProblem(
    answer,
    502,
    'service-away',
    'Service away',
    `${name} does not answer now. Try again; nothing that was answered 202 is lost.`,
  );
}

/** @param {import('node:http').ServerResponse} answer @param {number} status @param {string} text @param {string} type */
function send(answer, status, text, type) {
  answer
    .writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(text), 'x-content-type-options': 'nosniff' })
    .end(text);
}

/** @param {import('node:http').ServerResponse} answer @param {number} status @param {object} body @param {string} [type] */
function sendJson(answer, status, body, type = 'application/json') {
  send(answer, status, JSON.stringify(body), type);
}

/** RFC 9457. @param {import('node:http').ServerResponse} answer @param {number} status @param {string} code @param {string} title @param {string} detail */
function sendProblem(answer, status, code, title, detail) {
  sendJson(answer, status, { type: `urn:bulfinch:problem:${code}`, title, status, code, detail }, 'application/problem+json');
}
