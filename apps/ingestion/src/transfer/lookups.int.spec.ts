import { randomUUID } from 'node:crypto';
import { jest } from '@jest/globals';
import { type Answer, type IngestionRig, openIngestionRig } from '../testing/ingestion-rig.js';
import { enterParties, eventually, inbound, opened, outbound, sent } from '../testing/requests.js';

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
interface Page {
  readonly transfers: readonly View[];
  readonly next?: string;
}

(missing ? describe.skip : describe)(`looking transfers up${missing ? ` (skipped: ${missing})` : ''}`, () => {
  let rig: IngestionRig;
  beforeAll(async () => {
    rig = await openIngestionRig();
    await enterParties(rig);
  }, startTimeoutMs);
  afterAll(() => rig?.close(), startTimeoutMs);

  const get = (named: string, as = 'records-staff') => rig.ask<View>(`/ingestion/transfers/${encodeURIComponent(named)}`, { as });
  const list = (query: string, as = 'records-staff') => rig.ask<Page>(`/ingestion/transfers?${query}`, { as });
  const reached = (id: string, state: string) =>
    eventually(
      () => get(id),
      ({ body }) => body.state === state,
    );
  const normalization = 'bulfinch.normalization.v1';
  const consent = 'bulfinch.consent.v1';
  const accesses = (kind: string) =>
    rig.database
      .collection<{ outbox: { data: { object: { kind: string; id?: string }; actor: object; action: string } }[] }>('accesses')
      .find({ 'outbox.data.object.kind': kind })
      .toArray();

  describe('lists', () => {
    it('go newest first through pages, each transfer once', async () => {
      const party = 'clinic:clinica-braga';
      const made: string[] = [];
      for (let i = 0; i < 53; i++) made.push((await opened(rig, inbound, party)).id);
      const first = (await list('', party)).body;
      expect(first.transfers).toHaveLength(50);
      const second = (await list(`cursor=${first.next}`, party)).body;
      expect(second.next).toBeUndefined();
      const seen = [...first.transfers, ...second.transfers].map(({ id }) => id);
      expect(seen).toEqual([...made].sort().reverse());
    });

    it('ask by state, hold, recipient, patient, referral and time', async () => {
      const { id, patientId, reference } = await sent(rig);
      await rig.say(normalization, 'record-normalized', id);
      await rig.say(consent, 'release-held', id);
      await reached(id, 'held');
      const found = async (query: string) => (await list(query)).body.transfers.some((line) => line.id === id);
      const own = `patient=${patientId}`;
      const today = new Date().toISOString().slice(0, 10);
      for (const query of [
        own,
        `${own}&state=held`,
        `${own}&hold=review`,
        `${own}&recipient=clinica-lisboa`,
        `referral=${reference.slice(0, 9)}`,
        `${own}&from=2026-01-01`,
        `${own}&to=2999-01-01T00:00:00Z`,
        `${own}&from=${today}&to=${today}`,
      ])
        expect([query, await found(query)]).toEqual([query, true]);
      for (const query of [
        `${own}&state=draft`,
        `${own}&hold=consent`,
        `${own}&recipient=mgh`,
        'referral=K7QM-3XPC',
        `${own}&from=2999-01-01`,
        `${own}&to=2026-01-01`,
        `patient=${randomUUID()}`,
      ])
        expect([query, await found(query)]).toEqual([query, false]);
    });

    it('have an index for each of their questions', async () => {
      const names = (await rig.database.collection('transfers').indexes()).map(({ name }) => name);
      for (const field of [
        'standing.state',
        'outside.state',
        'holdKinds',
        'facts.recipientId',
        'facts.senderId',
        'facts.patientId',
        'facts.referralId',
      ])
        expect(names).toContain(`list ${field}`);
    });

    it('of a clinic hold only its own, and nothing to ask hidden things by', async () => {
      await sent(rig);
      const { id } = await sent(rig, inbound, 'clinic:clinica-porto');
      await rig.say(normalization, 'record-normalized', id);
      await rig.say(consent, 'release-held', id);
      await reached(id, 'held');
      const { transfers } = (await list('', 'clinic:clinica-faro')).body;
      expect(transfers).toEqual([]);
      const porto = (await list('', 'clinic:clinica-porto')).body.transfers;
      expect(porto.map((line) => line.id)).toEqual([id]);
      expect(porto.every(({ senderId }) => senderId === 'clinica-porto')).toBe(true);
      expect(JSON.stringify(porto)).not.toContain('patientId');
      for (const query of ['state=held', 'hold=review', `patient=${randomUUID()}`]) {
        const answer = await list(query, 'clinic:clinica-porto');
        expect(answer.status === 400 || answer.body.transfers.length === 0).toBe(true);
      }
    });

    it.each([
      'state=flying',
      'hold=strong',
      'recipient=a b',
      'patient=4711',
      'referral=K7QM-3XPD',
      'from=yesterday',
      'cursor=AAAA',
      'limit=9999',
      'state=draft&state=held',
    ])('are refused for %s', async (query) => {
      const answer = await list(query);
      expect(answer.status).toBe(400);
      expect(JSON.stringify(answer.body)).not.toMatch(/flying|strong|4711|yesterday|9999/);
    });
  });

  describe('a referral', () => {
    const referral = (reference: string, as = 'records-staff') =>
      rig.ask<Page & { code?: string; patientId?: string }>(`/ingestion/referrals/${reference}`, { as });

    it('shows everything under it that the caller may see', async () => {
      const first = await opened(rig);
      const reference = first.reference.slice(0, 9);
      await opened(rig, { ...outbound, patient: { patientId: first.patientId }, referral: reference });
      const shown = (await referral(reference)).body;
      expect(shown).toMatchObject({ patientId: first.patientId, reference });
      expect(shown.transfers.map((line) => line['reference'])).toEqual([`${reference}-2`, `${reference}-1`]);
      const answers: Answer<object>[] = [
        await referral(reference, 'clinic:clinica-porto'),
        await referral('K7QM-3XPC', 'clinic:clinica-porto'),
      ];
      expect(answers.map(({ status }) => status)).toEqual([404, 404]);
      expect(answers[0]?.body).toEqual(answers[1]?.body);
      expect((await referral('K7QM-3XPD')).body.code).toBe('mistyped-reference');
    });
  });

  describe('every look', () => {
    it('at a transfer, a list or a referral is recorded before it is answered', async () => {
      const { id, reference, referralId } = await opened(rig);
      await get(id, 'auditor@anna');
      await list('', 'auditor@berta');
      await rig.ask(`/ingestion/referrals/${reference.slice(0, 9)}`, { as: 'auditor@carla' });
      const found = [...(await accesses('transfer')), ...(await accesses('referral'))].flatMap(({ outbox }) =>
        outbox.map(({ data }) => data),
      );
      const by = (name: string) => found.filter(({ actor }) => (actor as { id: string }).id === name);
      expect(by('anna')).toMatchObject([{ action: 'read', object: { kind: 'transfer', id } }]);
      expect(by('berta')).toMatchObject([{ action: 'search', object: { kind: 'transfer' } }]);
      expect(by('carla')).toMatchObject([{ action: 'read', object: { kind: 'referral', id: referralId } }]);
    });

    it('that cannot be recorded is not answered', async () => {
      const { id, reference } = await opened(rig);
      const database = rig.database.db;
      await database?.command({ collMod: 'accesses', validator: { never: { $exists: true } } });
      const answers = [
        await get(id),
        await list(''),
        await rig.ask<View>(`/ingestion/referrals/${reference.slice(0, 9)}`, { as: 'records-staff' }),
      ];
      await database?.command({ collMod: 'accesses', validator: {} });
      for (const answer of answers) {
        expect(answer.status).toBe(503);
        expect(JSON.stringify(answer.body)).not.toContain(reference);
      }
      expect((await get(id)).status).toBe(200);
    });
  });

  it('is told of in OpenAPI: every door with its roles behind a token', async () => {
    const { body } = await rig.ask<{ paths: Record<string, object> }>('/docs-json');
    expect(Object.keys(body.paths).sort((one, other) => one.localeCompare(other))).toEqual([
      '/ingestion/parked',
      '/ingestion/parked/{caseId}',
      '/ingestion/patients/{patientId}/links',
      '/ingestion/patients/search',
      '/ingestion/referrals/{reference}',
      '/ingestion/transfers',
      '/ingestion/transfers/{id}',
      '/ingestion/transfers/{id}/cancel',
      '/ingestion/transfers/{id}/documents/{documentId}',
      '/ingestion/transfers/{id}/holds/{holdId}',
      '/ingestion/transfers/{id}/recall',
      '/ingestion/transfers/{id}/submit',
    ]);
  });

  describe('a hold', () => {
    it('asked to be answered here names the service that answers it', async () => {
      const { id } = await sent(rig);
      await rig.say(consent, 'release-held', id);
      const held = (await reached(id, 'held')).body['holds'] as { id: string }[];
      const answer = await rig.ask<{ code: string; detail: string }>(`/ingestion/transfers/${id}/holds/${held[0]?.id}`, {
        method: 'POST',
        as: 'reviewer',
        body: { decision: 'release', reason: 'seen' },
      });
      expect([answer.status, answer.body.code]).toEqual([501, 'not-there-yet']);
      expect(answer.body.detail).toContain('/consent/transfers/');
      expect((await rig.ask(`/ingestion/transfers/${id}/holds/${randomUUID()}`, { method: 'POST', as: 'reviewer', body: {} })).status).toBe(
        404,
      );
    });
  });
});
