import { createHash, randomUUID } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import type { DocumentSummary } from './domain/check-document.js';
import type { Token } from './domain/check-transaction.js';

/** A resource that a transaction made: its place in the body and what it is found by. */
export interface StoredResource {
  readonly type: string;
  readonly id: string;
  readonly entry: number;
  readonly tokens: readonly Token[];
}
/** What a transaction made. `references`: each fullUrl of the body to the clinic's own `Type/id`. */
export interface Made {
  readonly resources: readonly StoredResource[];
  readonly references: Readonly<Record<string, string>>;
}

/** A document or a transaction the clinic took. `at` fields are instants; the bytes lie in the journal, exactly as they came. */
export interface Received extends DocumentSummary, Partial<Made> {
  readonly id: string;
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly receivedAt: string;
}
/** A request that came, whatever became of it. */
export interface RequestLine {
  readonly at: string;
  readonly method: string;
  readonly door: 'create' | 'search' | 'read' | 'transaction' | 'token';
  readonly answer: number | 'reset';
  readonly sizeBytes: number;
  readonly sha256?: string;
  readonly isAuthorized: boolean;
}
type Line = ({ readonly kind: 'received' } & Received) | ({ readonly kind: 'request' } & RequestLine);

/** First look for the end of a line, bytes; doubled until it is found: what was acknowledged is never cut off for the length of its line. */
const lineLookBytes = 64 * 1024;
const newline = 0x0a;

/**
 * Append-only file of one party: a JSON line for each request; after the line of a received document its bytes and a line end. What is
 * answered 201 was fsynced before. A tail torn by a crash is cut off at start.
 */
export class PartyJournal {
  readonly received: Received[] = [];
  readonly requests: RequestLine[] = [];
  private readonly offsets = new Map<string, number>();
  private sizeBytes = 0;
  private last: Promise<unknown> = Promise.resolve();

  private constructor(private readonly file: FileHandle) {}

  static async open(path: string): Promise<PartyJournal> {
    // a+ would make every read-back go through the append position; r+ needs the file to be there.
    const file = await open(path, 'a+').then(async (made) => {
      await made.close();
      return open(path, 'r+');
    });
    const journal = new PartyJournal(file);
    await journal.restore();
    return journal;
  }

  /** One after the other: a look for an identifier and the append that follows it are one step. */
  inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = this.last.then(work, work);
    this.last = turn;
    return turn;
  }

  /** Keeps a document; on disk when it returns. Call it in turn. */
  async keep(body: Buffer, summary: DocumentSummary, made?: Made): Promise<Received> {
    const received: Received = {
      id: newId(),
      ...summary,
      ...made,
      sha256: sha256Of(body),
      sizeBytes: body.length,
      receivedAt: new Date().toISOString(),
    };
    const line = lineOf({ kind: 'received', ...received });
    await this.append([line, body, Buffer.of(newline)]);
    await this.file.datasync();
    this.offsets.set(received.id, this.sizeBytes - body.length - 1);
    this.received.push(received);
    return received;
  }

  note(request: RequestLine): Promise<void> {
    return this.inTurn(async () => {
      await this.append([lineOf({ kind: 'request', ...request })]);
      this.requests.push(request);
    });
  }

  /** The bytes as they came; undefined where the id is not known. */
  async bytesOf(id: string): Promise<Buffer | undefined> {
    const received = this.received.find((one) => one.id === id);
    const offset = this.offsets.get(id);
    if (!received || offset === undefined) return undefined;
    return this.read(offset, received.sizeBytes);
  }

  async close(): Promise<void> {
    await this.last.catch(() => undefined); // Told to whoever waited for it.
    await this.file.close();
  }

  private async append(parts: readonly Buffer[]): Promise<void> {
    const bytes = parts.reduce((sum, part) => sum + part.length, 0);
    const { bytesWritten } = await this.file.writev([...parts], this.sizeBytes);
    if (bytesWritten !== bytes) throw new Error('clinic: the journal was not written whole');
    this.sizeBytes += bytes;
  }

  private async restore(): Promise<void> {
    const { size } = await this.file.stat();
    let at = 0;
    for (;;) {
      const line = await this.lineAt(at, size);
      if (!line) break;
      const end = at + line.bytes + (line.value.kind === 'received' ? line.value.sizeBytes + 1 : 0);
      if (end > size) break;
      if (line.value.kind === 'received') {
        const { kind: _kind, ...received } = line.value;
        this.offsets.set(received.id, at + line.bytes);
        this.received.push(received);
      } else {
        const { kind: _kind, ...request } = line.value;
        this.requests.push(request);
      }
      at = end;
    }
    await this.file.truncate(at);
    this.sizeBytes = at;
  }

  private async lineAt(at: number, size: number): Promise<{ readonly value: Line; readonly bytes: number } | undefined> {
    for (let look = lineLookBytes; ; look *= 2) {
      const head = await this.read(at, Math.min(look, size - at));
      const end = head.indexOf(newline);
      // The journal is our own file: what stands in it was written by `lineOf`.
      if (end !== -1) return { value: JSON.parse(head.toString('utf8', 0, end)) as Line, bytes: end + 1 };
      if (head.length < look) return undefined;
    }
  }

  private async read(offset: number, length: number): Promise<Buffer> {
    const buffer = Buffer.alloc(length);
    const { bytesRead } = await this.file.read(buffer, 0, length, offset);
    return buffer.subarray(0, bytesRead);
  }
}

/** An id of the clinic's own. */
export function newId(): string {
  return randomUUID();
}

export function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function lineOf(line: Line): Buffer {
  return Buffer.from(`${JSON.stringify(line)}\n`);
}
