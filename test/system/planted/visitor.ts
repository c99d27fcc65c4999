import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { localToken } from '../../../deploy/local/token.mjs';
import type { Place } from './scan.js';

const answerTimeoutMs = 30_000;

export interface Ask {
  readonly role?: string;
  readonly party?: string;
  readonly body?: string | Uint8Array | object;
  readonly headers?: Readonly<Record<string, string>>;
}
export interface Told {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/** Knocks at doors with whatever a client may send, and keeps every refusal as it came: body and headers. */
export class Visitor {
  readonly refusals: Place[] = [];
  constructor(
    private readonly url: string,
    private readonly dataDir: string,
  ) {}

  /** Header values may be in any script: they travel as UTF-8 bytes, as careless clients send them. */
  async ask(method: string, path: string, { role = 'records-staff', party, body, headers = {} }: Ask = {}): Promise<Told> {
    const isRaw = typeof body === 'string' || body instanceof Uint8Array;
    const all = {
      authorization: `Bearer ${this.token(role, party)}`,
      ...(body === undefined ? {} : { 'content-type': isRaw ? 'application/octet-stream' : 'application/json' }),
      ...headers,
    };
    const answer = await fetch(this.url + path, {
      method,
      headers: Object.fromEntries(Object.entries(all).map(([name, value]) => [name, Buffer.from(value, 'utf8').toString('latin1')])),
      // A Buffer is a Uint8Array over an ArrayBuffer, which the type of fetch wants said.
      body: body === undefined ? undefined : isRaw ? (body as string | Uint8Array<ArrayBuffer>) : JSON.stringify(body),
      signal: AbortSignal.timeout(answerTimeoutMs),
    });
    const text = await answer.text();
    const where = `${method} answered ${answer.status} (refusal ${this.refusals.length + 1})`;
    if (answer.status >= 400) this.refusals.push({ where, text: `${[...answer.headers].join('\n')}\n${text}` });
    return { status: answer.status, body: text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : {} };
  }

  /** Bytes on a connection that no HTTP client would send. */
  async sayRaw(bytes: string): Promise<number> {
    const { hostname, port } = new URL(this.url);
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    socket.setTimeout(answerTimeoutMs, () => socket.destroy());
    socket.write(bytes);
    let text = '';
    for await (const chunk of socket) text += String(chunk);
    this.refusals.push({ where: `raw bytes (refusal ${this.refusals.length + 1})`, text });
    return Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0);
  }

  async page(path: string): Promise<Place> {
    const answer = await fetch(this.url + path, { signal: AbortSignal.timeout(answerTimeoutMs) });
    return { where: path, text: await answer.text() };
  }

  token(role: string, party?: string): string {
    return localToken({ issuerDir: join(this.dataDir, 'issuer'), subject: `visitor-${role}`, roles: [role], ...(party ? { party } : {}) });
  }
}
