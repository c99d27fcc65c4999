import { randomUUID } from 'node:crypto';
import { jest } from '@jest/globals';
import { type IngestionRig, openIngestionRig } from '../testing/ingestion-rig.js';
import { enterParties, inbound, opened, sent, upload } from '../testing/requests.js';

const missing = process.env['TEST_SKIP_MONGODB'];
const startTimeoutMs = 120_000;
/** The machine may be busy with other tests: slow is no fault here. */
jest.setTimeout(60_000);

interface StoredCase {
  readonly _id: string;
  readonly outbox: readonly { readonly type: string; readonly data: Record<string, unknown> }[];
}

(missing ? describe.skip : describe)(`describing a document${missing ? ` (skipped: ${missing})` : ''}`, () => {
  let rig: IngestionRig;
  beforeAll(async () => {
    rig = await openIngestionRig();
    await enterParties(rig);
  }, startTimeoutMs);
  afterAll(() => rig?.close(), startTimeoutMs);

  const patch = (named: string, documentId: string, body: unknown, as = 'records-staff') =>
    rig.ask(`/ingestion/transfers/${named}/documents/${documentId}`, { method: 'PATCH', as, body });
  const added = async (id: string, as = 'records-staff'): Promise<string> => {
    const documentId = randomUUID();
    const { status } = await upload(rig, id, { documentId, as, headers: { 'content-disposition': 'attachment; filename="Zoe.xml"' } });
    if (status !== 201) throw new Error(`not uploaded: ${status}`);
    return documentId;
  };
  const told = async (id: string) => (await rig.database.collection<StoredCase>('transfers').findOne({ _id: id }))?.outbox ?? [];

  it('sets its language, original, role, kind and subject, and shows them; what is published has no name in it', async () => {
    const { id } = await opened(rig);
    const [original, translation] = [await added(id), await added(id)];
    const body = { language: 'en-US', translationOf: original.toUpperCase(), role: 'reply', kind: 'physical' };
    const answer = await patch(id, translation, body, 'records-staff@maria');
    expect([answer.status, answer.body]).toEqual([
      200,
      expect.objectContaining({ documentId: translation, ...body, translationOf: original, subject: 'patient', type: 'ccda' }),
    ]);
    const shown = await rig.ask<{ documents: object[] }>(`/ingestion/transfers/${id}`, { as: 'records-staff' });
    expect(shown.body.documents).toMatchObject([
      { documentId: original, role: 'record', kind: 'digital', subject: 'patient' },
      { documentId: translation, language: 'en-US', translationOf: original, role: 'reply' },
    ]);
    const events = (await told(id)).filter(({ type }) => type.includes('document-described'));
    expect(events).toMatchObject([{ data: { documentId: translation, translationOf: original, actor: { id: 'maria' } } }]);
    expect(JSON.stringify(events)).not.toContain('Zoe');
  });

  it('twice, also at once, is told once', async () => {
    const { id } = await opened(rig);
    const documentId = await added(id);
    const answers = await Promise.all([1, 2, 3].map(() => patch(id, documentId, { language: 'ar' })));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect((await patch(id, documentId, { language: null })).body).not.toHaveProperty('language');
    expect((await told(id)).filter(({ type }) => type.includes('document-described'))).toHaveLength(2);
  });

  it('as one about somebody else keeps it back when the transfer is handed over', async () => {
    const { id } = await opened(rig);
    const [kept, goes] = [await added(id), await added(id)];
    expect((await patch(id, kept, { subject: 'other' })).status).toBe(200);
    await rig.ask(`/ingestion/transfers/${id}/submit`, { method: 'POST', as: 'records-staff' });
    const submitted = (await told(id)).find(({ type }) => type.includes('transfer-submitted'));
    expect(submitted?.data).toMatchObject({ documents: [{ documentId: goes }] });
    expect(submitted?.data['documents']).toHaveLength(1);
  });

  it('is the sender’s while the transfer is a draft, and nobody’s after', async () => {
    const { id } = await opened(rig, inbound, 'clinic:clinica-porto');
    const documentId = await added(id, 'clinic:clinica-porto');
    expect((await patch(id, documentId, { language: 'pt' }, 'clinic:clinica-porto')).status).toBe(200);
    expect((await patch(id, documentId, { language: 'pt' }, 'clinic:clinica-braga')).status).toBe(404);
    for (const as of ['auditor', 'reviewer', 'patient']) expect((await patch(id, documentId, { language: 'pt' }, as)).status).toBe(403);
    const over = await sent(rig);
    const shown = await rig.ask<{ documents: { documentId: string }[] }>(`/ingestion/transfers/${over.id}`, { as: 'records-staff' });
    const late = await patch(over.id, shown.body.documents[0]?.documentId ?? '', { language: 'pt' });
    expect([late.status, late.body['code']]).toEqual([409, 'not-a-draft']);
  });

  it.each<[string, object, number, string]>([
    ['nothing', {}, 400, 'not-valid'],
    ['a language that is none', { language: 'Deutsch, bitte' }, 400, 'not-valid'],
    ['an original that is no id', { translationOf: 'Zoe.xml' }, 400, 'not-valid'],
    ['an original of another transfer', { translationOf: randomUUID() }, 422, 'translation-unknown'],
    ['a role nobody knows', { role: 'gossip' }, 400, 'not-valid'],
    ['a kind nobody knows', { kind: 'astral' }, 400, 'not-valid'],
    ['whom it is about by name', { subject: 'Zoe' }, 400, 'not-valid'],
    ['a title', { title: 'Zoe' }, 400, 'not-valid'],
    ['another type than its content', { type: 'pdf' }, 400, 'not-valid'],
  ])('with %s is refused and changes nothing', async (_, body, status, code) => {
    const { id } = await opened(rig);
    const documentId = await added(id);
    const answer = await patch(id, documentId, body);
    expect([answer.status, answer.body['code']]).toEqual([status, code]);
    expect(JSON.stringify(answer.body)).not.toMatch(/Zoe|gossip|astral|bitte/);
    expect((await told(id)).some(({ type }) => type.includes('document-described'))).toBe(false);
  });

  it('of a document or a transfer that is not there is refused', async () => {
    const { id } = await opened(rig);
    const unknown = await patch(id, randomUUID(), { language: 'pt' });
    expect([unknown.status, unknown.body['code']]).toEqual([404, 'unknown-document']);
    expect((await patch(randomUUID(), randomUUID(), { language: 'pt' })).status).toBe(404);
  });
});
