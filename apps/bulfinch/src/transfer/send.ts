import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { Readable } from 'node:stream';
import { create } from 'content-disposition';
import type { Ask, Doors } from '../doors/doors.client.js';
import { Failed, type Io } from '../io.js';
import { checkFiles } from './file-check.js';

export interface Created {
  readonly id: string;
  readonly reference: string;
  readonly referralId: string;
  readonly state: string;
  readonly patientId?: string;
}
export interface Uploaded {
  readonly documentId: string;
  readonly sha256: string;
  readonly size: number;
  readonly type: string;
}

/**
 * Opens a transfer, uploads its documents, submits it: what `send` and the demo do. No draft stays behind when a document is not taken.
 * @throws WrongUse for a file that cannot be read, Failed with the refusal of the door
 */
export async function sendTransfer(
  doors: Doors,
  as: Ask,
  request: object,
  files: readonly string[],
  say: Io['say'],
): Promise<Created & { documents: Uploaded[] }> {
  await checkFiles(files);
  const created = await doors.call<Created>('POST', '/ingestion/transfers', {
    ...as,
    json: request,
    headers: { 'idempotency-key': randomUUID() },
  });
  say(`opened ${created.reference} (${created.id})`);
  if (created.patientId !== undefined) say(`patient ${created.patientId}`);
  const documents: Uploaded[] = [];
  try {
    for (const file of files) documents.push(await upload(doors, as, created, file, say));
  } catch (error) {
    throw await cancelled(doors, as, created, error);
  }
  await doors.call('POST', `/ingestion/transfers/${created.id}/submit`, { ...as, json: {} });
  say(`submitted ${created.reference}`);
  return { ...created, documents };
}

async function upload(doors: Doors, as: Ask, { id }: Created, file: string, say: Io['say']): Promise<Uploaded> {
  const uploaded = await doors.call<Uploaded>('PUT', `/ingestion/transfers/${id}/documents/${randomUUID()}`, {
    ...as,
    // The cast: Node's web stream and the fetch type's are the same thing under two names.
    body: Readable.toWeb(createReadStream(file)) as ReadableStream<Uint8Array>,
    headers: { 'content-disposition': create(basename(file)) },
  });
  say(`uploaded ${basename(file)}: ${uploaded.type}, ${uploaded.size} bytes`);
  return uploaded;
}

/** Cancels the draft whose upload failed, and gives the error to throw: the failure, and what became of the draft. */
async function cancelled(doors: Doors, as: Ask, { id, reference }: Created, error: unknown): Promise<unknown> {
  if (!(error instanceof Failed)) return error;
  try {
    await doors.call('POST', `/ingestion/transfers/${id}/cancel`, { ...as, json: { reason: 'A document could not be uploaded.' } });
    return new Failed(`${error.message}\nThe draft ${reference} was cancelled.`, { cause: error });
  } catch {
    // The first failure is the one to tell; most often nobody answers any more.
    return new Failed(`${error.message}\nThe draft ${reference} stays: it could not be cancelled.`, { cause: error });
  }
}
