import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, constants } from 'node:fs/promises';
import { basename } from 'node:path';
import { Readable } from 'node:stream';
import { create } from 'content-disposition';
import type { Ask, Doors } from '../doors/doors.client.js';
import { type Io, WrongUse } from '../io.js';

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

/** Opens a transfer, uploads its documents, submits it: what `send` and the demo do. @throws Failed with the refusal of the door */
export async function sendTransfer(
  doors: Doors,
  as: Ask,
  request: object,
  files: readonly string[],
  say: Io['say'],
): Promise<Created & { documents: Uploaded[] }> {
  // Before anything is opened: a draft without its documents would be left behind.
  for (const file of files)
    await access(file, constants.R_OK).catch(() => {
      throw new WrongUse(`The file ${file} cannot be read.`);
    });
  const created = await doors.call<Created>('POST', '/ingestion/transfers', {
    ...as,
    json: request,
    headers: { 'idempotency-key': randomUUID() },
  });
  say(`opened ${created.reference} (${created.id})`);
  const documents: Uploaded[] = [];
  for (const file of files) {
    const uploaded = await doors.call<Uploaded>('PUT', `/ingestion/transfers/${created.id}/documents/${randomUUID()}`, {
      ...as,
      // The cast: Node's web stream and the fetch type's are the same thing under two names.
      body: Readable.toWeb(createReadStream(file)) as ReadableStream<Uint8Array>,
      headers: { 'content-disposition': create(basename(file)) },
    });
    say(`uploaded ${basename(file)}: ${uploaded.type}, ${uploaded.size} bytes`);
    documents.push(uploaded);
  }
  await doors.call('POST', `/ingestion/transfers/${created.id}/submit`, { ...as, json: {} });
  say(`submitted ${created.reference}`);
  return { ...created, documents };
}
