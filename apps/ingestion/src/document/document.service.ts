import type { Readable } from 'node:stream';
import { Inject, Injectable } from '@nestjs/common';
import type { Actor } from '#libs/contracts';
import { Vault } from '#libs/vault';
import { CONFIG, type IngestionConfig } from '../config.js';
import type { DescriptionChange, TransferDocument } from '../transfer/domain/document.js';
import type { TransferRefusal } from '../transfer/domain/transfer.js';
import { type FoundTransfer, TRANSFERS, type TransferCases } from '../transfer/transfer.repository.js';
import { DetectionPool } from './detection.pool.js';

export type DocumentRefusal = 'too-large' | 'empty-document' | 'upload-broken' | 'uploads-under-way';
/** Nothing was kept. `reason` is a fixed sentence: why a broken document, or one of another type, is not taken in. */
export interface NotTaken {
  readonly notTaken: 'document-broken' | 'type-not-taken';
  readonly reason: string;
}
export type Stored =
  | { readonly document: TransferDocument; readonly isNew: boolean }
  | { readonly refused: DocumentRefusal | TransferRefusal }
  | NotTaken;

/** An XML document is taken in only when it is whole, so it must be read to its end before it is kept, bytes. Larger C-CDA do not occur: they carry text. */
const wholeBytesMax = 50 * 1024 * 1024;
/** Of a larger document only this much is looked at to name its type, bytes. */
const headBytes = 64 * 1024;
/** All uploads together that wait in memory, bytes: what a container of 1 GB can spare. */
const bufferedBytesMax = 256 * 1024 * 1024;

export interface Upload {
  readonly documentId: string;
  readonly fileName?: string;
  readonly actor: Actor;
  /** The request's body as it comes in. */
  readonly body: Readable;
  /** Bytes the client says it will send, where it says so. */
  readonly announcedBytes?: number;
}

/** Takes documents in: counts while bytes come, tells the type from the content, seals to normalization, lists in the transfer. */
@Injectable()
export class DocumentService {
  private bufferedBytes = 0;
  constructor(
    private readonly vault: Vault,
    private readonly types: DetectionPool,
    @Inject(TRANSFERS) private readonly transfers: TransferCases,
    @Inject(CONFIG) private readonly config: IngestionConfig,
  ) {}

  async store({ id, transfer }: FoundTransfer, upload: Upload): Promise<Stored> {
    const isListed = transfer.documents.some(({ documentId }) => documentId === upload.documentId);
    if (!isListed && transfer.standing.state !== 'draft') return { refused: 'not-a-draft' };
    const read = await this.read(upload);
    if ('refused' in read) return read;
    try {
      const { type, reason } = await this.types.detect(read.isCut ? read.bytes.subarray(0, headBytes) : read.bytes);
      if (type !== 'ccda') return { notTaken: 'type-not-taken', reason: reason ?? 'Only C-CDA documents are taken in yet.' };
      if (read.isCut) return { refused: 'too-large' };
      if (reason !== undefined) return { notTaken: 'document-broken', reason };
      return await this.keep({ id, transfer }, upload, read.bytes);
    } finally {
      this.bufferedBytes -= read.bytes.length;
    }
  }

  /** Says more of a document. Gives it as it stands then. */
  async describe(
    { id }: FoundTransfer,
    { documentId, change, actor }: DescriptionChange & { readonly actor: Actor },
  ): Promise<{ readonly document: TransferDocument } | { readonly refused: TransferRefusal }> {
    const outcome = await this.transfers.handle(id, { type: 'DescribeDocument', documentId, change, actor });
    if ('refused' in outcome) return outcome;
    const document = outcome.state.status === 'open' ? outcome.state.documents.find((known) => known.documentId === documentId) : undefined;
    if (!document) throw new Error(`document ${documentId} was described and is not there`);
    return { document };
  }

  private async keep({ id, transfer }: FoundTransfer, upload: Upload, bytes: Buffer): Promise<Stored> {
    const { documentId, fileName, actor } = upload;
    const { patientId } = transfer.facts;
    const blob = await this.vault.put(bytes, { patientId, readers: ['normalization'], heldBy: id });
    const document = { documentId, type: 'ccda', blob, at: new Date().toISOString(), ...(fileName !== undefined && { fileName }) } as const;
    const outcome = await this.transfers.handle(id, { type: 'AddDocument', document, actor });
    if ('refused' in outcome) return outcome;
    const listed = outcome.state.status === 'open' ? outcome.state.documents.find((other) => other.documentId === documentId) : undefined;
    return { document: listed ?? document, isNew: outcome.events.length > 0 };
  }

  /** Reads a body within the limits; what is larger than can be told whole is cut, so that its type can still be named. */
  private async read({ body, announcedBytes = 0 }: Upload): Promise<{ bytes: Buffer; isCut: boolean } | { refused: DocumentRefusal }> {
    const read = announcedBytes > this.config.DOCUMENT_BYTES_MAX ? { refused: 'too-large' as const } : await this.readWithin(body);
    // What still comes is let run into the void: a client that sends all before it reads would else never see why it was refused.
    if ('refused' in read) body.resume();
    return read;
  }

  private async readWithin(body: Readable): Promise<{ bytes: Buffer; isCut: boolean } | { refused: DocumentRefusal }> {
    const chunks: Buffer[] = [];
    let heldBytes = 0;
    let sizeBytes = 0;
    let refused: DocumentRefusal | undefined;
    try {
      for await (const chunk of body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
        sizeBytes += chunk.length;
        if (sizeBytes > this.config.DOCUMENT_BYTES_MAX) refused = 'too-large';
        else if (sizeBytes <= wholeBytesMax && this.bufferedBytes + chunk.length > bufferedBytesMax) refused = 'uploads-under-way';
        if (refused) break;
        if (sizeBytes > wholeBytesMax) continue;
        chunks.push(chunk);
        heldBytes += chunk.length;
        this.bufferedBytes += chunk.length;
      }
    } catch {
      // The client went away: not a fault of ours, and nothing was kept.
      refused = 'upload-broken';
    }
    if (sizeBytes === 0) refused ??= 'empty-document';
    if (!refused) return { bytes: Buffer.concat(chunks), isCut: sizeBytes > heldBytes };
    this.bufferedBytes -= heldBytes;
    return { refused };
  }
}
