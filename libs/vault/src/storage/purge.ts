import type { mongo } from 'mongoose';
import type { BlobRepository } from './blob.repository.js';
import type { GridFsStorage } from './gridfs.storage.js';

/** A body without a blob is left alone for a day: it may be an upload under way, which takes hours at most. */
const orphanAgeMs = 24 * 60 * 60 * 1000;
/** Bodies asked about in one query. */
const orphanBatch = 1000;

/**
 * Deletes blobs that may go, the document first: without its headers nothing opens the body, also when we die before it is gone.
 * Then bodies that belong to no blob (a put or a purge that died half-way).
 */
export async function purgeBlobs(blobs: BlobRepository, gridFs: GridFsStorage, now: Date): Promise<{ purged: number }> {
  let purged = 0;
  for await (const { blobId, fileId } of blobs.expired(now)) {
    if (!(await blobs.removeExpired(blobId, now))) continue;
    if (fileId) await gridFs.remove({ kind: 'gridfs', fileId });
    purged++;
  }
  await removeOrphans(blobs, gridFs, new Date(now.getTime() - orphanAgeMs));
  return { purged };
}

async function removeOrphans(blobs: BlobRepository, gridFs: GridFsStorage, before: Date): Promise<void> {
  let batch: mongo.ObjectId[] = [];
  const settle = async () => {
    const owned = await blobs.ownedFiles(batch);
    for (const fileId of batch) if (!owned.has(fileId.toHexString())) await gridFs.remove({ kind: 'gridfs', fileId });
    batch = [];
  };
  for await (const fileId of gridFs.begunBefore(before)) {
    batch.push(fileId);
    if (batch.length === orphanBatch) await settle();
  }
  if (batch.length > 0) await settle();
}
