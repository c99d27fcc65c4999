import { randomBytes, randomUUID } from 'node:crypto';
import type { Connection } from 'mongoose';
import type { BlobRef, ServiceName } from '#libs/contracts';
import { BrokenSeal } from './age/broken-seal.js';
import { fileKeyBytes, openHeader, sealHeader } from './age/header.js';
import { type Fingerprint, fingerprintOf, Meter, openContent, openContentStream, sealContent, sealContentStream } from './content.js';
import { BlobRepository, durable, type Holding } from './storage/blob.repository.js';
import { type BlobDocument, retainedForEver } from './storage/blob.schema.js';
import type { BodyPlace } from './storage/body-storage.js';
import { purgeBlobs } from './storage/purge.js';
import { inlineBytesMax, VaultStorage } from './storage/vault-storage.js';
import type { VaultKeys } from './vault-keys.js';
import { VaultRefusal } from './vault-refusal.js';

/** `heldBy`: who needs it, e.g. a transferId. Without `retainUntil` it is kept until a later put gives a date. */
export interface PutOptions extends Holding {
  readonly patientId: string;
  /** Sealed to these and no one else; the writer itself reads it again only when it is among them. */
  readonly readers: readonly ServiceName[];
  /** Clear bytes. */
  readonly sizeBytesMax?: number;
}

export interface VaultLimits {
  /** Clear bytes of a put that names no limit of its own. */
  readonly putSizeBytesMax: number;
  /** Clear bytes that `open` gives in one piece; above it `openStream`. */
  readonly openSizeBytesMax: number;
}

export interface VaultOptions {
  /** The database of the vault. */
  readonly connection: Connection;
  readonly keys: VaultKeys;
  readonly limits?: Partial<VaultLimits>;
}

export type BlobDescription = Fingerprint & Pick<BlobDocument, 'patientId' | 'legalHold' | 'heldBy'> & { readonly retainUntil?: Date };

/** Twice the 500 MB document that the product promises to take; a study of 20 GB names its own limit. */
const putSizeBytesMaxDefault = 1024 ** 3;
/** A document of 30 MB and some room. What is opened in one piece stands in memory twice for a moment. */
const openSizeBytesMaxDefault = 64 * 1024 ** 2;
/** Up to here (clear bytes) sealed and opened in one go, some milliseconds; above, piece by piece, letting other work in between. */
const oneGoBytesMax = inlineBytesMax;
/** Pieces of a large array on its way into the stream (bytes). */
const sliceBytes = 256 * 1024;

/**
 * Clinical content by random id, compressed, encrypted with age, sealed to named services. Refuses by VaultRefusal; anything
 * else it throws is a fault of storage. Any number of puts and opens may be under way side by side.
 */
export class Vault {
  private readonly blobs: BlobRepository;
  private readonly storage: VaultStorage;
  private readonly keys: VaultKeys;
  private readonly limits: VaultLimits;

  constructor({ connection, keys, limits }: VaultOptions) {
    this.blobs = new BlobRepository(connection);
    this.storage = new VaultStorage(connection, durable);
    this.keys = keys;
    this.limits = { putSizeBytesMax: putSizeBytesMaxDefault, openSizeBytesMax: openSizeBytesMaxDefault, ...limits };
  }

  /**
   * Keeps content and says how to name it. Equal bytes of one patient are kept once when the blob that is there is sealed to
   * the readers asked for, or to some of them and this service can grant the rest. Otherwise (sealed to somebody not asked for,
   * or this service holds no key of it) a new blob is made. A blob used again is kept as long as the longer of both asks.
   * Refuses `too-large`.
   */
  async put(content: Uint8Array | AsyncIterable<Uint8Array>, options: PutOptions): Promise<BlobRef> {
    const asked = { ...options, readers: [...new Set(options.readers)].sort() };
    if (asked.readers.length === 0) throw new Error('vault: a blob without readers could never be opened');
    return content instanceof Uint8Array ? this.putBytes(content, asked) : this.putStream(content, asked);
  }

