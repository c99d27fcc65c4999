import { randomUUID } from 'node:crypto';
import { jest } from '@jest/globals';
import { type IngestionRig, openIngestionRig } from '../testing/ingestion-rig.js';
import { enterParties, opened, outbound } from '../testing/requests.js';

const missing = process.env['TEST_SKIP_MONGODB'];
const startTimeoutMs = 120_000;
/** The machine may be busy with other tests: slow is no fault here. */
jest.setTimeout(60_000);

interface Found {
  readonly patients: readonly { readonly patientId: string; readonly joinedWith: readonly string[]; readonly name: readonly object[] }[];
  readonly more: boolean;
  readonly code?: string;
}
interface Linked {
  readonly link?: string;
  readonly joinedWith: readonly string[];
  readonly links?: readonly { readonly to: string; readonly link: string; readonly changes: readonly object[] }[];
  readonly code?: string;
}
interface Told {
  readonly type: string;
  readonly data: { readonly action?: string; readonly object?: object; readonly patientId?: string; readonly to?: string };
}

(missing ? describe.skip : describe)(`the patient register${missing ? ` (skipped: ${missing})` : ''}`, () => {
  let rig: IngestionRig;
  beforeAll(async () => {
    rig = await openIngestionRig();
    await enterParties(rig);
  }, startTimeoutMs);
  afterAll(() => rig?.close(), startTimeoutMs);

  const enter = async (patient: object): Promise<string> => (await opened(rig, { ...outbound, patient })).patientId ?? '';
  const search = (body: unknown, as = 'records-staff') => rig.ask<Found>('/ingestion/patients/search', { method: 'POST', as, body });
  const found = async (body: unknown): Promise<readonly string[]> => (await search(body)).body.patients.map(({ patientId }) => patientId);
  const change = (method: 'POST' | 'DELETE', patientId: string, to: string, as = 'records-staff', reason = 'Zoë ist dieselbe') =>
    rig.ask<Linked>(`/ingestion/patients/${patientId}/links`, { method, as, body: { to, reason } });
  const links = (patientId: string, as = 'records-staff') => rig.ask<Linked>(`/ingestion/patients/${patientId}/links`, { as });
  const toldIn = async (collection: string): Promise<readonly Told[]> =>
    (await rig.database.collection<{ outbox: Told[] }>(collection).find({}).toArray()).flatMap(({ outbox }) => outbox);

  describe('finds a patient', () => {
    let zoe: string;
    let li: string;
    beforeAll(async () => {
      zoe = await enter({
        identifiers: [
          { system: 'urn:bulfinch:mgh:mrn', value: '47-11' },
          { value: 'PT 998/7', country: 'PT' },
        ],
        name: [{ given: ['Zoë', 'Ángela'], family: 'Ñandú-Suche' }],
        birthDate: '1971-03-20',
      });
      li = await enter({ name: [{ text: '李小龍' }, { text: 'Li Xiaolong' }], birthDate: '1940' });
    });

    it.each([
      ['by a hospital number', { identifier: { system: 'urn:bulfinch:mgh:mrn', value: '4711' } }],
      ['by any other identifier, written otherwise', { identifier: { value: 'pt998-7' } }],
      ['by a name in another case, without accents, in another order', { name: 'NANDU zoe' }],
      ['by the beginning of a name', { name: 'ñan ange' }],
      ['by name and date of birth', { name: 'suche', birthDate: '1971-03-20' }],
      ['by the year of birth beside a name', { name: 'suche', birthDate: '1971' }],
    ])('%s', async (_, asked) => expect(await found(asked)).toEqual([zoe]));

    it.each([
      ['by a name in Chinese', { name: '李小龍' }],
      ['by its first character', { name: '李' }],
      ['in Latin letters too', { name: 'xiaolong' }],
      ['whose year of birth alone is known, by the day', { birthDate: '1940-11-27' }],
    ])('%s', async (_, asked) => expect(await found(asked)).toEqual([li]));

    it.each([
      ['one of the words is another', { name: 'zoe maria suche' }],
      ['the date of birth is another', { name: 'suche', birthDate: '1971-04' }],
      ['the identifier is of another system', { identifier: { system: 'urn:other', value: '4711' } }],
      ['a pattern was typed instead of a name', { name: '.*' + 'xx' }],
    ])('never where %s', async (_, asked) => expect(await found(asked)).toEqual([]));

    it('among many with no more than twenty, and says that there are more', async () => {
      for (let i = 0; i < 21; i++) await enter({ name: [{ family: 'Vieltausend', given: [`N${i}`] }] });
      const { body } = await search({ name: 'vieltausend' });
      expect([body.patients.length, body.more]).toEqual([20, true]);
      expect((await search({ name: 'vieltausend n20' })).body).toMatchObject({ patients: [expect.anything()], more: false });
    });

    it('by an index, whatever is asked', async () => {
      const names = (await rig.database.collection('patients').indexes()).map(({ name }) => name);
      expect(names).toEqual(expect.arrayContaining(['search words', 'search identifiers', 'search birthDate']));
      const plan = await rig.database
        .collection('patients')
        .find({ 'search.words': /^nandu/ })
        .explain('queryPlanner');
      expect(JSON.stringify(plan)).toContain('search words');
      expect(JSON.stringify(plan)).not.toContain('COLLSCAN');
    });

    it('for records staff and the privacy officer alone', async () => {
      expect((await search({ name: 'suche' }, 'privacy-officer')).status).toBe(200);
      for (const other of ['clinic:clinica-porto', 'auditor', 'operator', 'patient', 'reviewer'])
        expect((await search({ name: 'suche' }, other)).status).toBe(403);
    });

    it.each([
      ['nothing', {}],
      ['an empty name', { name: ' ' }],
      ['a name of punctuation', { name: '.*' }],
      ['a null character', { name: 'a\u0000b' }],
      ['a lone surrogate', { name: 'a\ud800' }],
      ['a name that never ends', { name: 'x'.repeat(301) }],
      ['an identifier of punctuation', { identifier: { value: '--' } }],
      ['a date that is none', { birthDate: '1971-13' }],
      ['an operator of the database', { name: { $gt: '' } }],
      ['a field nobody knows', { name: 'a', nome: 'b' }],
    ])('not for %s', async (_, asked) => {
      const answer = await search(asked);
      expect([answer.status, answer.body.code]).toEqual([400, 'not-valid']);
      expect(JSON.stringify(answer.body)).not.toMatch(/nome|\$gt|x{9}/);
    });

    it('and records who was shown to whom before it answers, without the words searched for', async () => {
      await search({ name: 'nandu suche' }, 'records-staff@ines');
      await search({ name: 'niemand' }, 'records-staff@ines');
      const told = (await toldIn('accesses')).filter(({ data }) => JSON.stringify(data).includes('"ines"'));
      expect(told.map(({ data }) => data)).toMatchObject([
        { action: 'search', object: { kind: 'patient' }, patientId: zoe },
        { action: 'search', object: { kind: 'patient' } },
      ]);
      expect(told[1]?.data.patientId).toBeUndefined();
      expect(JSON.stringify(told)).not.toMatch(/nandu|suche|niemand/i);
    });

    it('for nobody when the search cannot be recorded', async () => {
      const database = rig.database.db;
      await database?.command({ collMod: 'accesses', validator: { never: { $exists: true } } });
      const answers = [await search({ name: 'suche' }), await search({ name: 'niemand' }), await links(zoe)];
      await database?.command({ collMod: 'accesses', validator: {} });
      expect(answers.map(({ status }) => status)).toEqual([503, 503, 503]);
      expect(JSON.stringify(answers)).not.toMatch(new RegExp(`Ñandú|${zoe}`));
    });
  });

  describe('joins two patients', () => {
    const pair = async () => [await enter({ name: [{ text: 'Ana Um' }] }), await enter({ name: [{ text: 'Ana Dois' }] })] as const;
    const listed = async (patientId: string) =>
      (await rig.ask<{ transfers: { patientId: string }[] }>(`/ingestion/transfers?patient=${patientId}`, { as: 'records-staff' })).body
        .transfers;

    it('so that the transfers of one are listed for both, and parts them again: nobody is merged', async () => {
      const [one, other] = await pair();
      const joined = await change('POST', one, other);
      expect([joined.status, joined.body]).toEqual([200, { patientId: one, to: other, link: 'joined', joinedWith: [other] }]);
      for (const asked of [one, other]) expect((await listed(asked)).map(({ patientId }) => patientId).sort()).toEqual([one, other].sort());
      const hits = (await search({ name: 'ana um' })).body.patients;
      expect(hits).toMatchObject([{ patientId: one, joinedWith: [other] }]);
      const parted = await change('DELETE', other, one);
      expect([parted.status, parted.body]).toEqual([200, { patientId: other, to: one, link: 'parted', joinedWith: [] }]);
      expect((await listed(one)).map(({ patientId }) => patientId)).toEqual([one]);
    });

    it('through a third as well, and says so when two that are parted are still joined', async () => {
      const [one, other] = await pair();
      const third = await enter({ name: [{ text: 'Ana Três' }] });
      await change('POST', one, other);
      await change('POST', other, third);
      await change('POST', one, third);
      expect(await listed(one)).toHaveLength(3);
      const { body } = await change('DELETE', one, third);
      expect([body.link, [...body.joinedWith].sort()]).toEqual(['parted', [other, third].sort()]);
    });

    it('once, also when asked twice, at once and the other way round; every change of mind is published without its reason', async () => {
      const [one, other] = await pair();
      const answers = await Promise.all([change('POST', one, other), change('POST', other, one), change('POST', one, other)]);
      expect(answers.map(({ status, body }) => [status, body.link])).toEqual(Array(3).fill([200, 'joined']));
      await change('DELETE', one, other, 'privacy-officer@olga');
      await change('DELETE', one, other, 'privacy-officer@olga');
      const told = (await toldIn('patient-links')).filter(({ data }) => [data.patientId, data.to].includes(one));
      expect(told.map(({ type }) => type)).toEqual([
        'org.bulfinch.ingestion.patients-joined.v1',
        'org.bulfinch.ingestion.patients-parted.v1',
      ]);
      expect(JSON.stringify(told)).toContain('olga');
      expect(JSON.stringify(told)).not.toContain('Zoë');
    });

    it('and keeps a list of who joined and parted them, and why; the look is recorded', async () => {
      const [one, other] = await pair();
      await change('POST', one, other);
      await change('DELETE', one, other, 'privacy-officer', 'doch zwei');
      const { body } = await links(other, 'privacy-officer@rosa');
      expect(body).toMatchObject({
        joinedWith: [],
        links: [
          {
            to: one,
            link: 'parted',
            changes: [
              { how: 'join', reason: 'Zoë ist dieselbe' },
              { how: 'part', reason: 'doch zwei' },
            ],
          },
        ],
      });
      const told = (await toldIn('accesses')).filter(({ data }) => JSON.stringify(data).includes('"rosa"'));
      expect(told).toMatchObject([{ data: { action: 'read', object: { kind: 'patient', id: other }, patientId: other } }]);
    });

    it('for records staff and the privacy officer alone; unknown patients are told as the fault of who named them', async () => {
      const [one, other] = await pair();
      for (const as of ['clinic:clinica-porto', 'auditor', 'operator', 'reviewer']) {
        expect((await change('POST', one, other, as)).status).toBe(403);
        expect((await change('DELETE', one, other, as)).status).toBe(403);
        expect((await links(one, as)).status).toBe(403);
      }
      for (const nobody of [randomUUID(), 'Ana', '%00']) {
        expect((await change('POST', nobody, other)).status).toBe(404);
        expect((await links(nobody)).status).toBe(404);
      }
      const unknown = await change('POST', one, randomUUID());
      expect([unknown.status, unknown.body.code]).toEqual([422, 'unknown-patient']);
      const itself = await change('POST', one, one.toUpperCase());
      expect([itself.status, itself.body.code]).toEqual([422, 'same-patient']);
      for (const body of [{}, { to: one }, { to: 'Ana', reason: 'x' }, { to: one, reason: ' ' }, { to: one, reason: 'x', more: 1 }])
        expect((await rig.ask(`/ingestion/patients/${other}/links`, { method: 'POST', as: 'records-staff', body })).status).toBe(400);
    });

    it('by an index of its own', async () => {
      const names = (await rig.database.collection('patient-links').indexes()).map(({ name }) => name);
      expect(names).toContain('links of a patient');
    });
  });
});
