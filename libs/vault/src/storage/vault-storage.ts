import type mongoose from 'mongoose';
import type { BodyPlace, BodyStorage } from './body-storage.js';
import { GridFsStorage } from './gridfs.storage.js';
import { InlineStorage } from './inline.storage.js';

/** Largest sealed body in the blob's own document (bytes); above it GridFS is cheaper to read back and a document nears MongoDB's 16 MB (costs.md). */
export const inlineBytesMax = 1024 * 1024;

/** Chooses by size where a body lies, and finds it again. */
export class VaultStorage implements BodyStorage {
  readonly gridFs: GridFsStorage;
  private readonly inline = new InlineStorage();

  constructor(connection: mongoose.Connection, writeConcern: { readonly w: 'majority' }) {
    this.gridFs = new GridFsStorage(connection, writeConcern);
  }

  /** Holds at most `inlineBytesMax` and a piece before it knows that a body is large. */
  async keep(blobId: string, body: AsyncIterable<Uint8Array>): Promise<BodyPlace> {
    const iterator = body[Symbol.asyncIterator]();
    const held: Uint8Array[] = [];
    let heldBytes = 0;
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) {
      held.push(next.value);
      heldBytes += next.value.length;
      if (heldBytes > inlineBytesMax) return this.gridFs.keep(blobId, joined(held, iterator));
    }
    return this.inline.keep(blobId, joined(held, iterator));
  }

  read(place: BodyPlace): AsyncIterable<Uint8Array> {
    return place.kind === 'inline' ? this.inline.read(place) : this.gridFs.read(place);
  }

  remove(place: BodyPlace): Promise<void> {
    return place.kind === 'inline' ? this.inline.remove(place) : this.gridFs.remove(place);
  }
}

/** What is held, then the rest. Takes the pieces out of `held`, so that they are not kept alive by it. */
async function* joined(held: Uint8Array[], iterator: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    for (let piece = held.shift(); piece; piece = held.shift()) yield piece;
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
  } finally {
    await iterator.return?.();
  }
}