  /** The clear bytes, checked against hash and size. Refuses `unknown-blob`, `not-a-reader`, `integrity`, `too-large`. */
  async open(ref: BlobRef): Promise<Uint8Array> {
    if (ref.sizeBytes > this.limits.openSizeBytesMax) throw new VaultRefusal('too-large', ref.blobId);
    const { body, fileKey } = await this.unlockBody(ref);
    if (body.kind === 'inline' && ref.sizeBytes <= oneGoBytesMax) return whole(ref, () => openContent(body.bytes, fileKey, ref));
    const pieces: Uint8Array[] = [];
    for await (const piece of this.pieces(ref, body, fileKey)) pieces.push(piece);
    return Buffer.concat(pieces);
  }

  /** The same in pieces, holding a few MB. The last piece comes only when hash and size are right; before that nothing may rest on the others. */
  async *openStream(ref: BlobRef): AsyncGenerator<Uint8Array> {
    const { body, fileKey } = await this.unlockBody(ref);
    yield* this.pieces(ref, body, fileKey);
  }

  /** Seals a blob to one more reader: a new header over the same body. Safe to repeat. Refuses `unknown-blob`, `not-a-reader`, `integrity`. */
  async grant(ref: BlobRef, reader: ServiceName): Promise<void> {
    const { fileKey } = await this.unlock(ref, 'without-body');
    const isThere = await this.blobs.addHeader(ref.blobId, reader, sealHeader(fileKey, this.keys.recipients[reader]));
    if (!isThere) throw new VaultRefusal('unknown-blob', ref.blobId);
  }

  /** What is known of a blob without opening it; undefined where there is none. */
  async describe(blobId: string): Promise<BlobDescription | undefined> {
    const blob = await this.blobs.describe(blobId);
    if (!blob) return undefined;
    const { sha256, sizeBytes, patientId, legalHold, heldBy, retainUntil } = blob;
    const isForEver = retainUntil.getTime() === retainedForEver.getTime();
    return { sha256, sizeBytes, patientId, legalHold, heldBy, ...(isForEver ? {} : { retainUntil }) };
  }

  /** One more who needs the blob. Safe to repeat. Refuses `unknown-blob`. */
  async hold(blobId: string, heldBy: string): Promise<void> {
    await this.change(blobId, { $addToSet: { heldBy } });
  }

  /** One less. Safe to repeat. Refuses `unknown-blob`. */
  async release(blobId: string, heldBy: string): Promise<void> {
    await this.change(blobId, { $pull: { heldBy } });
  }

  /** Keeps a blob for a court whatever else says, or ends that. Refuses `unknown-blob`. */
  async setLegalHold(blobId: string, legalHold: boolean): Promise<void> {
    await this.change(blobId, { $set: { legalHold } });
  }

  /** Deletes what is past `retainUntil`, under no legal hold and held by no one. Any service may do it: it opens nothing. */
  async purge(now: Date): Promise<{ purged: number }> {
    return purgeBlobs(this.blobs, this.storage.gridFs, now);
  }

  private async putBytes(content: Uint8Array, asked: PutOptions): Promise<BlobRef> {
    if (content.length > this.sizeBytesMax(asked)) throw new VaultRefusal('too-large');
    const fingerprint = fingerprintOf(content);
    const isSmall = content.length <= oneGoBytesMax;
    // A small body is not looked for first where nothing could be granted: `keep` finds its equal in the same write.
    const reused = isSmall && !this.isReader(asked) ? undefined : await this.reuse(fingerprint, asked);
    if (reused) return reused;
    const blobId = randomUUID();
    const fileKey = randomBytes(fileKeyBytes);
    const sealed = isSmall ? once(sealContent(content, fileKey)) : sealContentStream(slices(content), fileKey);
    return this.keep({ blobId, ...fingerprint }, await this.storage.keep(blobId, sealed), fileKey, asked);
  }

  private async putStream(content: AsyncIterable<Uint8Array>, asked: PutOptions): Promise<BlobRef> {
    const blobId = randomUUID();
    const fileKey = randomBytes(fileKeyBytes);
    const meter = new Meter();
    const body = await this.storage.keep(blobId, sealContentStream(metered(content, meter, this.sizeBytesMax(asked)), fileKey));
    const fingerprint = { sha256: meter.sha256(), sizeBytes: meter.sizeBytes };
    const reused = this.isReader(asked) ? await this.reuse(fingerprint, asked) : undefined;
    if (!reused) return this.keep({ blobId, ...fingerprint }, body, fileKey, asked);
    await this.storage.remove(body);
    return reused;
  }

