import { randomBytes, randomUUID } from 'node:crypto';
import { type BlobRef, type ServiceName, serviceNames } from '#libs/contracts';
import { openHeader } from './age/header.js';
import { openContent } from './content.js';
import { bytesOf, type StoredBytes } from './storage/stored-bytes.js';
import { openVaultRig, type VaultRig } from './testing/vault-rig.js';
import { VaultRefusal } from './vault-refusal.js';

const missing = process.env['TEST_SKIP_MONGODB'];
/** A mongod of one's own may have to be fetched first. */
const startMs = 120_000;
/** Sealed, this is more than a document may hold: it lies in GridFS. */
const large = randomBytes(3_000_000);
const small = Buffer.from('<ClinicalDocument><title>Befund Müller-Lüdenscheidt</title></ClinicalDocument>'.repeat(50));
const sizes: [string, Buffer][] = [
  ['small', small],
  ['large', large],
];

(missing ? describe.skip : describe)(`the vault${missing ? ` (skipped: ${missing})` : ''}`, () => {
  let rig: VaultRig;
  beforeAll(async () => {
    rig = await openVaultRig();
  }, startMs);
  afterAll(() => rig?.close());
  const asked = (...readers: ServiceName[]) => ({ patientId: randomUUID(), readers, heldBy: randomUUID() });
  const blobs = () => rig.connection.collection<RawBlob>('vault_blobs');
  const chunks = () => rig.connection.collection<RawChunk>('vault_bodies.chunks');

  describe('what goes in comes out', () => {
    it.each([...sizes, ['empty', Buffer.alloc(0)], ['large and shrinking to little', Buffer.alloc(5_000_000, 'x')]] as [string, Buffer][])(
      '%s, as bytes or as a stream, opened as bytes or as a stream',
      async (_what, clear) => {
        for (const content of [clear, parts(clear)]) {
          const ref = await rig.vaults.ingestion.put(content, asked('normalization'));
          expect(ref.sizeBytes).toBe(clear.length);
          expect(Buffer.from(await rig.vaults.normalization.open(ref)).equals(clear)).toBe(true);
          expect((await gather(rig.vaults.normalization.openStream(ref))).equals(clear)).toBe(true);
        }
      },
    );

    it('many at once', async () => {
      const contents = Array.from({ length: 40 }, () => randomBytes(20_000));
      const refs = await Promise.all(contents.map((clear) => rig.vaults.ingestion.put(clear, asked('normalization'))));
      const opened = await Promise.all(refs.map((ref) => rig.vaults.normalization.open(ref)));
      expect(opened.every((bytes, index) => contents[index]?.equals(bytes))).toBe(true);
    });

    it('with nothing of it to be read in the database', async () => {
      const ref = await rig.vaults.ingestion.put(small, asked('normalization'));
      const raw = Buffer.concat(await rawBytes(ref));
      expect(raw.length).toBeGreaterThan(0);
      expect(raw.includes('Müller')).toBe(false);
      expect(JSON.stringify(await blobs().findOne({ _id: ref.blobId }))).not.toContain('Müller');
    });
  });

  describe('each service opens what is sealed to it and nothing else', () => {
    /** One transfer's way (design.md section 4): original -> normalization, record -> consent, release -> delivery. */
    async function oneTransfer(size: number): Promise<Record<'original' | 'record' | 'release', BlobRef>> {
      const { ingestion, normalization, consent } = rig.vaults;
      const patient = { patientId: randomUUID(), heldBy: randomUUID() };
      const original = await ingestion.put(randomBytes(size), { ...patient, readers: ['normalization'] });
      await normalization.open(original);
      const record = await normalization.put(randomBytes(size), { ...patient, readers: ['consent'] });
      await consent.open(record);
      return { original, record, release: await consent.put(randomBytes(size), { ...patient, readers: ['delivery'] }) };
    }

    it.each([1000, 2_000_000])('in a transfer of documents of %i bytes', async (size) => {
      const refs = await oneTransfer(size);
      const opens: Record<string, string[]> = {};
      for (const service of serviceNames) {
        opens[service] = [];
        for (const [what, ref] of Object.entries(refs))
          if ((await codeOf(rig.vaults[service].open(ref))) === undefined) opens[service].push(what);
      }
      expect(opens).toEqual({ ingestion: [], normalization: ['original'], consent: ['record'], delivery: ['release'], audit: [] });
      for (const ref of [refs.original, refs.record]) {
        expect(await codeOf(rig.vaults.delivery.open(ref))).toBe('not-a-reader');
        expect(await codeOf(gather(rig.vaults.delivery.openStream(ref)))).toBe('not-a-reader');
        expect(await codeOf(rig.vaults.delivery.grant(ref, 'delivery'))).toBe('not-a-reader');
      }
    });

    it.each([1000, 2_000_000])(
      "delivery's key opens no original and no record of %i bytes even with every document of the database in hand",
      async (size) => {
        const refs = await oneTransfer(size);
        const headers = (await blobs().find({}).toArray()).flatMap((blob) => Object.values(blob.headers).map(bytesOf));
        // Every header there is, tried with delivery's key, and every file key so found tried on every body.
        const fileKeys = headers.map((header) => openHeader(header, rig.keys.delivery.identity)).filter((key) => key !== undefined);
        expect(fileKeys.length).toBeGreaterThan(0);
        const opened: Record<string, number> = { original: 0, record: 0, release: 0 };
        for (const [what, ref] of Object.entries(refs)) {
          const body = Buffer.concat(await rawBytes(ref));
          for (const fileKey of fileKeys) if (opensWith(body, fileKey, ref)) opened[what] = (opened[what] ?? 0) + 1;
        }
        expect(opened).toEqual({ original: 0, record: 0, release: 1 });
      },
    );

    it("a header taken over from a blob that delivery may open doesn't open another", async () => {
      const { original, release } = await oneTransfer(1000);
      const lent = (await blobs().findOne({ _id: release.blobId }))?.headers.delivery;
      await blobs().updateOne({ _id: original.blobId }, { $set: { 'headers.delivery': lent } });
      expect(await codeOf(rig.vaults.delivery.open(original))).toBe('integrity');
    });
  });

  describe('a grant', () => {
    it.each(sizes)('lets one more reader open a %s body, which stays as it is, and nobody else', async (_what, clear) => {
      const ref = await rig.vaults.ingestion.put(clear, asked('normalization'));
      const before = Buffer.concat(await rawBytes(ref));
      await rig.vaults.normalization.grant(ref, 'consent');
      await rig.vaults.consent.grant(ref, 'delivery');
      expect(Buffer.from(await rig.vaults.delivery.open(ref)).equals(clear)).toBe(true);
      expect(Buffer.concat(await rawBytes(ref)).equals(before)).toBe(true);
      expect(await codeOf(rig.vaults.audit.open(ref))).toBe('not-a-reader');
    });

    it('said again, also at the same time, changes nothing', async () => {
      const ref = await rig.vaults.ingestion.put(small, asked('normalization'));
      await Promise.all([1, 2, 3, 4].map(() => rig.vaults.normalization.grant(ref, 'consent')));
      const before = await blobs().findOne({ _id: ref.blobId });
      await rig.vaults.normalization.grant(ref, 'consent');
      const after = await blobs().findOne({ _id: ref.blobId });
      expect(after).toEqual(before);
      await rig.vaults.normalization.grant(ref, 'delivery');
      expect((await blobs().findOne({ _id: ref.blobId }))?.readers).toEqual(['consent', 'delivery', 'normalization']);
    });

    it('is given only by a reader, only for the bytes that the reference names', async () => {
      const ref = await rig.vaults.ingestion.put(small, asked('normalization'));
      expect(await codeOf(rig.vaults.ingestion.grant(ref, 'ingestion'))).toBe('not-a-reader');
      expect(await codeOf(rig.vaults.normalization.grant({ ...ref, sizeBytes: 1 }, 'consent'))).toBe('integrity');
      expect(await codeOf(rig.vaults.normalization.grant({ ...ref, blobId: randomUUID() }, 'consent'))).toBe('unknown-blob');
    });
  });

  describe('what was changed behind our back is refused', () => {
    const wrongRefs: [string, (ref: BlobRef) => BlobRef, string][] = [
      ['an unknown blob', (ref) => ({ ...ref, blobId: randomUUID() }), 'unknown-blob'],
      ['another hash', (ref) => ({ ...ref, sha256: 'a'.repeat(64) }), 'integrity'],
      ['another size', (ref) => ({ ...ref, sizeBytes: ref.sizeBytes + 1 }), 'integrity'],
    ];
    it.each(wrongRefs)('a reference with %s', async (_what, change, code) => {
      const ref = change(await rig.vaults.ingestion.put(small, asked('normalization')));
      expect(await codeOf(rig.vaults.normalization.open(ref))).toBe(code);
      expect(await codeOf(gather(rig.vaults.normalization.openStream(ref)))).toBe(code);
    });

    it('hash and size in the database changed along with the reference', async () => {
      const ref = await rig.vaults.ingestion.put(small, asked('normalization'));
      const changed = { sha256: 'a'.repeat(64), sizeBytes: ref.sizeBytes };
      await blobs().updateOne({ _id: ref.blobId }, { $set: changed });
      expect(await codeOf(rig.vaults.normalization.open({ ...ref, ...changed }))).toBe('integrity');
    });

    type Change = (body: Buffer) => Buffer;
    const changes: [string, Change][] = [
      ['its nonce', (body) => flipped(body, 0)],
      ['its first byte', (body) => flipped(body, 20)],
      ['its last byte', (body) => flipped(body, body.length - 1)],
      ['its end cut off', (body) => body.subarray(0, -1)],
      ['a byte put to it', (body) => Buffer.concat([body, Buffer.alloc(1)])],
      ['nothing left of it', () => Buffer.alloc(0)],
    ];
    it.each(changes)('a small body: %s', async (_what, change) => {
      const ref = await rig.vaults.ingestion.put(small, asked('normalization'));
      const [body = Buffer.alloc(0)] = await rawBytes(ref);
      await blobs().updateOne({ _id: ref.blobId }, { $set: { 'body.bytes': change(body) } });
      await expectBroken(ref);
    });

    const fileChanges: [string, (pieces: RawChunk[]) => Promise<unknown>][] = [
      [
        'a chunk changed',
        ([, second]) => chunks().updateOne({ _id: second?._id }, { $set: { data: flipped(bytesOf(second?.data ?? Buffer.alloc(0)), 5) } }),
      ],
      ['its last chunk gone', (pieces) => chunks().deleteOne({ _id: pieces.at(-1)?._id })],
      ['its first chunk gone', (pieces) => chunks().deleteOne({ _id: pieces[0]?._id })],
      ['all chunks gone', ([first]) => chunks().deleteMany({ files_id: first?.files_id })],
      ['a chunk more', (pieces) => chunks().insertOne({ ...pieces[0], _id: undefined, n: pieces.length } as unknown as RawChunk)],
      [
        'two chunks changed over',
        async ([first, second]) => {
          await chunks().updateOne({ _id: first?._id }, { $set: { data: second?.data ?? Buffer.alloc(0) } });
          await chunks().updateOne({ _id: second?._id }, { $set: { data: first?.data ?? Buffer.alloc(0) } });
        },
      ],
    ];
    it.each(fileChanges)('a large body: %s', async (_what, change) => {
      const ref = await rig.vaults.ingestion.put(large, asked('normalization'));
      const blob = await blobs().findOne({ _id: ref.blobId });
      const pieces = await chunks().find({ files_id: blob?.body.fileId }).sort({ n: 1 }).toArray();
      expect(pieces.length).toBe(3);
      await change(pieces);
      await expectBroken(ref);
    });

    it('a header, in any of its parts', async () => {
      const ref = await rig.vaults.ingestion.put(small, asked('normalization'));
      const header = bytesOf((await blobs().findOne({ _id: ref.blobId }))?.headers.normalization ?? Buffer.alloc(0));
      const at = { version: 3, share: header.indexOf('X25519 ') + 12, wrapped: header.indexOf('\n---') - 9, mac: header.length - 9 };
      for (const place of Object.values(at)) {
        await blobs().updateOne({ _id: ref.blobId }, { $set: { 'headers.normalization': flipped(header, place) } });
        expect(['integrity', 'not-a-reader']).toContain(await codeOf(rig.vaults.normalization.open(ref)));
      }
    });

    it('the body of another blob, also of the same patient and reader', async () => {
      const same = asked('normalization');
      const ref = await rig.vaults.ingestion.put(small, same);
      const other = await rig.vaults.ingestion.put(Buffer.from('other'), same);
      const taken = await blobs().findOne({ _id: other.blobId });
      await blobs().updateOne({ _id: ref.blobId }, { $set: { 'body.bytes': taken?.body.bytes } });
      await expectBroken(ref);
      // With its header too: sealed rightly, but not the bytes that the reference names.
      await blobs().updateOne({ _id: ref.blobId }, { $set: { headers: taken?.headers } });
      await expectBroken(ref);
    });

    async function expectBroken(ref: BlobRef): Promise<void> {
      expect(await codeOf(rig.vaults.normalization.open(ref))).toBe('integrity');
      expect(await codeOf(gather(rig.vaults.normalization.openStream(ref)))).toBe('integrity');
    }
  });

  async function rawBytes(ref: BlobRef): Promise<Buffer[]> {
    const blob = await blobs().findOne({ _id: ref.blobId });
    if (blob?.body.bytes) return [bytesOf(blob.body.bytes)];
    const pieces = await chunks().find({ files_id: blob?.body.fileId }).sort({ n: 1 }).toArray();
    return pieces.map((piece) => bytesOf(piece.data));
  }
});

/** Documents as they lie in MongoDB, read past the vault. */
interface RawBlob {
  _id: string;
  readers: string[];
  headers: Record<string, StoredBytes>;
  body: { bytes?: StoredBytes; fileId?: RawChunk['files_id'] };
}
interface RawChunk {
  _id: object;
  files_id: object;
  n: number;
  data: StoredBytes;
}

/** The code of a refusal; undefined where it was no refusal at all. Faults go on. */
async function codeOf(answer: Promise<unknown>): Promise<string | undefined> {
  try {
    await answer;
    return undefined;
  } catch (error) {
    if (error instanceof VaultRefusal) return error.code;
    throw error;
  }
}

function opensWith(body: Buffer, fileKey: Buffer, ref: BlobRef): boolean {
  try {
    return openContent(body, fileKey, ref).length === ref.sizeBytes;
  } catch {
    return false;
  }
}

function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}

async function* parts(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < bytes.length; from += 50_021) yield bytes.subarray(from, from + 50_021);
}

async function gather(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of source) pieces.push(piece);
  return Buffer.concat(pieces);
}
