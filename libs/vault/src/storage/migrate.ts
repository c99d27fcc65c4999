import type { Connection } from 'mongoose';
import { durable } from './blob.repository.js';
import { blobModel } from './blob.schema.js';
import { GridFsStorage } from './gridfs.storage.js';

/** Creates the vault's indexes; safe to repeat. An explicit step: nothing makes an index at start. */
export async function migrateVault(connection: Connection): Promise<void> {
  await blobModel(connection).createIndexes();
  await new GridFsStorage(connection, durable).createIndexes();
}
