import type { mongo } from 'mongoose';

/** Where a sealed body lies; part of the blob's document. */
export type BodyPlace = { readonly kind: 'inline'; readonly bytes: Buffer } | { readonly kind: 'gridfs'; readonly fileId: mongo.ObjectId };

/** Port of the vault's storage: sealed bytes of one blob, kept, read and removed whole. It never sees a key or a clear byte. */
export interface BodyStorage<Place extends BodyPlace = BodyPlace> {
  /** Keeps a body. Throws when storage fails, with nothing left behind that `sweep` would not find. */
  keep(blobId: string, body: AsyncIterable<Uint8Array>): Promise<Place>;
  /** The bytes as they lie there. Where some are gone it may give the rest: the seal tells, and tells more than storage could. */
  read(place: Place): AsyncIterable<Uint8Array>;
  /** Removes a body; one that is gone already is no fault. */
  remove(place: Place): Promise<void>;
}
