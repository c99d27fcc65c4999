import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Bundle } from 'fhir/r4.js';
import type { Ledger } from '#libs/conversion';
import { VaultRefusal } from '#libs/vault';
import { factsOf, type NormalizationRig, openNormalizationRig } from '../testing/normalization-rig.js';
import { ConversionPool } from './conversion.pool.js';
import type { ConversionTask } from './conversion.task.js';
import type { RecordState, SourceDocument } from './domain/record.js';
import { recordIdOf } from './record-id.js';

const skipReason = process.env['TEST_SKIP_MONGODB'];
const suite = skipReason ? describe.skip : describe;
const startTimeoutMs = 60_000;
const settleTimeoutMs = 20_000;
const summary = (): Promise<Uint8Array> => readFile(new URL('../../../bulfinch/fixtures/mgh-summary.xml', import.meta.url));

suite(`the record of a transfer${skipReason ? ` (skipped: ${skipReason})` : ''}`, () => {
  let rig: NormalizationRig;
  beforeAll(async () => {
    rig = await openNormalizationRig();
  }, startTimeoutMs);
  afterAll(async () => {
    await rig?.close();
  }, startTimeoutMs);

  async function submit(transferId: string, ...documents: readonly SourceDocument[]): Promise<void> {
    await rig.say('transfer-submitted', transferId, 1, { facts: factsOf(rig.patientId), documents });
  }
  async function settled(transferId: string): Promise<RecordState> {
    const isSettled = ({ status }: RecordState): boolean => status !== 'absent' && status !== 'converting';
    const state = await rig.records.waitFor(transferId, isSettled, { timeoutMs: settleTimeoutMs });
    if (!state) throw new Error('the record did not settle');
    return state;
  }
  const said = async (transferId: string): Promise<string[]> =>
    ((await rig.records.load(transferId))?.outbox ?? []).map(({ type }) => type.split('.')[3] ?? '');

  it('is made from the documents, sealed to consent alone, with a ledger that accounts for every statement', async () => {
    const transferId = randomUUID();
    await submit(transferId, await rig.store(await summary()));
    const state = await settled(transferId);
    if (state.status !== 'normalized') throw new Error(`it is ${state.status}`);
    expect(await said(transferId)).toEqual(['normalization-started', 'record-normalized']);
    const record = JSON.parse(Buffer.from(await (await rig.vaultOf('consent')).open(state.record)).toString('utf8')) as Bundle;
    expect(record).toMatchObject({
      resourceType: 'Bundle',
      type: 'document',
      identifier: { value: expect.stringContaining(recordIdOf(transferId)) },
    });
    const types = new Set(record.entry?.map(({ resource }) => resource?.resourceType));
    for (const type of [
      'Composition',
      'Patient',
      'Condition',
      'AllergyIntolerance',
      'Observation',
      'DocumentReference',
      'Binary',
      'Provenance',
    ])
      expect(types).toContain(type);
    const ledger = JSON.parse(Buffer.from(await (await rig.vaultOf('normalization')).open(state.ledger)).toString('utf8')) as Ledger;
    expect(ledger.source.statements).toBe(ledger.kept + ledger.lost.length);
    expect(state.summary).toMatchObject({ statements: ledger.source.statements, kept: ledger.kept });
    expect(ledger.kept).toBeGreaterThan(0);
    for (const other of ['ingestion', 'normalization', 'delivery', 'audit'] as const)
      await expect((await rig.vaultOf(other)).open(state.record)).rejects.toBeInstanceOf(VaultRefusal);
  });

  it('says in no event what is in it', async () => {
    const transferId = randomUUID();
    await submit(transferId, await rig.store(await summary()));
    await settled(transferId);
    const told = JSON.stringify((await rig.records.load(transferId))?.outbox);
    expect(told).not.toMatch(/Ñandú|Zoë|1958|Penicil|Asthma/i);
  });

  it.each([
    ['a PDF', Buffer.from('%PDF-1.7\n%fake'), 'not-convertible-yet'],
    ['broken XML', Buffer.from('<ClinicalDocument xmlns="urn:hl7-org:v3"><a></ClinicalDocument>'), 'not-well-formed'],
    [
      'a billion laughs',
      Buffer.from('<!DOCTYPE a [<!ENTITY b "c">]><ClinicalDocument xmlns="urn:hl7-org:v3">&b;</ClinicalDocument>'),
      'dtd-not-allowed',
    ],
    ['no bytes at all', Buffer.alloc(0), 'unknown-type'],
  ])('refuses %s with the reason and the document', async (_, bytes, reason) => {
    const transferId = randomUUID();
    const document = await rig.store(bytes);
    await submit(transferId, document);
    expect(await settled(transferId)).toMatchObject({ status: 'refused', reason, documentId: document.documentId });
    expect(await said(transferId)).toEqual(['normalization-started', 'documents-refused']);
  });

  it('refuses a transfer whose original is gone or is not the one that was handed over', async () => {
    const stored = await rig.store(await summary());
    const gone = { ...stored, blob: { ...stored.blob, blobId: randomUUID() } };
    const other = { ...stored, blob: { ...stored.blob, sha256: '0'.repeat(64) } };
    for (const [document, reason] of [
      [gone, 'original-missing'],
      [other, 'original-broken'],
    ] as const) {
      const transferId = randomUUID();
      await submit(transferId, document);
      expect(await settled(transferId)).toMatchObject({ status: 'refused', reason });
    }
  });

  it('passes a cancellation on, and never tells a record after it', async () => {
    const transferId = randomUUID();
    const document = await rig.store(await summary());
    await Promise.all([submit(transferId, document), rig.say('transfer-cancelled', transferId, 2)]);
    await rig.records.waitFor(transferId, ({ status }) => status === 'withdrawn', { timeoutMs: settleTimeoutMs });
    await new Promise((resolve) => setTimeout(resolve, 500));
    const events = await said(transferId);
    expect(events.at(-1)).toBe('transfer-withdrawn');
    expect(events.filter((fact) => fact === 'transfer-withdrawn')).toHaveLength(1);
  });

  it('passes on the cancellation of a draft, of which nothing was ever submitted', async () => {
    const transferId = randomUUID();
    await rig.say('transfer-created', transferId, 1);
    await rig.say('transfer-cancelled', transferId, 2);
    expect(await settled(transferId)).toMatchObject({ status: 'withdrawn', how: 'cancel' });
    expect(await said(transferId)).toEqual(['transfer-withdrawn']);
  });

  it('takes up a transfer once, however often it hears of it', async () => {
    const transferId = randomUUID();
    const document = await rig.store(await summary());
    for (let times = 0; times < 3; times++) await submit(transferId, document);
    await settled(transferId);
    await submit(transferId, document);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(await said(transferId)).toEqual(['normalization-started', 'record-normalized']);
  });

  it('shows its ledger to records staff and reviewers, and records the look; unknown and forbidden answer alike', async () => {
    const transferId = randomUUID();
    await submit(transferId, await rig.store(await summary()));
    await settled(transferId);
    const path = `/normalization/transfers/${transferId}/report`;
    for (const role of ['records-staff', 'reviewer'] as const) {
      const answer = await rig.get(path, role);
      expect(answer.status).toBe(200);
      expect(answer.json()).toMatchObject({ state: 'normalized', ledger: { source: { statements: expect.any(Number) } } });
    }
    for (const role of ['clinic', 'patient', 'auditor', 'operator'] as const) expect((await rig.get(path, role)).status).toBe(403);
    expect((await rig.get(path, undefined)).status).toBe(401);
    for (const unknown of [randomUUID(), 'K7QM-3XPC', '%00'])
      expect((await rig.get(`/normalization/transfers/${unknown}/report`, 'reviewer')).status).toBe(404);
    const accesses = await rig.records.model.db.collection('accesses').find({}).toArray();
    const looks = accesses.filter((access) => JSON.stringify(access['outbox']).includes(transferId));
    expect(looks).toHaveLength(2);
    expect(JSON.stringify(looks)).toContain(rig.patientId);
  });
});

