import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Planted } from './planted.js';

/** How the receiver answers, by the party that its address names. */
const manners = ['refuses', 'fails', 'babbles', 'accepts'] as const;
export type Manner = (typeof manners)[number];

/** A receiver that says patients' values in every answer: in bodies, headers, status lines. Loopback only. */
export class TalkativeClinic {
  private readonly server: Server;
  /** Requests that came, by manner. */
  readonly heard = new Map<Manner, number>();

  constructor(private readonly planted: Planted) {
    this.server = createServer((request, response) => void this.answer(request, response));
  }

  async start(): Promise<void> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  baseUrl(manner: Manner): string {
    // An HTTP server that listens has an address with a port.
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/${manner}/fhir`;
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    for await (const _chunk of request); // Read whole: it may be dropped, but must have arrived.
    const manner = manners.find((known) => request.url?.startsWith(`/${known}/`));
    if (!manner) throw new Error('the receiver was asked at an address of nobody');
    this.heard.set(manner, (this.heard.get(manner) ?? 0) + 1);
    if (request.method === 'GET') return this.say(response, 404);
    switch (manner) {
      case 'refuses':
        return this.say(response, 422);
      case 'fails':
        return this.say(response, 503);
      case 'accepts':
        return this.say(response, 201);
      case 'babbles': {
        // No HTTP at all.
        response.socket?.end(
          `HTTP/1.1 200 ${this.planted.word('clinic status line')}\r\n${this.planted.word('clinic broken header')}\r\n\r\n`,
        );
      }
    }
  }

  private say(response: ServerResponse, status: number): void {
    const { planted } = this;
    const latin1 = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');
    response.writeHead(status, planted.word('clinic reason phrase'), {
      'content-type': `application/fhir+json; note=${planted.word('clinic content type')}`,
      location: `${planted.word('clinic location')}/_history/1`,
      etag: `W/"${planted.word('clinic etag')}"`,
      [`x-${planted.word('clinic header name')}`]: latin1(planted.name('clinic header value')),
      'retry-after': planted.word('clinic retry after'),
    });
    const outcome = { severity: 'error', code: planted.word('clinic issue code'), diagnostics: planted.text('clinic diagnostics') };
    response.end(JSON.stringify({ resourceType: 'OperationOutcome', id: planted.word('clinic outcome id'), issue: [outcome] }));
  }
}
