import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { PatientFacts } from '#libs/contracts';
import { VaultRefusal } from '#libs/vault';
import { matchOf, type RecordState, type SourceDocument } from '../record/domain/record.js';
import { factsOf, type NormalizationRig, openNormalizationRig } from '../testing/normalization-rig.js';

const skipReason = process.env['TEST_SKIP_MONGODB'];
const suite = skipReason ? describe.skip : describe;
const startTimeoutMs = 60_000;
const settleTimeoutMs = 20_000;
const summary = (): Promise<Buffer> => readFile(new URL('../../../bulfinch/fixtures/mgh-summary.xml', import.meta.url));
/** As the summary tells of its patient. */
const samePerson: PatientFacts = {
  names: [{ family: 'NANDU', given: ['Zoe'] }],
  birthDate: '1958-07-14',
  gender: 'female',
  identifiers: [{ system: 'urn:bulfinch:mgh:mrn', value: '4711' }],
};
const otherPerson: PatientFacts = { ...samePerson, names: [{ family: 'Geplant', given: ['Rita'] }], birthDate: '1985-01-31' };

suite(`the patient of a document against the register${skipReason ? ` (skipped: ${skipReason})` : ''}`, () => {
  let rig: NormalizationRig;
  beforeAll(async () => {
    rig = await openNormalizationRig();
  }, startTimeoutMs);
  afterAll(async () => {
    await rig?.close();
  }, startTimeoutMs);

  async function settled(transferId: string, statuses: readonly RecordState['status'][]): Promise<RecordState> {
    const state = await rig.records.waitFor(transferId, ({ status }) => statuses.includes(status), { timeoutMs: settleTimeoutMs });
    if (!state) throw new Error('the record did not settle');
    return state;
  }
  async function submitted(register: PatientFacts, ...documents: readonly SourceDocument[]): Promise<{ id: string; state: RecordState }> {
    const id = randomUUID();
    const patient = await rig.storeFacts(register);
    const sent = documents.length > 0 ? documents : [await rig.store(await summary())];
    await rig.say('transfer-submitted', id, 1, { facts: factsOf(rig.patientId), documents: sent, patient });
    return { id, state: await settled(id, ['held', 'normalized', 'refused']) };
  }
  const holdOf = (state: RecordState): string => matchOf(state)?.hold.id ?? 'none';
  const said = async (id: string) => (await rig.records.load(id))?.outbox ?? [];
  const facts = async (id: string) => (await said(id)).map(({ type }) => type.split('.')[3]);
  const answer = (id: string, holdId: string, body: unknown, role: 'records-staff' | 'clinic' | 'reviewer' | 'auditor' = 'records-staff') =>
    rig.post(`/normalization/transfers/${id}/holds/${holdId}`, role, body);
  const same = { decision: 'same-person', reason: 'Frau Geplant hat geheiratet' };

  it('is the same person: the record goes on at once', async () => {
    const { id, state } = await submitted(samePerson);
    expect(state.status).toBe('normalized');
    expect(await facts(id)).toEqual(['normalization-started', 'record-normalized']);
    expect((await rig.get(`/normalization/transfers/${id}/match`, 'records-staff')).status).toBe(404);
  });

  it('is told otherwise: the record is held, both values lie sealed to normalization alone, and no event has them', async () => {
    const { id, state } = await submitted(otherPerson);
    expect(state.status).toBe('held');
    expect(await facts(id)).toEqual(['normalization-started', 'record-held']);
    const values = matchOf(state)?.values;
    if (!values) throw new Error('no values');
    expect(Buffer.from(await (await rig.vaultOf('normalization')).open(values)).toString()).toContain('Geplant');
    for (const other of ['ingestion', 'consent', 'delivery', 'audit'] as const)
      await expect((await rig.vaultOf(other)).open(values)).rejects.toBeInstanceOf(VaultRefusal);
    expect(JSON.stringify(await rig.records.load(id))).not.toMatch(/Geplant|Ñandú|1985|1958/);
  });

  it('is shown to records staff in both values, and the look is recorded', async () => {
    const { id } = await submitted(otherPerson);
    const shown = await rig.get(`/normalization/transfers/${id}/match`, 'records-staff');
    expect([shown.status, shown.json()]).toMatchObject([
      200,
      {
        transferId: id,
        hold: { kind: 'match', owner: 'records-staff' },
        register: otherPerson,
        documents: [{ names: [{ family: 'Ñandú-Sørensen' }], differences: ['family', 'given', 'birthDate'] }],
      },
    ]);
    for (const role of ['clinic', 'patient', 'auditor', 'reviewer'] as const)
      expect((await rig.get(`/normalization/transfers/${id}/match`, role)).status).toBe(403);
    for (const unknown of [randomUUID(), 'K7QM-3XPC'])
      expect((await rig.get(`/normalization/transfers/${unknown}/match`, 'records-staff')).status).toBe(404);
    const accesses = await rig.records.model.db.collection('accesses').find({}).toArray();
    const looks = accesses.filter((access) => JSON.stringify(access['outbox']).includes(id));
    expect(looks).toHaveLength(1);
    expect(JSON.stringify(looks)).not.toMatch(/Geplant|Ñandú/);
  });

  it('is said by a person to be the same human being: the record goes on, once however often it is answered', async () => {
    const { id, state } = await submitted(otherPerson);
    const answers = await Promise.all([answer(id, holdOf(state), same), answer(id, holdOf(state), same)]);
    expect(answers.map((one) => [one.status, one.json()])).toEqual(Array(2).fill([202, { state: 'normalized' }]));
    expect(await facts(id)).toEqual(['normalization-started', 'record-held', 'record-hold-answered', 'record-normalized']);
    expect(JSON.stringify(await rig.records.load(id))).not.toContain('geheiratet');
    const late = await answer(id, holdOf(state), { ...same, decision: 'other-person' });
    expect([late.status, late.json()]).toMatchObject([409, { code: 'answered-otherwise' }]);
    const shown = await rig.get(`/normalization/transfers/${id}/match`, 'records-staff');
    expect(shown.json()).toMatchObject({ answer: { decision: 'same-person', reason: same.reason, actor: { id: 'test-records-staff' } } });
  });

  it('is said by a person to be another: the documents are refused and nothing goes on', async () => {
    const { id, state } = await submitted(otherPerson);
    const answered = await answer(id, holdOf(state), { decision: 'other-person', reason: 'falsche Akte' });
    expect([answered.status, answered.json()]).toEqual([202, { state: 'refused' }]);
    const events = await said(id);
    expect(events.map(({ type }) => type.split('.')[3])).toEqual([
      'normalization-started',
      'record-held',
      'record-hold-answered',
      'documents-refused',
    ]);
    expect(events.at(-1)?.data).toEqual({ reason: 'other-patient' });
  });

  it('is compared in each of several documents: a paper of somebody else among them is found', async () => {
    const own = await rig.store(await summary());
    const text = (await summary()).toString('utf8');
    const other = text.replaceAll('<family>Ñandú-Sørensen</family>', '<family>Outra</family>').replaceAll('19580714', '19900101');
    const foreign = await rig.store(Buffer.from(other, 'utf8'));
    const { id, state } = await submitted(samePerson, own, foreign);
    expect(state.status).toBe('held');
    const shown = await rig.get(`/normalization/transfers/${id}/match`, 'records-staff');
    expect(shown.json()).toMatchObject({ documents: [{ documentId: foreign.documentId, differences: ['family', 'birthDate'] }] });
    expect((shown.json() as { documents: object[] }).documents).toHaveLength(1);
  });

  it('is not asked about any more once the transfer was cancelled', async () => {
    const { id, state } = await submitted(otherPerson);
    await rig.say('transfer-cancelled', id, 2);
    await settled(id, ['withdrawn']);
    expect((await answer(id, holdOf(state), same)).status).toBe(404);
    expect((await facts(id)).at(-1)).toBe('transfer-withdrawn');
  });

  it('of which the register’s word is gone or was changed is refused, not passed', async () => {
    const id = randomUUID();
    const patient = { ...(await rig.storeFacts(samePerson)), sha256: '0'.repeat(64) };
    await rig.say('transfer-submitted', id, 1, { facts: factsOf(rig.patientId), documents: [await rig.store(await summary())], patient });
    expect(await settled(id, ['refused', 'normalized'])).toMatchObject({ status: 'refused', reason: 'patient-facts-broken' });
  });

  it('is decided by records staff alone, with a reason, under its own hold', async () => {
    const { id, state } = await submitted(otherPerson);
    for (const role of ['clinic', 'reviewer', 'auditor'] as const) expect((await answer(id, holdOf(state), same, role)).status).toBe(403);
    for (const [named, hold] of [
      [id, randomUUID()],
      [randomUUID(), holdOf(state)],
      ['K7QM-3XPC', holdOf(state)],
      [id, '%00'],
    ] as const)
      expect((await answer(named, hold, same)).status).toBe(404);
    for (const body of [{}, { decision: 'same-person' }, { ...same, reason: ' ' }, { ...same, decision: 'perhaps' }, { ...same, more: 1 }])
      expect((await answer(id, holdOf(state), body)).status).toBe(400);
    expect((await rig.records.load(id))?.state.status).toBe('held');
  });
});
