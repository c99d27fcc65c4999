import { randomUUID } from 'node:crypto';
import { jest } from '@jest/globals';
import { type IngestionRig, openIngestionRig } from '../testing/ingestion-rig.js';
import { enterParties, eventually, inbound, opened, sent } from '../testing/requests.js';

const missing = process.env['TEST_SKIP_MONGODB'];
const startTimeoutMs = 120_000;
/** The machine may be busy with other tests: slow is no fault here. */
jest.setTimeout(60_000);

interface View {
  readonly id: string;
  readonly state: string;
  readonly code?: string;
  readonly [field: string]: unknown;
}

(missing ? describe.skip : describe)(`following a transfer${missing ? ` (skipped: ${missing})` : ''}`, () => {
  let rig: IngestionRig;
  beforeAll(async () => {
    rig = await openIngestionRig();
    await enterParties(rig);
  }, startTimeoutMs);
  afterAll(() => rig?.close(), startTimeoutMs);

  const get = (named: string, as = 'records-staff') => rig.ask<View>(`/ingestion/transfers/${encodeURIComponent(named)}`, { as });
  const post = (id: string, door: string, body: unknown, as = 'records-staff') =>
    rig.ask<View>(`/ingestion/transfers/${id}/${door}`, { method: 'POST', as, body });
  const cancel = (id: string, as?: string) => post(id, 'cancel', { reason: 'sent twice\nby mistake' }, as);
  const reached = (id: string, state: string) =>
    eventually(
      () => get(id),
      ({ body }) => body.state === state,
    );
  const normalization = 'bulfinch.normalization.v1';
  const consent = 'bulfinch.consent.v1';
  const delivery = 'bulfinch.delivery.v1';
  const released = async (id: string) => {
    await rig.say(normalization, 'record-normalized', id);
    await rig.say(consent, 'record-released', id);
  };

  describe('submitting', () => {
    it('answers the truth, and the same when asked again', async () => {
      const { id, reference } = await sent(rig);
      for (const named of [id, reference, reference.toLowerCase().replaceAll('-', ' ')]) {
        const again = await post(encodeURIComponent(named), 'submit', {});
        expect([again.status, again.body]).toEqual([202, { id, reference, state: 'submitted' }]);
      }
      const outbox = (
        await rig.database.collection<{ _id: string; outbox: { type: string; data: object }[] }>('transfers').findOne({ _id: id })
      )?.outbox;
      expect(outbox?.map(({ type }) => type.split('.')[3])).toEqual(['transfer-created', 'document-received', 'transfer-submitted']);
      expect(outbox?.[2]?.data).toMatchObject({ facts: { recipientId: 'clinica-lisboa' }, documents: [{ type: 'ccda' }] });
    });

    it('without a document is refused', async () => {
      const answer = await post((await opened(rig)).id, 'submit', {});
      expect([answer.status, answer.body.code]).toEqual([422, 'no-documents']);
    });
  });

  describe('the status', () => {
    it('follows normalization, consent and delivery to the acknowledgement', async () => {
      const { id, reference, patientId } = await sent(rig);
      expect((await get(id)).body).toMatchObject({ state: 'submitted', whoseTurn: 'house', needsAttention: false, patientId, reference });
      await rig.say(normalization, 'record-normalized', id);
      expect((await reached(id, 'normalized')).body).toMatchObject({ report: { statements: 41, kept: 39, lost: 2 } });
      await rig.say(consent, 'release-held', id);
      expect((await reached(id, 'held')).body).toMatchObject({ whoseTurn: 'reviewer', holds: [{ kind: 'review' }] });
      await rig.say(consent, 'hold-answered', id);
      await rig.say(consent, 'record-released', id, { waiver: 'embedded-demo' });
      expect((await reached(id, 'permitted')).body).toMatchObject({ waiver: 'embedded-demo', holds: [], leftBefore: 'not-known-yet' });
      await rig.say(delivery, 'delivery-opened', id);
      await rig.say(delivery, 'attempt-started', id);
      await rig.say(delivery, 'attempt-failed', id);
      await rig.say(delivery, 'attempt-started', id, { attempt: 2 });
      await rig.say(delivery, 'delivered', id, { attempt: 2 });
      expect((await reached(id, 'delivered')).body).toMatchObject({
        whoseTurn: 'recipient',
        attempts: { count: 2, last: 'delivered' },
        evidence: [{ fact: 'stored' }],
        leftBefore: 'left',
      });
      await rig.say(delivery, 'evidence-added', id);
      const end = (await reached(id, 'acknowledged')).body;
      expect(end).toMatchObject({ evidenceLevel: 5, whoseTurn: 'nobody' });
      expect(end).not.toHaveProperty('deadline');
      expect((end['timeline'] as { what: string }[]).map(({ what }) => what)).toEqual(
        expect.arrayContaining([
          'transfer-submitted',
          'record-normalized',
          'release-held',
          'record-released',
          'attempt-failed',
          'delivered',
        ]),
      );
    });

    it('is true although delivery is heard before consent and normalization', async () => {
      const { id } = await sent(rig);
      await rig.say(delivery, 'delivered', id);
      await reached(id, 'delivered');
      await rig.say(consent, 'record-released', id);
      await rig.say(normalization, 'record-normalized', id);
      const late = await eventually(
        () => get(id),
        ({ body }) => body['report'] !== undefined,
      );
      expect(late.body.state).toBe('delivered');
    });

    it('is found by the spoken reference; a mistyped one says so; an unknown one does not exist', async () => {
      const { id, reference } = await opened(rig);
      expect((await get(reference.toLowerCase())).body.id).toBe(id);
      expect((await get(` ${reference.replaceAll('-', ' ')}`)).body.id).toBe(id);
      const wrong = reference.startsWith('2') ? `3${reference.slice(1)}` : `2${reference.slice(1)}`;
      for (const mistyped of [wrong, 'K7QM', 'no-such-thing', '0'.repeat(40)])
        expect([(await get(mistyped)).status, (await get(mistyped)).body.code]).toEqual([400, 'mistyped-reference']);
      for (const unknown of [
        randomUUID(),
        `${reference.slice(0, 9)}-2`,
        `${reference.slice(0, 9)}-0`,
        reference.slice(0, 9),
        'K7QM-3XPC-1',
      ])
        expect((await get(unknown)).status).toBe(404);
    });

    it('is for the clinic that sent it in, and does not exist for another', async () => {
      const { id, reference } = await sent(rig, inbound, 'clinic:clinica-porto');
      await rig.say(normalization, 'record-normalized', id);
      await rig.say(consent, 'release-held', id);
      await reached(id, 'held');
      const own = await get(id, 'clinic:clinica-porto');
      expect(own.body).toMatchObject({ state: 'normalized', holds: [], whoseTurn: 'hospital' });
      expect(own.body).not.toHaveProperty('patientId');
      const unknown = await get(randomUUID(), 'clinic:clinica-lisboa');
      for (const named of [id, reference]) {
        const others = await get(named, 'clinic:clinica-lisboa');
        expect([others.status, others.body]).toEqual([404, unknown.body]);
      }
      for (const door of ['submit', 'cancel', 'recall'])
        expect((await post(id, door, { reason: 'x' }, 'clinic:clinica-lisboa')).status).toBe(404);
      expect((await get(id, 'patient')).status).toBe(403);
      expect((await rig.ask(`/ingestion/transfers/${id}`)).status).toBe(401);
    });

    it('is for a receiving clinic once the records have arrived, to look at and not to change', async () => {
      const { id } = await sent(rig);
      await released(id);
      await reached(id, 'permitted');
      expect((await get(id, 'clinic:clinica-lisboa')).status).toBe(404);
      await rig.say(delivery, 'delivered', id);
      await reached(id, 'delivered');
      expect((await get(id, 'clinic:clinica-lisboa')).body).toMatchObject({ state: 'delivered', documents: [] });
      expect((await cancel(id, 'clinic:clinica-lisboa')).body.code).toBe('not-yours-to-change');
    });

    it('of a stage whose deadline has passed calls for a person', async () => {
      const { id } = await opened(rig);
      const longAgo = '2026-01-01T00:00:00.000Z';
      const old = { 'state.openedAt': longAgo, 'state.standing.since': longAgo, dueAt: new Date(longAgo) };
      await rig.database.collection<{ _id: string }>('transfers').updateOne({ _id: id }, { $set: old, $inc: { revision: 1 } });
      const late = await eventually(
        () => get(id),
        ({ body }) => body['needsAttention'] === true,
        20_000,
      );
      expect(late.body).toMatchObject({ state: 'draft', attention: { reason: 'draft-overdue' }, whoseTurn: 'requester' });
    }, 30_000);
  });

  describe('stopping', () => {
    it('a draft is over at once, and nothing has left', async () => {
      const { id } = await opened(rig);
      const answer = await cancel(id);
      expect([answer.status, answer.body]).toMatchObject([202, { state: 'cancelled', leftBefore: 'nothing' }]);
      expect((await cancel(id)).body).toEqual(answer.body);
      expect((await post(id, 'submit', {})).status).toBe(409);
    });

    it('a submitted one is told on, waits for the gate, and its reason is told to nobody', async () => {
      const { id } = await sent(rig);
      expect((await cancel(id)).body).toMatchObject({ state: 'submitted', leftBefore: 'not-known-yet' });
      await cancel(id);
      const stored = await rig.database
        .collection<{ _id: string; outbox: { type: string; data: object }[] }>('transfers')
        .findOne({ _id: id });
      expect(stored?.outbox.filter(({ type }) => type.endsWith('transfer-cancelled.v1'))).toHaveLength(1);
      expect(JSON.stringify(stored?.outbox)).not.toContain('sent twice');
      await rig.say(consent, 'gate-closed', id, { because: 'cancelled', left: 'nothing' });
      await reached(id, 'cancelled');
    });

    it('a delivered one tells what has left; a recall ends as recalled', async () => {
      const { id } = await sent(rig);
      await released(id);
      await rig.say(delivery, 'delivered', id);
      await reached(id, 'delivered');
      const answer = await post(id, 'recall', { reason: 'wrong clinic' });
      expect([answer.status, answer.body]).toMatchObject([202, { state: 'delivered', leftBefore: 'left', evidence: [{ fact: 'stored' }] }]);
      await rig.say(consent, 'gate-closed', id, { because: 'recalled', left: 'left' });
      expect((await reached(id, 'recalled')).body).toMatchObject({ leftBefore: 'left', endAsked: { how: 'recall' } });
      expect((await cancel(id)).status).toBe(202);
    });

    it('is refused without a reason, and where there is nothing to stop', async () => {
      const { id } = await sent(rig);
      for (const body of [{}, { reason: '' }, { reason: ' ' }, { reason: 'a\u0000b' }, { reason: 'a'.repeat(2001) }, undefined])
        expect((await post(id, 'cancel', body)).status).toBe(400);
      expect((await post((await opened(rig)).id, 'recall', { reason: 'x' })).body.code).toBe('not-submitted');
      await rig.say(normalization, 'documents-refused', id);
      expect((await reached(id, 'refused')).body).toMatchObject({ reason: 'not-convertible-yet', leftBefore: 'nothing' });
      const late = await cancel(id);
      expect([late.status, late.body.code]).toEqual([409, 'transfer-ended']);
    });
  });
});
