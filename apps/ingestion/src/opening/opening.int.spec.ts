import { randomUUID } from 'node:crypto';
import { jest } from '@jest/globals';
import { readReference } from '#libs/shared/domain';
import { type IngestionRig, openIngestionRig } from '../testing/ingestion-rig.js';
import { enterParties, inbound, type OpenedBody, open, opened, outbound, patient, sent } from '../testing/requests.js';

const missing = process.env['TEST_SKIP_MONGODB'];
const startTimeoutMs = 120_000;
/** The machine may be busy with other tests: slow is no fault here. */
jest.setTimeout(60_000);
const mrn = (value: string) => ({ ...patient, identifiers: [{ system: 'urn:bulfinch:mgh:mrn', value }] });

(missing ? describe.skip : describe)(`opening a transfer${missing ? ` (skipped: ${missing})` : ''}`, () => {
  let rig: IngestionRig;
  beforeAll(async () => {
    rig = await openIngestionRig();
    await enterParties(rig);
  }, startTimeoutMs);
  afterAll(() => rig?.close(), startTimeoutMs);

  const count = (collection: string, filter: object = {}) => rig.database.collection(collection).countDocuments(filter);
  const caseOf = async (id: string) =>
    (await rig.database.collection<{ _id: string; outbox: { type: string; data: object }[] }>('transfers').findOne({ _id: id })) ?? {
      outbox: [],
    };
  const registered = (id = '') => rig.database.collection<{ _id: string; details: { name: object[] } }>('patients').findOne({ _id: id });

  describe('by staff', () => {
    it('makes a draft with ids of its own and a reference that can be spoken', async () => {
      const { status, body } = await open(rig, outbound);
      expect([status, body.state]).toEqual([201, 'draft']);
      expect(body.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
      expect(body.patientId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4/);
      expect(body.reference).toMatch(/^[2-9A-HJKMNP-Z]{4}-[2-9A-HJKMNP-Z]{4}-1$/);
      expect(readReference(body.reference)).toMatchObject({ number: 1 });
      const { outbox } = await caseOf(body.id);
      expect(outbox.map(({ type }) => type)).toEqual(['org.bulfinch.ingestion.transfer-created.v1']);
      expect(outbox[0]?.data).toMatchObject({
        senderId: 'mgh',
        recipientId: 'clinica-lisboa',
        onWithheld: 'hold',
        scope: {},
        consentIds: [],
      });
      expect(JSON.stringify(outbox)).not.toMatch(/Ñandú|Zoë|1971/);
    });

    it('twice at once with one key makes one transfer, one patient, one referral, and answers alike', async () => {
      const before = await Promise.all(['transfers', 'patients', 'referrals'].map((name) => count(name)));
      const key = randomUUID();
      const answers = await Promise.all(Array.from({ length: 8 }, () => open(rig, outbound, 'records-staff', key)));
      expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(201));
      expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
      expect(await Promise.all(['transfers', 'patients', 'referrals'].map((name) => count(name)))).toEqual(before.map((n) => n + 1));
    });

    it('again after a crash at any step gives the same ids', async () => {
      const key = randomUUID();
      const first = (await open(rig, outbound, 'records-staff', key)).body;
      await rig.database.collection<{ _id: string }>('transfers').deleteOne({ _id: first.id });
      expect((await open(rig, outbound, 'records-staff', key)).body).toEqual(first);
      await rig.database.collection<{ _id: string }>('transfers').deleteOne({ _id: first.id });
      await rig.database.collection<{ _id: string }>('referrals').deleteOne({ _id: first.referralId });
      await rig.database.collection<{ _id: string }>('patients').deleteOne({ _id: first.patientId ?? '' });
      const again = (await open(rig, outbound, 'records-staff', key)).body;
      // The reference was not told to anyone before the crash, so it may be another.
      expect({ ...again, reference: '' }).toEqual({ ...first, reference: '' });
      expect(await registered(first.patientId)).not.toBeNull();
    });

    it('with a key that came with another request is refused, and the same key of another caller is another key', async () => {
      const key = randomUUID();
      const first = (await open(rig, outbound, 'records-staff', key)).body;
      const other = await open(rig, { ...outbound, neededBy: '2026-12-24' }, 'records-staff', key);
      expect([other.status, other.body.code]).toEqual([422, 'key-used-for-other']);
      expect((await open(rig, outbound, 'records-staff@anna', key)).body.id).not.toBe(first.id);
    });

    it('a refused request leaves its key free', async () => {
      const key = randomUUID();
      expect((await open(rig, { ...outbound, recipientId: 'sponsor-1' }, 'records-staff', key)).status).toBe(422);
      expect((await open(rig, outbound, 'records-staff', key)).status).toBe(201);
    });

    it.each([
      ['Arabic', { text: 'محمد بن عبد الله' }],
      ['Chinese', { family: '李', given: ['小龍'] }],
      ['Vietnamese, decomposed', { text: 'Nguyễn'.normalize('NFD') }],
      ['one name only', { given: ['Sukarno'] }],
    ])('keeps a name as it is given: %s', async (_, name) => {
      const { patientId } = await opened(rig, { ...outbound, patient: { name: [name] } });
      expect((await registered(patientId))?.details.name).toEqual([name]);
    });
  });

  describe('finds people', () => {
    it("by the hospital's own number only", async () => {
      const first = await opened(rig, { ...outbound, patient: mrn('100') });
      expect((await opened(rig, { ...outbound, patient: { ...mrn('100'), name: [{ text: 'Zoe Nandu' }] } })).patientId).toBe(
        first.patientId,
      );
      const abroad = { ...patient, identifiers: [{ system: 'urn:oid:2.16.620.1', value: '100' }] };
      expect((await opened(rig, { ...outbound, patient: abroad })).patientId).not.toBe(first.patientId);
      expect((await opened(rig, { ...outbound, patient: { patientId: first.patientId } })).patientId).toBe(first.patientId);
    });

    it('as one patient when two requests name a new number at once', async () => {
      const both = await Promise.all(Array.from({ length: 6 }, () => opened(rig, { ...outbound, patient: mrn('200') })));
      expect(new Set(both.map(({ patientId }) => patientId)).size).toBe(1);
    });

    it('whatever kind their identifiers are of, as a code or as FHIR says it', async () => {
      const identifiers = [
        { system: 'urn:oid:1.2.3', value: 'P-1', type: 'PPN', country: 'PT' },
        { value: 'P-2', type: { coding: [{ code: 'NI' }], text: 'cartão de cidadão' } },
      ];
      const { patientId } = await opened(rig, { ...outbound, patient: { ...patient, identifiers } });
      expect((await registered(patientId))?.details).toMatchObject({ identifiers: [{ type: 'PPN', country: 'PT' }, { type: 'NI' }] });
    });

    it('not at all when their numbers belong to two', async () => {
      await opened(rig, { ...outbound, patient: mrn('301') });
      await opened(rig, { ...outbound, patient: mrn('302') });
      const two = { ...patient, identifiers: [...mrn('301').identifiers, ...mrn('302').identifiers] };
      expect((await open(rig, { ...outbound, patient: two })).body.code).toBe('identifiers-of-several-patients');
    });

    it('never for a clinic, which is answered alike for known and unknown people', async () => {
      await opened(rig, { ...outbound, patient: mrn('400') });
      const before = await count('patients');
      const known = (await open(rig, { ...inbound, patient: mrn('400') }, 'clinic:clinica-porto')).body;
      const unknown = (await open(rig, { ...inbound, patient: mrn('401') }, 'clinic:clinica-porto')).body;
      expect(Object.keys(known)).toEqual(Object.keys(unknown));
      expect(known).not.toHaveProperty('patientId');
      expect(await count('patients')).toBe(before + 2);
    });
  });

  describe('by a clinic', () => {
    it('is inbound to the hospital, received, under its own name', async () => {
      const { id } = await opened(rig, inbound, 'clinic:clinica-porto');
      expect((await caseOf(id)).outbox[0]?.data).toMatchObject({
        direction: 'inbound',
        senderId: 'clinica-porto',
        recipientId: 'mgh',
        basis: 'received',
        purpose: 'TREAT',
        actor: { partyId: 'clinica-porto' },
      });
    });

    it.each([
      ['in the name of another', { senderId: 'clinica-lisboa' }, 422, 'sender-not-yours'],
      ['outbound', { direction: 'outbound' }, 400, 'not-valid'],
      ['on another basis', { authority: { basis: 'treatment' } }, 400, 'not-valid'],
      ['with a patientId', { patient: { patientId: randomUUID() } }, 400, 'not-valid'],
      ['to another clinic', { recipientId: 'clinica-lisboa' }, 422, 'no-authority'],
    ])('%s is refused', async (_, change, status, code) => {
      const answer = await open(rig, { ...inbound, ...change }, 'clinic:clinica-porto');
      expect([answer.status, answer.body.code]).toEqual([status, code]);
    });
  });

  describe('is refused', () => {
    const consentIds = [randomUUID()];
    it.each<[string, object, number, string]>([
      ['to an unknown recipient', { recipientId: 'nobody' }, 422, 'recipient-unknown'],
      ['to a suspended recipient', { recipientId: 'clinica-fechada' }, 422, 'recipient-suspended'],
      ['to a recipient whose proof has expired', { recipientId: 'clinica-velha' }, 422, 'recipient-not-verified'],
      ['to a sponsor for treatment', { recipientId: 'sponsor-1' }, 422, 'no-authority'],
      ['for a purpose outside the table', { purpose: 'HLEGAL' }, 422, 'no-authority'],
      ['for a purpose outside the list', { purpose: 'CURIOSITY' }, 400, 'not-valid'],
      ['on a basis outside the table', { authority: { basis: 'legal-process' } }, 422, 'no-authority'],
      ['on an authorization without a consent', { authority: { basis: 'authorization' } }, 422, 'consent-missing'],
      ['without a recipient', { recipientId: undefined }, 422, 'recipient-missing'],
      [
        'inbound without a sender',
        { direction: 'inbound', recipientId: undefined, authority: { basis: 'received' } },
        422,
        'sender-missing',
      ],
      ['from the recipient itself', { senderId: 'clinica-lisboa' }, 422, 'sender-is-recipient'],
      ['for a patient the register does not know', { patient: { patientId: randomUUID() } }, 422, 'unknown-patient'],
      ['in a referral that is not there', { referral: 'K7QM-3XPC' }, 422, 'unknown-referral'],
      ['in a mistyped referral', { referral: 'K7QM-3XPU' }, 400, 'mistyped-reference'],
      ['in reply to a transfer that is not there', { inReplyTo: randomUUID() }, 422, 'unknown-transfer'],
      ['without a name', { patient: { name: [] } }, 400, 'not-valid'],
      ['with an empty name', { patient: { name: [{ use: 'official' }] } }, 400, 'not-valid'],
      ['with a null character in a name', { patient: { name: [{ text: 'Ana\u0000Maria' }] } }, 400, 'not-valid'],
      ['with half a character in a name', { patient: { name: [{ text: 'Ana\ud83d' }] } }, 400, 'not-valid'],
      ['with a name that never ends', { patient: { name: [{ text: 'A'.repeat(301) }] } }, 400, 'not-valid'],
      ['with 21 names', { patient: { name: Array(21).fill({ text: 'Ana' }) } }, 400, 'not-valid'],
      ['with a birth date that is none', { patient: { ...patient, birthDate: '1971-13-40' } }, 400, 'not-valid'],
      ['with a field that does not exist', { scoope: {} }, 400, 'not-valid'],
      [
        'with 21 consents',
        { authority: { basis: 'authorization', consentIds: Array.from({ length: 21 }, () => randomUUID()) } },
        400,
        'not-valid',
      ],
    ])('%s', async (_, change, status, code) => {
      const answer = await open(rig, { ...outbound, ...change });
      expect([answer.status, answer.body.code, answer.type]).toEqual([status, code, 'application/problem+json; charset=utf-8']);
      expect(JSON.stringify(answer.body)).not.toMatch(/Ana|CURIOSITY|nobody|scoope/);
    });

    it('naming the field that is wrong, and FHIR’s own word for identifiers, which would hide a hospital number', async () => {
      const wrong = { patient: { identifier: mrn('1').identifiers, name: [{ text: 'Ana\u0000' }] } };
      expect((await open(rig, { ...outbound, ...wrong })).body.fields).toEqual(['patient.identifier', 'patient.name.*.text']);
    });

    it('while the same on an authorization with a consent is opened', async () => {
      expect((await open(rig, { ...outbound, authority: { basis: 'authorization', consentIds } })).status).toBe(201);
    });

    it('without a key, with a strange key, without a token, for another role', async () => {
      const post = (headers: Record<string, string>, as?: string) =>
        rig.ask('/ingestion/transfers', { method: 'POST', as, body: outbound, headers });
      expect((await post({}, 'records-staff')).body).toMatchObject({ code: 'not-valid', fields: ['idempotency-key'] });
      expect((await post({ 'idempotency-key': 'ключ' }, 'records-staff')).status).toBe(400);
      expect((await post({ 'idempotency-key': 'k'.repeat(201) }, 'records-staff')).status).toBe(400);
      expect((await post({ 'idempotency-key': randomUUID() })).status).toBe(401);
      for (const role of ['auditor', 'reviewer', 'operator', 'patient', 'system'])
        expect((await post({ 'idempotency-key': randomUUID() }, role)).status).toBe(403);
    });

    it.each([
      ['broken JSON', '{"direction": "outbound",', 400],
      ['100,000 levels deep', `{"patient":${'['.repeat(100_000)}${']'.repeat(100_000)}}`, 400],
      ['a body over the limit', JSON.stringify({ ...outbound, patient: { name: [{ text: 'A'.repeat(1_100_000) }] } }), 413],
      ['a list', '[]', 400],
      ['nothing', '', 400],
    ])('%s', async (_, raw, status) => {
      const headers = { 'idempotency-key': randomUUID(), 'content-type': 'application/json' };
      const answer = await rig.ask('/ingestion/transfers', { method: 'POST', as: 'records-staff', raw, headers });
      expect([answer.status, answer.type]).toEqual([status, 'application/problem+json; charset=utf-8']);
    });
  });

  describe('in a referral', () => {
    const spoken = ({ reference }: OpenedBody) => reference.slice(0, 9);
    it('numbers the transfers in order of creation, also when many come at once', async () => {
      const first = await opened(rig, { ...outbound, patient: mrn('500') });
      const more = await Promise.all(
        Array.from({ length: 5 }, () =>
          opened(rig, { ...outbound, patient: { patientId: first.patientId }, referral: spoken(first).toLowerCase() }),
        ),
      );
      expect(more.map(({ reference }) => reference).sort()).toEqual([2, 3, 4, 5, 6].map((number) => `${spoken(first)}-${number}`));
      expect(new Set(more.map(({ referralId }) => referralId))).toEqual(new Set([first.referralId]));
    });

    it('refuses another patient of the register', async () => {
      const first = await opened(rig, outbound);
      const other = await opened(rig, outbound);
      const answer = await open(rig, { ...outbound, patient: { patientId: other.patientId }, referral: spoken(first) });
      expect([answer.status, answer.body.code]).toEqual([422, 'referral-other-patient']);
    });

    it('that is not its own does not exist for a clinic, nor does a transfer to reply to', async () => {
      const ours = await sent(rig);
      expect((await open(rig, { ...inbound, referral: spoken(ours) }, 'clinic:clinica-porto')).body.code).toBe('unknown-referral');
      expect((await open(rig, { ...inbound, inReplyTo: ours.reference }, 'clinic:clinica-porto')).body.code).toBe('unknown-transfer');
      const own = await opened(rig, inbound, 'clinic:clinica-porto');
      const reply = await open(rig, { ...inbound, referral: spoken(own), inReplyTo: own.reference }, 'clinic:clinica-porto');
      expect([reply.status, reply.body.reference]).toEqual([201, `${spoken(own)}-2`]);
    });
  });
});
