import { createServer } from 'node:http';
import { markerPattern } from './record.mjs';

/** Documents kept to be read back; the oldest goes first. Some 35 KB each. */
const keptMax = 2000;
/** Twenty times what the benchmark sends. */
const bodyBytesMax = 2 * 1024 * 1024;

/**
 * @typedef {object} Receiver a clinic that answers at once, keeps what came in memory, and serves it when it is read back
 * @property {string} url
 * @property {(marker: string) => Promise<number>} arrival when the last byte of the document with this marker was here (performance.now); of the first time it came
 * @property {() => number} repeats documents that came more than once
 * @property {() => Promise<void>} stop
 */

/** Starts the receiving end in this process, so that both ends of a transfer are timed by one clock. @returns {Promise<Receiver>} */
export async function startReceiver() {
  /** @type {Map<string, (at: number) => void>} */
  const awaited = new Map();
  /** @type {Set<string>} */
  const seen = new Set();
  let repeats = 0;
  let count = 0;
  /** @type {Map<string, Buffer>} */
  const kept = new Map();
  const server = createServer((request, response) => {
    if (request.method === 'GET') return serve(kept, request.url ?? '', response);
    /** @type {Buffer[]} */
    const pieces = [];
    let sizeBytes = 0;
    request.on('data', (/** @type {Buffer} */ piece) => {
      sizeBytes += piece.length;
      if (sizeBytes > bodyBytesMax) request.destroy();
      pieces.push(piece);
    });
    request.on('end', () => {
      const at = performance.now();
      const location = `${request.url}/${++count}`;
      response.writeHead(201, { location, etag: 'W/"1"', 'content-length': 0 }).end();
      const body = Buffer.concat(pieces);
      kept.set(location, body);
      if (kept.size > keptMax) kept.delete(/** @type {string} */ (kept.keys().next().value));
      const marker = markerPattern.exec(body.toString('latin1'))?.[0];
      if (marker === undefined) return;
      if (seen.has(marker)) repeats++;
      seen.add(marker);
      awaited.get(marker)?.(at);
      awaited.delete(marker);
    });
  });
  await new Promise((resolve) => server.listen({ port: 0, host: '127.0.0.1' }, () => resolve(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    url: `http://127.0.0.1:${port}`,
    arrival: (marker) => new Promise((resolve) => awaited.set(marker, resolve)),
    repeats: () => repeats,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A FHIR server serves a resource under the id it gave. @param {ReadonlyMap<string, Buffer>} kept @param {string} url @param {import('node:http').ServerResponse} response */
function serve(kept, url, response) {
  const body = kept.get(url);
  if (!body) return void response.writeHead(404, { 'content-length': 0 }).end();
  const id = url.slice(url.lastIndexOf('/') + 1);
  const served = Buffer.concat([Buffer.from(`{"id":"${id}",`), body.subarray(1)]);
  response.writeHead(200, { 'content-type': 'application/fhir+json', 'content-length': served.length }).end(served);
}
