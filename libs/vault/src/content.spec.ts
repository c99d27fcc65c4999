import { randomBytes } from 'node:crypto';
import { zstdCompressSync } from 'node:zlib';
import { BrokenSeal } from './age/broken-seal.js';
import { sealBytes } from './age/payload.js';
import { fingerprintOf, openContent, openContentStream, sealContent, sealContentStream } from './content.js';

const fileKey = randomBytes(16);
const text = Buffer.from('<observation>Hämoglobin 13.2 g/dL</observation>'.repeat(5000));
const contents: [string, Buffer][] = [
  ['nothing', Buffer.alloc(0)],
  ['one byte', Buffer.from('x')],
  ['text', text],
  ['noise', randomBytes(300_000)],
];

it.each(contents)('%s comes back the same, sealed in one go or as a stream and opened either way', async (_what, clear) => {
  for (const body of [sealContent(clear, fileKey), await gather(sealContentStream(parts(clear), fileKey))]) {
    expect(openContent(body, fileKey, fingerprintOf(clear)).equals(clear)).toBe(true);
    expect((await gather(openContentStream(parts(body), fileKey, fingerprintOf(clear)))).equals(clear)).toBe(true);
  }
});

it('is compressed before it is sealed, because a sealed body does not shrink', () => {
  expect(sealContent(text, fileKey).length).toBeLessThan(text.length / 20);
});

describe('a body that is sealed rightly but is not what the reference names is refused', () => {
  const body = sealContent(text, fileKey);
  const right = fingerprintOf(text);
  const cases: [string, Buffer, typeof right][] = [
    ['another hash', body, { ...right, sha256: fingerprintOf(Buffer.from('other')).sha256 }],
    ['fewer bytes', body, { ...right, sizeBytes: right.sizeBytes - 1 }],
    ['more bytes', body, { ...right, sizeBytes: right.sizeBytes + 1 }],
    ['other content', sealContent(Buffer.from('other'), fileKey), right],
    ['a body made to expand without end', sealBytes(zstdCompressSync(Buffer.alloc(50_000_000)), fileKey), right],
    ['a body that is not compressed', sealBytes(text, fileKey), right],
    ['a compressed body that is cut', sealBytes(zstdCompressSync(text).subarray(0, -5), fileKey), right],
  ];
  it.each(cases)('%s', async (_what, sealed, wanted) => {
    expect(() => openContent(sealed, fileKey, wanted)).toThrow(BrokenSeal);
    await expect(gather(openContentStream(parts(sealed), fileKey, wanted))).rejects.toThrow(BrokenSeal);
  });
});

it('a stream never gives its last piece before hash and size are known to be right', async () => {
  const body = sealContent(text, fileKey);
  const given: Uint8Array[] = [];
  const reading = async () => {
    for await (const piece of openContentStream(parts(body), fileKey, { ...fingerprintOf(text), sha256: '0'.repeat(64) }))
      given.push(piece);
  };
  await expect(reading()).rejects.toThrow(BrokenSeal);
  expect(Buffer.concat(given).length).toBeLessThan(text.length);
});

it('a fault of storage on the way stays what it is, and is not taken for a changed body', async () => {
  const body = sealContent(text, fileKey);
  async function* failing(): AsyncGenerator<Uint8Array> {
    yield body.subarray(0, 50);
    throw Object.assign(new Error('connection lost'), { code: 'ECONNRESET' });
  }
  await expect(gather(openContentStream(failing(), fileKey, fingerprintOf(text)))).rejects.toThrow('connection lost');
  await expect(gather(sealContentStream(failing(), fileKey))).rejects.toThrow('connection lost');
});

it('a reader who leaves early lets go of the source', async () => {
  const noise = randomBytes(1_000_000);
  const body = sealContent(noise, fileKey);
  let isLetGo = false;
  async function* source(): AsyncGenerator<Uint8Array> {
    try {
      yield* parts(body);
    } finally {
      isLetGo = true;
    }
  }
  for await (const piece of openContentStream(source(), fileKey, fingerprintOf(noise))) if (piece.length > 0) break;
  await new Promise((resolve) => setImmediate(resolve));
  expect(isLetGo).toBe(true);
});

async function* parts(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < bytes.length; from += 7_919) yield bytes.subarray(from, from + 7_919);
}

async function gather(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of source) pieces.push(piece);
  return Buffer.concat(pieces);
}
