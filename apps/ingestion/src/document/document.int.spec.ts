import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { jest } from '@jest/globals';
import { documentBytesMax, type IngestionRig, openIngestionRig } from '../testing/ingestion-rig.js';
import { clinicalDocument, enterParties, eventually, inbound, opened, sent, upload } from '../testing/requests.js';

const missing = process.env['TEST_SKIP_MONGODB'];
const startTimeoutMs = 120_000;
/** The machine may be busy with other tests: slow is no fault here. */
jest.setTimeout(60_000);
const head = '<?xml version="1.0"?>';
const laughs = `${head}<!DOCTYPE l [<!ENTITY a "ha">${Array.from({ length: 9 }, (_, i) => `<!ENTITY ${'bcdefghij'[i]} "${`&${'abcdefghi'[i]};`.repeat(10)}">`).join('')}]><ClinicalDocument xmlns="urn:hl7-org:v3">&j;</ClinicalDocument>`;
const deep = `${head}<ClinicalDocument xmlns="urn:hl7-org:v3">${'<a>'.repeat(30_000)}${'</a>'.repeat(30_000)}</ClinicalDocument>`;

(missing ? describe.skip : describe)(`a document${missing ? ` (skipped: ${missing})` : ''}`, () => {
  let rig: IngestionRig;
  beforeAll(async () => {
    rig = await openIngestionRig();
    await enterParties(rig);
  }, startTimeoutMs);
  afterAll(() => rig?.close(), startTimeoutMs);

  interface StoredCase {
    readonly _id: string;
    readonly state: { readonly documents: readonly { readonly blob: never; readonly fileName?: string }[] };
    readonly outbox: readonly object[];
  }
  const caseOf = async (id: string) => {
    const found = await rig.database.collection<StoredCase>('transfers').findOne({ _id: id });
    if (!found) throw new Error('no such transfer');
    return found;
  };

  it('is stored under the id its sender made, and told by hash, size and type', async () => {
    const { id } = await opened(rig);
    const documentId = randomUUID();
    const bytes = clinicalDocument('Überweisung');
    const answer = await upload(rig, id, { documentId: documentId.toUpperCase(), bytes });
    expect([answer.status, answer.body]).toEqual([
      201,
      { documentId, sha256: createHash('sha256').update(bytes).digest('hex'), size: bytes.length, type: 'ccda' },
    ]);
  });

  it('can be opened by normalization and by no one else', async () => {
    const { id } = await opened(rig);
    const bytes = clinicalDocument('Parecer');
    await upload(rig, id, { bytes });
    const { blob } = (await caseOf(id)).state.documents[0] ?? { blob: {} as never };
    expect(Buffer.from(await (await rig.vaultOf('normalization')).open(blob)).equals(bytes)).toBe(true);
    for (const other of ['ingestion', 'consent', 'delivery', 'audit'] as const)
      await expect((await rig.vaultOf(other)).open(blob)).rejects.toMatchObject({ code: 'not-a-reader' });
  });

  it('keeps its file name, in any script, out of everything that is published', async () => {
    const { id } = await opened(rig);
    const header = 'attachment; filename="a.xml"; filename*=UTF-8\'\'%E6%9D%8E%20Bericht.xml';
    expect((await upload(rig, id, { headers: { 'content-disposition': header } })).status).toBe(201);
    const stored = await caseOf(id);
    expect(stored.state.documents[0]?.fileName).toBe('李 Bericht.xml');
    expect(JSON.stringify(stored.outbox)).not.toContain('Bericht');
    const shown = await rig.ask<{ documents: object[] }>(`/ingestion/transfers/${id}`, { as: 'records-staff' });
    expect(shown.body.documents).toMatchObject([{ title: '李 Bericht.xml' }]);
  });

  it.each([
    ['a header that cannot be read', 'attachment; filename="a'],
    ['a name in an unknown alphabet', "attachment; filename*=KOI8-R''%D1"],
    ['a null character in its name', "attachment; filename*=UTF-8''a%00b.xml"],
    ['a name that never ends', `attachment; filename="${'a'.repeat(256)}"`],
  ])('with %s is refused', async (_, header) => {
    const { id } = await opened(rig);
    const answer = await upload(rig, id, { headers: { 'content-disposition': header } });
    expect([answer.status, answer.body['code']]).toEqual([400, 'not-valid']);
  });

  it('again with the same bytes is the same document, also at once and after submission', async () => {
    const { id } = await opened(rig);
    const documentId = randomUUID();
    const both = await Promise.all([upload(rig, id, { documentId }), upload(rig, id, { documentId }), upload(rig, id, { documentId })]);
    expect(both.map(({ status }) => status).sort((one, other) => one - other)).toEqual([200, 200, 201]);
    await rig.ask(`/ingestion/transfers/${id}/submit`, { method: 'POST', as: 'records-staff' });
    const again = await upload(rig, id, { documentId });
    expect([again.status, again.body]).toEqual([200, both[0]?.body]);
    expect((await caseOf(id)).state.documents).toHaveLength(1);
  });

  it('with other bytes under the same id is refused', async () => {
    const { id } = await opened(rig);
    const documentId = randomUUID();
    await upload(rig, id, { documentId });
    const other = await upload(rig, id, { documentId, bytes: clinicalDocument('Outro') });
    expect([other.status, other.body['code']]).toEqual([409, 'document-differs']);
  });

  it('that is new is refused after submission', async () => {
    const { id } = await sent(rig);
    const late = await upload(rig, id);
    expect([late.status, late.body['code']]).toEqual([409, 'not-a-draft']);
  });

  it.each<[string, Buffer | string, number, string]>([
    ['a PDF', '%PDF-1.7\n', 415, 'type-not-taken'],
    ['FHIR JSON', '{"resourceType":"Bundle","type":"document"}', 415, 'type-not-taken'],
    ['HL7 v2', 'MSH|^~\\&|LAB|X', 415, 'type-not-taken'],
    ['a picture', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), 415, 'type-not-taken'],
    ['plain text', 'Zoë Ñandú', 415, 'type-not-taken'],
    ['bytes of no known type', Buffer.from([0, 1, 2, 3]), 415, 'type-not-taken'],
    ['other XML', `${head}<note>Zoë</note>`, 415, 'type-not-taken'],
    ['XML that breaks off', clinicalDocument('Zoë Ñandú').subarray(0, -12), 415, 'document-broken'],
    ['a billion laughs', laughs, 415, 'type-not-taken'],
    ['XML nested too deep', deep, 415, 'document-broken'],
    ['JSON nested too deep', '['.repeat(100_000), 415, 'type-not-taken'],
    ['no bytes at all', '', 400, 'empty-document'],
    ['more bytes than the limit', clinicalDocument('', documentBytesMax + 1), 413, 'too-large'],
  ])('that is %s is refused and leaves nothing', async (_, bytes, status, code) => {
    const { id } = await opened(rig);
    const { blobs } = await counts();
    const answer = await upload(rig, id, { bytes: Buffer.from(bytes) });
    expect([answer.status, answer.body['code'], answer.type]).toEqual([status, code, 'application/problem+json; charset=utf-8']);
    expect(answer.body['detail']).toMatch(/^[A-Z].*\.$/);
    expect(JSON.stringify(answer.body)).not.toMatch(/Zoë|Ñandú/);
    expect((await caseOf(id)).state.documents).toEqual([]);
    expect((await counts()).blobs).toBe(blobs);
  });

  it('that is large is read in a thread of its own, and refused as well when it breaks off', async () => {
    const { id } = await opened(rig);
    const large = clinicalDocument('', 200_000);
    expect((await upload(rig, id, { bytes: large })).status).toBe(201);
    expect((await upload(rig, id, { bytes: large.subarray(0, -12) })).body['code']).toBe('document-broken');
  });

  it('is told by its content, whatever it calls itself', async () => {
    const { id } = await opened(rig);
    expect((await upload(rig, id, { headers: { 'content-type': 'application/json' } })).status).toBe(201);
    expect((await upload(rig, id, { headers: { 'content-type': 'application/pdf' } })).status).toBe(201);
  });

  it.each(['announced', 'chunked'] as const)(
    'larger than the limit (%s) gets its answer also when all of it is sent first',
    async (framing) => {
      const { id } = await opened(rig);
      const answer = await sendAll(`/ingestion/transfers/${id}/documents/${randomUUID()}`, framing);
      expect(answer).toMatch(/^HTTP\/1.1 413 /);
      expect(answer).toContain('"code":"too-large"');
    },
  );

  it('of exactly the limit is taken in', async () => {
    const { id } = await opened(rig);
    const filled = clinicalDocument('', documentBytesMax);
    const exact = clinicalDocument('', documentBytesMax - (filled.length - documentBytesMax));
    expect(exact).toHaveLength(documentBytesMax);
    expect((await upload(rig, id, { bytes: exact })).status).toBe(201);
  });

  it('whose upload breaks off leaves nothing', async () => {
    const { id } = await opened(rig);
    const { blobs } = await counts();
    await breakOff(`/ingestion/transfers/${id}/documents/${randomUUID()}`);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect((await caseOf(id)).state.documents).toEqual([]);
    expect((await counts()).blobs).toBe(blobs);
    // The bytes it held in memory are free again: as much fits as before.
    expect((await upload(rig, id)).status).toBe(201);
  });

  it('for a transfer that is not there, or not the caller’s, is refused alike', async () => {
    const theirs = await opened(rig, inbound, 'clinic:clinica-porto');
    const answers = [
      await upload(rig, randomUUID()),
      await upload(rig, theirs.id, { as: 'clinic:clinica-lisboa' }),
      await upload(rig, (await opened(rig)).id, { as: 'clinic:clinica-lisboa' }),
    ];
    for (const answer of answers) expect([answer.status, answer.body]).toEqual([404, answers[0]?.body]);
    expect((await upload(rig, theirs.id, { as: 'clinic:clinica-porto' })).status).toBe(201);
  });

  it('to a transfer named by its reference is taken in; a mistyped reference says so', async () => {
    const { reference } = await opened(rig);
    expect((await upload(rig, reference.toLowerCase())).status).toBe(201);
    const wrong = reference.startsWith('2') ? `3${reference.slice(1)}` : `2${reference.slice(1)}`;
    expect((await upload(rig, wrong)).body['code']).toBe('mistyped-reference');
  });

  it('under an id that is no UUID, or by a role that sends none, is refused', async () => {
    const { id } = await opened(rig);
    expect((await upload(rig, id, { documentId: 'report.xml' })).status).toBe(400);
    for (const role of ['auditor', 'reviewer', 'patient']) expect((await upload(rig, id, { as: role })).status).toBe(403);
  });

  async function counts(): Promise<{ blobs: number }> {
    const vault = rig.database.useDb(`${rig.database.name.replace(/_ingestion$/, '')}_vault`);
    return { blobs: await vault.collection('vault_blobs').countDocuments() };
  }

  /** Sends 8 MB as a client does that reads no answer before it has sent all; gives what it was answered. */
  async function sendAll(path: string, framing: 'announced' | 'chunked'): Promise<string> {
    const socket = await dial();
    const piece = Buffer.alloc(65_536, clinicalDocument());
    const pieces = 128;
    const length = framing === 'announced' ? `content-length: ${piece.length * pieces}` : 'transfer-encoding: chunked';
    let answer = '';
    socket.on('data', (data: Buffer) => {
      answer += data.toString();
    });
    socket.write([`PUT ${path} HTTP/1.1`, 'host: x', 'authorization: Bearer records-staff', length, '', ''].join('\r\n'));
    const framed = framing === 'announced' ? piece : Buffer.concat([Buffer.from('10000\r\n'), piece, Buffer.from('\r\n')]);
    for (let sent = 0; sent < pieces; sent++) if (!socket.write(framed)) await once(socket, 'drain');
    if (framing === 'chunked') socket.write('0\r\n\r\n');
    await eventually(
      async () => answer,
      (text) => text.endsWith('}'),
    );
    socket.destroy();
    return answer;
  }

  async function dial(): Promise<Socket> {
    const { hostname, port } = new URL(rig.url);
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    return socket;
  }

  /** Sends half of what it announces and goes away. */
  async function breakOff(path: string): Promise<void> {
    const socket = await dial();
    const bytes = clinicalDocument('', 100_000);
    const lines = [`PUT ${path} HTTP/1.1`, 'host: x', 'authorization: Bearer records-staff', `content-length: ${bytes.length}`, '', ''];
    socket.write(lines.join('\r\n'));
    await new Promise<void>((resolve) => socket.write(bytes.subarray(0, 50_000), () => resolve()));
    await eventually(
      async () => socket.bytesWritten,
      (written) => written > 50_000,
    );
    socket.resetAndDestroy();
  }
});
