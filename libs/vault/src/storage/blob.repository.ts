import type { Connection, Model, mongo } from 'mongoose';
import type { ServiceName } from '#libs/contracts';
import type { Fingerprint } from '../content.js';
import { type BlobDocument, blobModel, retainedForEver } from './blob.schema.js';
import type { BodyPlace } from './body-storage.js';
import { bytesOf, type StoredBytes } from './stored-bytes.js';

/**
 * A reference is handed out only for what is safe. `w: 1` would do, and costs half (costs.md 7), only where the case that names
 * the blob follows by majority into the same replica set: the vault cannot know that, so it waits.
 */
export const durable = { w: 'majority' } as const;

/** Equal blobs looked at before a new one is made; more than a few would mean that reuse does not work. */
const equalBlobsMax = 20;

/** Why and for how long a blob is kept, as a put asks for it. */
export interface Holding {
  readonly heldBy: string;
  readonly retainUntil?: Date;
  readonly legalHold?: boolean;
}

/** Which bytes of whom, sealed to exactly whom (in the order of the alphabet). */
export type Sameness = Fingerprint & Pick<BlobDocument, 'patientId' | 'readers'>;
export type FoundBlob = Fingerprint & { readonly header: Buffer | undefined; readonly body: BodyPlace | undefined };
export type EqualBlob = Pick<BlobDocument, '_id' | 'readers'>;

/** The blobs' documents in MongoDB. Each change is one write, safe to repeat. */
export class BlobRepository {
  private readonly blobs: Model<BlobDocument>;

  constructor(connection: Connection) {
    this.blobs = blobModel(connection);
  }

  /** Inserts the blob, or holds one that is the same: one write for both, so that an earlier put is found without looking first. Gives the id that counts. */
  async insertOrHold(same: Sameness, made: Pick<BlobDocument, '_id' | 'headers' | 'body'>, asked: Holding): Promise<string> {
    const update = { $setOnInsert: { ...made, keyId: 'services' as const }, ...holding(asked) };
    const result = await this.blobs.updateOne(same, update, { upsert: true, writeConcern: durable });
    if (result.upsertedCount === 1) return made._id;
    const kept = await this.blobs.findOne({ ...same, heldBy: asked.heldBy }, { _id: 1 }).lean<Pick<BlobDocument, '_id'>>();
    if (!kept) throw new Error('vault: the blob that was to be used again was let go meanwhile; put it once more');
    return kept._id;
  }

  /** Equal bytes of the same patient, sealed to no one outside `readers`. */
  async equals({ readers, ...equal }: Sameness): Promise<EqualBlob[]> {
    const sealedToNoOther = { $not: { $elemMatch: { $nin: [...readers] } } };
    return this.blobs
      .find({ ...equal, readers: sealedToNoOther }, { readers: 1 })
      .limit(equalBlobsMax)
      .lean<EqualBlob[]>();
  }

  /** True when the blob is there and now held. */
  async hold(blobId: string, asked: Holding): Promise<boolean> {
    return this.change(blobId, holding(asked));
  }

  /** What one reader needs to open a blob: the header of that reader only, since what is sealed to others is none of its business. */
  async find(blobId: string, reader: ServiceName, part: 'with-body' | 'without-body'): Promise<FoundBlob | undefined> {
    const fields = { sha256: 1, sizeBytes: 1, [`headers.${reader}`]: 1, ...(part === 'with-body' ? { body: 1 } : {}) };
    const blob = await this.blobs.findById(blobId, fields).lean<StoredBlob>();
    if (!blob) return undefined;
    const header = blob.headers?.[reader];
    return { sha256: blob.sha256, sizeBytes: blob.sizeBytes, header: header && bytesOf(header), body: blob.body && placeOf(blob.body) };
  }

  async describe(blobId: string): Promise<Omit<BlobDocument, 'body' | 'headers'> | undefined> {
    const blob = await this.blobs.findById(blobId, { body: 0, headers: 0 }).lean<Omit<BlobDocument, 'body' | 'headers'>>();
    return blob ?? undefined;
  }

  /** Adds a header unless the reader has one. False where there is no such blob. */
  async addHeader(blobId: string, reader: ServiceName, header: Buffer): Promise<boolean> {
    const update = { $set: { [`headers.${reader}`]: header }, $push: { readers: { $each: [reader], $sort: 1 as const } } };
    const result = await this.blobs.updateOne({ _id: blobId, readers: { $ne: reader } }, update, { writeConcern: durable });
    return result.matchedCount === 1 || (await this.blobs.exists({ _id: blobId })) !== null;
  }

  /** False where there is no such blob. */
  async change(blobId: string, update: Parameters<Model<BlobDocument>['updateOne']>[1]): Promise<boolean> {
    const result = await this.blobs.updateOne({ _id: blobId }, update, { writeConcern: durable });
    return result.matchedCount === 1;
  }

  /** Ids and places of what may go at `now`. */
  async *expired(now: Date): AsyncGenerator<{ blobId: string; fileId: mongo.ObjectId | undefined }> {
    const found = this.blobs.find(mayGo(now), { 'body.fileId': 1 }).lean<{ _id: string; body?: { fileId?: mongo.ObjectId } }>();
    for await (const blob of found.cursor()) yield { blobId: blob._id, fileId: blob.body?.fileId };
  }

  /** Deletes a blob if it may still go: a put may have held it meanwhile. */
  async removeExpired(blobId: string, now: Date): Promise<boolean> {
    const result = await this.blobs.deleteOne({ _id: blobId, ...mayGo(now) }, { writeConcern: durable });
    return result.deletedCount === 1;
  }

  /** Which of these bodies belong to a blob. */
  async ownedFiles(fileIds: readonly mongo.ObjectId[]): Promise<Set<string>> {
    const owners = await this.blobs
      .find({ 'body.fileId': { $in: fileIds } }, { 'body.fileId': 1 })
      .lean<{ body: { fileId: mongo.ObjectId } }[]>();
    return new Set(owners.map((owner) => owner.body.fileId.toHexString()));
  }
}

/** Adds a holder; of two retentions the longer stays, and a legal hold is never ended by a put. */
function holding({ heldBy, retainUntil = retainedForEver, legalHold = false }: Holding) {
  return { $addToSet: { heldBy }, $max: { retainUntil, legalHold } };
}

function mayGo(now: Date) {
  return { retainUntil: { $lte: now }, legalHold: false, heldBy: { $size: 0 } };
}

/** As the driver gives it: Binary where the schema says Buffer. */
interface StoredBlob extends Fingerprint {
  readonly headers?: Partial<Record<ServiceName, StoredBytes>>;
  readonly body?: { kind: 'inline'; bytes: StoredBytes } | { kind: 'gridfs'; fileId: mongo.ObjectId };
}

function placeOf(stored: NonNullable<StoredBlob['body']>): BodyPlace {
  return stored.kind === 'inline' ? { kind: 'inline', bytes: bytesOf(stored.bytes) } : { kind: 'gridfs', fileId: stored.fileId };
}
