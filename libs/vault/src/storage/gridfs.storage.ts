import { pipeline } from 'node:stream/promises';
import mongoose from 'mongoose';
import type { BodyPlace, BodyStorage } from './body-storage.js';
import { bytesOf, type StoredBytes } from './stored-bytes.js';

type GridFsPlace = Extract<BodyPlace, { kind: 'gridfs' }>;
type FileId = mongoose.mongo.ObjectId;

const bucketName = 'vault_bodies';
/** One write per MiB. GridFS's own 255 KiB would journal four times as often for the same bytes. */
const chunkSizeBytes = 1024 * 1024;
/** Chunks read ahead (4 MiB). */
const chunksPerBatch = 4;

/** Large bodies. Through the driver's GridFSBucket, because Mongoose has no GridFS of its own. */
export class GridFsStorage implements BodyStorage<GridFsPlace> {
  private opened: mongoose.mongo.GridFSBucket | undefined;

  constructor(
    private readonly connection: mongoose.Connection,
    private readonly writeConcern: { readonly w: 'majority' },
  ) {}

  async keep(blobId: string, body: AsyncIterable<Uint8Array>): Promise<GridFsPlace> {
    const upload = (await this.bucket()).openUploadStream(blobId);
    const place: GridFsPlace = { kind: 'gridfs', fileId: upload.id };
    try {
      await pipeline(body, upload);
    } catch (error) {
      // Best effort: a chunk still on its way may land after this, and storage may be what failed. `begunBefore` finds what is left.
      await this.remove(place).catch(() => undefined);
      throw error;
    }
    return place;
  }

  /** Chunks directly: GridFSBucket's stream has no batch size, and MongoDB then fills 16 MB a batch, which costs 60 MB of memory here. */
  async *read(place: GridFsPlace): AsyncGenerator<Uint8Array> {
    const chunks = this.connection.collection<{ data: StoredBytes }>(`${bucketName}.chunks`);
    const inOrder = chunks.find({ files_id: place.fileId }, { projection: { data: 1 }, sort: { n: 1 }, batchSize: chunksPerBatch });
    for await (const { data } of inOrder) yield bytesOf(data);
  }

  /** Both parts directly: GridFSBucket.delete throws where the file's document was never written. */
  async remove(place: GridFsPlace): Promise<void> {
    await this.connection.collection(`${bucketName}.files`).deleteOne({ _id: place.fileId });
    await this.connection.collection(`${bucketName}.chunks`).deleteMany({ files_id: place.fileId });
  }

  /** Ids of bodies that began before `before`, whole or broken off: an ObjectId carries the second in which it was made. */
  async *begunBefore(before: Date): AsyncGenerator<FileId> {
    const limit = mongoose.mongo.ObjectId.createFromTime(Math.floor(before.getTime() / 1000));
    const chunks = this.connection.collection(`${bucketName}.chunks`);
    // Answered from the index alone, one step for each file.
    const files = chunks.aggregate<{ _id: FileId }>([
      { $match: { files_id: { $lt: limit } } },
      { $sort: { files_id: 1 } },
      { $group: { _id: '$files_id' } },
    ]);
    for await (const file of files) yield file._id;
  }

  /** GridFS's own two indexes, by name and by chunk. Made here so that no upload makes them. */
  async createIndexes(): Promise<void> {
    await this.connection.collection(`${bucketName}.files`).createIndex({ filename: 1, uploadDate: 1 });
    await this.connection.collection(`${bucketName}.chunks`).createIndex({ files_id: 1, n: 1 }, { unique: true });
  }

  /** Made when first used: a connection has its database only once it is open. */
  private async bucket(): Promise<mongoose.mongo.GridFSBucket> {
    if (this.opened) return this.opened;
    const { db } = await this.connection.asPromise();
    if (!db) throw new Error('vault: the connection names no database');
    this.opened = new mongoose.mongo.GridFSBucket(db, { bucketName, chunkSizeBytes, writeConcern: this.writeConcern });
    return this.opened;
  }
}
