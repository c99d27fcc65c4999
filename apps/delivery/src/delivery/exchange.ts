import type { ClientRequest, IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Sending } from './domain/outcome.js';
import type { PermitLife } from './life.js';
import { unacknowledgedBytes } from './send-queue.js';

/** Bytes between two looks at the clocks. */
const chunkBytes = 64 * 1024;
/** Between two looks at the clocks while the other side reads slowly, ms: a host that slept is noticed by its wall clock. */
const lifeLookMs = 250;

/** One request to a recipient. Times in ms, sizes in bytes. */
export interface EgressCall {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer;
  /** A recipient inside of the house's own network: private addresses are allowed. */
  readonly isInternal: boolean;
  /** Bytes may leave while it lasts; absent for what carries no content (a search by our own identifier). */
  readonly life?: PermitLife;
  /** Counted from the last byte sent. */
  readonly answerTimeoutMs: number;
  readonly answerBytesMax: number;
  /** Aborted: the connection is cut at once. */
  readonly signal: AbortSignal;
}

export type EgressAnswer =
  | {
      readonly type: 'answered';
      readonly status: number;
      readonly headers: IncomingHttpHeaders;
      readonly body: Buffer;
      readonly isWhole: boolean;
    }
  | Exclude<Sending, { type: 'answered' }>;

/** One request over one connection, from its first byte to what is known at the end. */
export class Exchange {
  private readonly done: Promise<EgressAnswer>;
  private settle: (answer: EgressAnswer) => void = () => undefined;
  private isSettled = false;
  private isSent = false;
  /** A status line came: from here on it is what is known, whatever becomes of the connection. */
  private isHeard = false;
  private answerTimer: NodeJS.Timeout | undefined;
  private lifeTimer: NodeJS.Timeout | undefined;
  private readonly abort = (): void => this.cut('lost');

  constructor(
    private readonly call: EgressCall,
    private readonly raw: Socket,
    private readonly request: ClientRequest,
  ) {
    this.done = new Promise((resolve) => {
      this.settle = resolve;
    });
  }

  async run(): Promise<EgressAnswer> {
    const { call, request } = this;
    call.signal.addEventListener('abort', this.abort, { once: true });
    request.on('response', (response) => void this.hear(response));
    request.on('error', (error: NodeJS.ErrnoException) => this.lose(error.code?.startsWith('HPE_') ? 'not-readable' : 'lost'));
    request.on('close', () => this.lose('lost'));
    request.on('finish', () => {
      this.isSent = true;
      this.answerTimer = setTimeout(() => this.cut('no-answer'), call.answerTimeoutMs);
    });
    this.lifeTimer = call.life && setInterval(() => void this.watchLife(), lifeLookMs);
    void this.write();
    try {
      return await this.done;
    } finally {
      clearTimeout(this.answerTimer);
      clearInterval(this.lifeTimer);
      call.signal.removeEventListener('abort', this.abort);
      request.destroy();
      this.raw.destroy();
    }
  }

  /** Looks at the clocks before every piece; never begins one when the life is over. */
  private async write(): Promise<void> {
    const body = this.call.body ?? Buffer.alloc(0);
    for (let at = 0; at < body.length && !this.isSettled; at += chunkBytes) {
      if (this.call.life?.isOver()) return this.cut('cut');
      if (!this.request.write(body.subarray(at, at + chunkBytes))) await this.drained();
    }
    if (!this.isSettled) this.request.end();
  }

  private drained(): Promise<void> {
    return new Promise((resolve) => {
      const go = (): void => {
        this.request.removeListener('drain', go).removeListener('close', go);
        resolve();
      };
      this.request.on('drain', go).on('close', go);
    });
  }

  /** At the end of the life: what is unsent stays unsent, also what only the kernel still holds. The wait for an answer goes on. */
  private async watchLife(): Promise<void> {
    if (!this.call.life?.isOver()) return;
    clearInterval(this.lifeTimer);
    if (!this.isSent) return this.cut('cut');
    const unacknowledged = await unacknowledgedBytes(this.raw);
    if (unacknowledged !== undefined && unacknowledged > 0) this.cut('cut');
  }

  /** The status line decides; the rest of the answer is taken as far as the limit and the time go. */
  private async hear(response: IncomingMessage): Promise<void> {
    this.isHeard = true;
    const answered = { type: 'answered', status: response.statusCode ?? 0, headers: response.headers } as const;
    const pieces: Buffer[] = [];
    let sizeBytes = 0;
    clearTimeout(this.answerTimer);
    this.answerTimer = setTimeout(() => this.end({ ...answered, body: Buffer.concat(pieces), isWhole: false }), this.call.answerTimeoutMs);
    try {
      for await (const piece of response as AsyncIterable<Buffer>) {
        sizeBytes += piece.length;
        if (sizeBytes > this.call.answerBytesMax) break;
        pieces.push(piece);
      }
      this.end({ ...answered, body: Buffer.concat(pieces), isWhole: sizeBytes <= this.call.answerBytesMax });
    } catch {
      // Cut off in its body: the status was heard, and that is what counts.
      this.end({ ...answered, body: Buffer.concat(pieces), isWhole: false });
    }
  }

  /** Resets the connection, so that the kernel throws away what it has not sent. */
  private cut(type: 'cut' | 'lost' | 'no-answer'): void {
    if (this.isSettled) return;
    this.raw.resetAndDestroy();
    this.lose(type);
  }

  private lose(type: 'cut' | 'lost' | 'no-answer' | 'not-readable'): void {
    if (!this.isHeard) this.end({ type });
  }

  private end(answer: EgressAnswer): void {
    this.isSettled = true;
    this.settle(answer);
  }
}