  private async keep({ blobId, ...fingerprint }: BlobRef, body: BodyPlace, fileKey: Buffer, asked: PutOptions): Promise<BlobRef> {
    const headers = Object.fromEntries(asked.readers.map((reader) => [reader, sealHeader(fileKey, this.keys.recipients[reader])]));
    const same = { ...fingerprint, patientId: asked.patientId, readers: asked.readers };
    const keptId = await this.blobs.insertOrHold(same, { _id: blobId, headers, body }, asked);
    if (keptId !== blobId) await this.storage.remove(body);
    return { blobId: keptId, ...fingerprint };
  }

  /** Uses an equal blob again, granting what is missing; undefined where there is none or it cannot be granted. */
  private async reuse(fingerprint: Fingerprint, asked: PutOptions): Promise<BlobRef | undefined> {
    const equals = await this.blobs.equals({ ...fingerprint, patientId: asked.patientId, readers: asked.readers });
    const found =
      equals.find(({ readers }) => readers.length === asked.readers.length) ??
      equals.find(({ readers }) => readers.includes(this.keys.service));
    if (!found) return undefined;
    const ref = { blobId: found._id, ...fingerprint };
    try {
      for (const reader of asked.readers) if (!found.readers.includes(reader)) await this.grant(ref, reader);
    } catch (error) {
      // Purged meanwhile, or sealed to an older key of ours: a new blob serves as well.
      if (error instanceof VaultRefusal) return undefined;
      throw error;
    }
    return (await this.blobs.hold(ref.blobId, asked)) ? ref : undefined;
  }

  private async unlockBody(ref: BlobRef): Promise<{ body: BodyPlace; fileKey: Buffer }> {
    const { body, fileKey } = await this.unlock(ref, 'with-body');
    if (!body) throw new VaultRefusal('integrity', ref.blobId);
    return { body, fileKey };
  }

  private async unlock(ref: BlobRef, part: 'with-body' | 'without-body'): Promise<{ body: BodyPlace | undefined; fileKey: Buffer }> {
    const blob = await this.blobs.find(ref.blobId, this.keys.service, part);
    if (!blob) throw new VaultRefusal('unknown-blob', ref.blobId);
    const { header, body } = blob;
    if (!header) throw new VaultRefusal('not-a-reader', ref.blobId);
    if (blob.sha256 !== ref.sha256 || blob.sizeBytes !== ref.sizeBytes) throw new VaultRefusal('integrity', ref.blobId);
    const fileKey = whole(ref, () => openHeader(header, this.keys.identity));
    if (!fileKey) throw new VaultRefusal('not-a-reader', ref.blobId);
    return { body, fileKey };
  }

  private async *pieces(ref: BlobRef, body: BodyPlace, fileKey: Buffer): AsyncGenerator<Uint8Array> {
    try {
      yield* openContentStream(this.storage.read(body), fileKey, ref);
    } catch (error) {
      throw refusalOf(ref, error);
    }
  }

  private async change(blobId: string, update: Parameters<BlobRepository['change']>[1]): Promise<void> {
    if (!(await this.blobs.change(blobId, update))) throw new VaultRefusal('unknown-blob', blobId);
  }

  private sizeBytesMax(asked: PutOptions): number {
    return asked.sizeBytesMax ?? this.limits.putSizeBytesMax;
  }

  private isReader(asked: PutOptions): boolean {
    return asked.readers.includes(this.keys.service);
  }
}

/** A broken seal becomes the refusal that names the blob; other errors stay as they are. */
function refusalOf(ref: BlobRef, error: unknown): unknown {
  return error instanceof BrokenSeal ? new VaultRefusal('integrity', ref.blobId, { cause: error }) : error;
}

function whole<Result>(ref: BlobRef, open: () => Result): Result {
  try {
    return open();
  } catch (error) {
    throw refusalOf(ref, error);
  }
}

async function* metered(content: AsyncIterable<Uint8Array>, meter: Meter, sizeBytesMax: number): AsyncGenerator<Uint8Array> {
  for await (const piece of content) {
    meter.add(piece);
    if (meter.sizeBytes > sizeBytesMax) throw new VaultRefusal('too-large');
    yield piece;
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

async function* slices(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < bytes.length; from += sliceBytes) yield bytes.subarray(from, from + sliceBytes);
}
