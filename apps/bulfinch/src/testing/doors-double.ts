import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { runProgram } from '../program.js';

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body: string;
}
export interface Ran {
  readonly code: number;
  readonly out: readonly string[];
  readonly err: readonly string[];
}
/** What a door answers: a status and a body; undefined: there is no such thing (404). */
export type Answering = (asked: Asked) => { readonly status?: number; readonly body: object } | undefined;

const nothingThere = { status: 404, body: { code: 'not-found', detail: 'There is no such thing, or not for you.' } };

/** The product's doors as the command line sees them, played by an HTTP server, and the command line pointed at it. */
export class DoorsDouble {
  private constructor(
    private readonly url: string,
    /** Everything that was asked, in order. */
    readonly asked: readonly Asked[],
    readonly stop: () => void,
  ) {}

  static async start(answering: Answering): Promise<DoorsDouble> {
    const heard: Asked[] = [];
    const server = createServer((incoming, answer) => {
      void read(incoming).then((body) => {
        const asked = { method: incoming.method ?? '', path: incoming.url ?? '', body };
        heard.push(asked);
        const found = answering(asked) ?? nothingThere;
        answer.writeHead(found.status ?? 200, { 'content-type': 'application/json' }).end(JSON.stringify(found.body));
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo; // a TCP server's address has a port
    return new DoorsDouble(`http://127.0.0.1:${port}`, heard, () => {
      server.closeAllConnections();
      server.close();
    });
  }

  /** Runs a command line with a token, so that no issuer is needed. */
  async run(args: readonly string[], token = 'any'): Promise<Ran> {
    const out: string[] = [];
    const err: string[] = [];
    const io = { out: (line: string) => void out.push(line), say: (line: string) => void err.push(line), progress: () => undefined };
    const code = await runProgram(args, { config: { url: this.url, token, dataDir: '/nowhere' }, io });
    return { code, out, err };
  }
}

async function read(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer); // no encoding is set: chunks are buffers
  return Buffer.concat(chunks).toString('utf8');
}
