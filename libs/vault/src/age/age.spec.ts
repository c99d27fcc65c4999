import { createCipheriv, createPrivateKey, createPublicKey, hkdfSync, randomBytes } from 'node:crypto';
import { Decrypter, Encrypter, generateX25519Identity, identityToRecipient } from 'age-encryption';
import { BrokenSeal } from './broken-seal.js';
import { openHeader, sealHeader } from './header.js';
import { type AgeIdentity, generateIdentity, parseIdentity, parseRecipient } from './keys.js';
import { chunkBytes, sealBytes, sealStream, unsealBytes, unsealStream } from './payload.js';

const ours = generateIdentity();
const identity = identityOf(ours.identity);
const other = identityOf(generateIdentity().identity);
const nonceBytes = 16;
const sealedChunkBytes = chunkBytes + 16;
/** Around every border of the format: empty, one byte, a chunk less and more one, several chunks. */
const sizes = [0, 1, 100, chunkBytes - 1, chunkBytes, chunkBytes + 1, 2 * chunkBytes, 3 * chunkBytes + 7];

describe('an age file of ours', () => {
  it.each(sizes)('of %i bytes opens with the age-encryption package', async (size) => {
    const clear = randomBytes(size);
    const decrypter = new Decrypter();
    decrypter.addIdentity(ours.identity);
    expect(Buffer.from(await decrypter.decrypt(ageFile(clear))).equals(clear)).toBe(true);
  });

  it.each(sizes)('of %i bytes that was sealed as a stream is opened by the package and by us', async (size) => {
    const clear = randomBytes(size);
    const fileKey = randomBytes(16);
    const body = await gather(sealStream(parts(clear, 10_007), fileKey));
    const decrypter = new Decrypter();
    decrypter.addIdentity(ours.identity);
    expect(Buffer.from(await decrypter.decrypt(Buffer.concat([sealHeader(fileKey, identity.recipient), body]))).equals(clear)).toBe(true);
    expect((await gather(unsealStream(parts(body, 9_973), fileKey))).equals(clear)).toBe(true);
    expect(unsealBytes(body, fileKey).equals(clear)).toBe(true);
  });
});

describe('an age file of the age-encryption package', () => {
  it.each(sizes)('of %i bytes is opened by us', async (size) => {
    const clear = randomBytes(size);
    const { header, body } = split(Buffer.from(await theirFile(clear, [ours.recipient])));
    const fileKey = openHeader(header, identity);
    expect(fileKey && unsealBytes(body, fileKey).equals(clear)).toBe(true);
  });

  it('sealed to several people opens for each of them and for nobody else', async () => {
    const second = await generateX25519Identity();
    const file = Buffer.from(await theirFile(randomBytes(10), [await identityToRecipient(second), ours.recipient]));
    const { header } = split(file);
    const fileKey = openHeader(header, identity);
    expect(fileKey).toHaveLength(16);
    expect(openHeader(header, identityOf(second))).toEqual(fileKey);
    expect(openHeader(header, other)).toBeUndefined();
  });

  it('has keys that we read, and reads ours', async () => {
    const theirs = await generateX25519Identity();
    expect(identityOf(theirs).recipient.raw).toEqual(parseRecipient(await identityToRecipient(theirs))?.raw);
    expect(await identityToRecipient(ours.identity)).toBe(ours.recipient);
  });
});