describe('a conversion', () => {
  const never = new AbortController().signal;
  const usual = { threads: 1, secondsMax: 60, memoryMbMax: 512 };
  async function task(bytes: Uint8Array): Promise<ConversionTask> {
    const documents = [{ documentId: '5c4d3e2f-1a0b-4c9d-8e7f-6a5b4c3d2e03', type: 'ccda' as const, bytes }];
    const patientId = '6f0a5a52-9d2e-4c1b-8a43-3d5a1c6e7b01';
    return { patientId, recordId: recordIdOf('one'), recordedAt: '2026-11-24T12:00:00.000Z', documents };
  }
  /** A valid document of as many paragraphs: megabytes of elements. */
  const large = (paragraphs: number): Uint8Array =>
    Buffer.from(
      `<ClinicalDocument xmlns="urn:hl7-org:v3"><component><structuredBody><component><section><text>${'<paragraph>x</paragraph>'.repeat(paragraphs)}</text></section></component></structuredBody></component></ClinicalDocument>`,
    );
  let pool: ConversionPool | undefined;
  afterEach(() => pool?.onApplicationShutdown());

  it('gives the same bytes for the same documents, also in another thread', async () => {
    const input = await task(await summary());
    pool = new ConversionPool(usual);
    const first = await pool.run(input, never);
    await pool.onApplicationShutdown();
    pool = new ConversionPool(usual);
    const second = await pool.run(input, never);
    if (!first.ok || !second.ok) throw new Error('it was not converted');
    expect(Buffer.from(first.record).equals(Buffer.from(second.record))).toBe(true);
    expect(Buffer.from(first.ledger).equals(Buffer.from(second.ledger))).toBe(true);
  });

  it('that takes too long is cut and refused, and the next document is converted', async () => {
    pool = new ConversionPool({ ...usual, secondsMax: 0.02 });
    expect(await pool.run(await task(large(50_000)), never)).toEqual({ ok: false, reason: 'conversion-too-slow' });
    await pool.onApplicationShutdown();
    pool = new ConversionPool(usual);
    expect(await pool.run(await task(await summary()), never)).toMatchObject({ ok: true });
  });

  it('that takes too much memory loses its thread, not the process, and the next document is converted', async () => {
    pool = new ConversionPool({ ...usual, memoryMbMax: 40 });
    const poisoned = await pool.run(await task(large(150_000)), never);
    expect(poisoned).toEqual({ ok: false, reason: 'conversion-too-large' });
    expect(await pool.run(await task(await summary()), never)).toMatchObject({ ok: true });
  });

  it('that is called off by a stop is no refusal', async () => {
    pool = new ConversionPool(usual);
    const stop = new AbortController();
    const running = pool.run(await task(large(50_000)), stop.signal);
    stop.abort(new Error('stopping'));
    await expect(running).rejects.toThrow('stopping');
  });
});
