import type { BodyPlace, BodyStorage } from './body-storage.js';

type InlinePlace = Extract<BodyPlace, { kind: 'inline' }>;

/** A small body rides in the blob's own document: one write for a put and one read for a get, a third of GridFS's price (costs.md). */
export class InlineStorage implements BodyStorage<InlinePlace> {
  async keep(_blobId: string, body: AsyncIterable<Uint8Array>): Promise<InlinePlace> {
    const pieces: Uint8Array[] = [];
    for await (const piece of body) pieces.push(piece);
    return { kind: 'inline', bytes: Buffer.concat(pieces) };
  }

  async *read(place: InlinePlace): AsyncGenerator<Uint8Array> {
    yield place.bytes;
  }

  /** It goes with the blob's document. */
  async remove(_place: InlinePlace): Promise<void> {}
}