describe('a sealed body', () => {
  const fileKey = randomBytes(16);
  const clear = randomBytes(2 * chunkBytes + 500);
  const body = sealBytes(clear, fileKey);
  const firstEnd = nonceBytes + sealedChunkBytes;
  const secondEnd = firstEnd + sealedChunkBytes;
  const changed = (at: number) => flipped(body, at);
  const broken: [string, Buffer][] = [
    ['with its nonce changed', changed(0)],
    ['with its first byte changed', changed(nonceBytes)],
    ['with a tag changed', changed(firstEnd - 1)],
    ['with its last byte changed', changed(body.length - 1)],
    ['cut at the border of a chunk', body.subarray(0, secondEnd)],
    ['cut in a chunk', body.subarray(0, firstEnd + 100)],
    ['cut to less than a tag in its last chunk', body.subarray(0, secondEnd + 8)],
    ['cut to its nonce', body.subarray(0, nonceBytes)],
    ['cut in its nonce', body.subarray(0, 7)],
    ['of nothing', Buffer.alloc(0)],
    [
      'with two chunks changed over',
      Buffer.concat([
        body.subarray(0, nonceBytes),
        body.subarray(firstEnd, secondEnd),
        body.subarray(nonceBytes, firstEnd),
        body.subarray(secondEnd),
      ]),
    ],
    ['with a chunk given twice', Buffer.concat([body.subarray(0, firstEnd), body.subarray(nonceBytes)])],
    ['with a chunk left out', Buffer.concat([body.subarray(0, firstEnd), body.subarray(secondEnd)])],
    ['with one byte more', Buffer.concat([body, Buffer.alloc(1)])],
    ['with a chunk more', Buffer.concat([body, body.subarray(nonceBytes, firstEnd)])],
    ['of another file', sealBytes(clear, randomBytes(16))],
  ];

  it.each(broken)('%s is refused', (_what, bytes) => {
    expect(() => unsealBytes(bytes, fileKey)).toThrow(BrokenSeal);
  });

  it.each(broken)('%s is refused as a stream', async (_what, bytes) => {
    await expect(gather(unsealStream(parts(bytes, 4_099), fileKey))).rejects.toThrow(BrokenSeal);
  });

  it('with an empty chunk at its end is refused, because two bodies would mean the same', () => {
    // Sealed by hand with the right key and rightly tagged: only the rule itself can refuse it.
    const nonce = randomBytes(nonceBytes);
    const key = Buffer.from(hkdfSync('sha256', fileKey, nonce, 'payload', 32));
    const seal = (bytes: Buffer, index: number, isLast: number) => {
      const cipher = createCipheriv('chacha20-poly1305', key, Buffer.from([...Array(10).fill(0), index, isLast]), { authTagLength: 16 });
      return Buffer.concat([cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
    };
    const chunk = randomBytes(chunkBytes);
    expect(unsealBytes(Buffer.concat([nonce, seal(chunk, 0, 1)]), fileKey)).toEqual(chunk);
    expect(() => unsealBytes(Buffer.concat([nonce, seal(chunk, 0, 0), seal(Buffer.alloc(0), 1, 1)]), fileKey)).toThrow(BrokenSeal);
  });
});

describe('a header', () => {
  const fileKey = randomBytes(16);
  const header = sealHeader(fileKey, identity.recipient);
  const text = header.toString('latin1');

  it('gives the file key to its reader and to no one else', () => {
    expect(openHeader(header, identity)).toEqual(fileKey);
    expect(openHeader(header, other)).toBeUndefined();
  });

  it('gives nothing when any one of its bytes is changed', () => {
    for (let at = 0; at < header.length; at++) expect({ at, opens: opens(flipped(header, at)) }).toEqual({ at, opens: false });
  });

  it.each([
    ['empty', ''],
    ['without a stanza', text.replace(/-> [^-]*/, '')],
    ['with its MAC cut', text.replace(/.{5}\n$/, '\n')],
    ['without its MAC', text.replace(/--- .*\n/, '')],
    ['with another stanza put in', text.replace('--- ', '-> X25519 AAAA\nAAAA\n--- ')],
    ['with a line more', `${text}more\n`],
    ['of another version', text.replace('/v1\n', '/v2\n')],
    ['whose MAC has a twin that differs in unused bits only', text.replace(/(.)\n$/, (_end, last: string) => `${twin(last)}\n`)],
    ['with padded base64', text.replace(/\n---/, '=\n---')],
    ['with a share of low order', text.replace(/X25519 \S+/, `X25519 ${'A'.repeat(43)}`)],
    ['longer than its limit', `${text}${'A'.repeat(20_000)}`],
  ])('%s is refused', (_what, changed) => {
    expect(() => openHeader(Buffer.from(changed, 'latin1'), identity)).toThrow(BrokenSeal);
  });

  it('with a stanza added by one who does not know the file key is refused by its MAC', () => {
    const added = text.replace('--- ', `-> grease\n\n--- `);
    expect(() => openHeader(Buffer.from(added, 'latin1'), identity)).toThrow(BrokenSeal);
  });

  function opens(bytes: Buffer): boolean {
    try {
      return openHeader(bytes, identity) !== undefined;
    } catch (error) {
      if (error instanceof BrokenSeal) return false;
      throw error;
    }
  }
});

describe('a key', () => {
  it('is not read with a typing error, in mixed case, cut or of the other kind', () => {
    const { identity: secret, recipient } = ours;
    const slip = (key: string) => key.slice(0, -1) + (/q$/i.test(key) ? key.slice(-2, -1) : key === key.toUpperCase() ? 'Q' : 'q');
    for (const wrong of [slip(secret), secret.toLowerCase(), secret.slice(0, -1), recipient, `${secret} `, ''])
      expect(parseIdentity(wrong)).toBeUndefined();
    for (const wrong of [slip(recipient), recipient.toUpperCase(), recipient.slice(0, -1), secret, 'age1', 'age1é'])
      expect(parseRecipient(wrong)).toBeUndefined();
  });

  it('of a recipient is the public half of its identity', () => {
    const spki = createPublicKey(createPrivateKey(identity.privateKey.export({ format: 'pem', type: 'pkcs8' })));
    expect(spki.equals(identity.recipient.publicKey)).toBe(true);
  });
});

function identityOf(text: string): AgeIdentity {
  const parsed = parseIdentity(text);
  if (!parsed) throw new Error('no identity');
  return parsed;
}

function ageFile(clear: Uint8Array): Buffer {
  const fileKey = randomBytes(16);
  return Buffer.concat([sealHeader(fileKey, identity.recipient), sealBytes(clear, fileKey)]);
}

async function theirFile(clear: Uint8Array, recipients: string[]): Promise<Uint8Array> {
  const encrypter = new Encrypter();
  for (const recipient of recipients) encrypter.addRecipient(recipient);
  return encrypter.encrypt(clear);
}

function split(file: Buffer): { header: Buffer; body: Buffer } {
  const end = file.indexOf('\n', file.indexOf('\n--- ') + 1) + 1;
  return { header: file.subarray(0, end), body: file.subarray(end) };
}

/** Another base64 character that stands for the same bits at the end of 32 bytes, where two bits are unused. */
function twin(character: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  return alphabet[alphabet.indexOf(character) + 1] ?? '';
}

function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}

async function* parts(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size);
}

async function gather(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of source) pieces.push(piece);
  return Buffer.concat(pieces);
}
