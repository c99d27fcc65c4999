import { jest } from '@jest/globals';
import type { BlobRef, PatientFacts } from '#libs/contracts';
import { type IngestionRig, openIngestionRig } from '../testing/ingestion-rig.js';
import { enterParties, inbound, outbound, sent } from '../testing/requests.js';

const missing = process.env['TEST_SKIP_MONGODB'];
const startTimeoutMs = 120_000;
/** The machine may be busy with other tests: slow is no fault here. */
jest.setTimeout(60_000);

interface StoredCase {
  readonly _id: string;
  readonly outbox: readonly { readonly type: string; readonly data: { readonly patient?: BlobRef } }[];
}

(missing ? describe.skip : describe)(`handing a transfer over${missing ? ` (skipped: ${missing})` : ''}`, () => {
  let rig: IngestionRig;
  beforeAll(async () => {
    rig = await openIngestionRig();
    await enterParties(rig);
  }, startTimeoutMs);
  afterAll(() => rig?.close(), startTimeoutMs);

  const submission = async (id: string) => {
    const events = (await rig.database.collection<StoredCase>('transfers').findOne({ _id: id }))?.outbox ?? [];
    return events.filter(({ type }) => type.includes('transfer-submitted'));
  };
  const sealedFacts = async (id: string): Promise<PatientFacts> => {
    const ref = (await submission(id))[0]?.data.patient;
    if (!ref) throw new Error('no patient');
    return JSON.parse(Buffer.from(await (await rig.vaultOf('normalization')).open(ref)).toString('utf8')) as PatientFacts;
  };

  it('sends what the register says of the patient, numbers of the hospital alone, for normalization to open and nobody else', async () => {
    const patient = {
      name: [{ use: 'official', given: ['Zoë'], family: 'Ñandú-Teste', prefix: ['Dra.'] }, { text: '李小龍' }],
      birthDate: '1971-03',
      gender: 'female',
      identifiers: [{ system: 'urn:bulfinch:mgh:mrn', value: '555-1' }, { value: 'PT 9' }, { system: 'urn:oid:2.25.1', value: '7' }],
    };
    const { id } = await sent(rig, { ...outbound, patient });
    expect(await sealedFacts(id)).toEqual({
      names: [{ given: ['Zoë'], family: 'Ñandú-Teste' }, { text: '李小龍' }],
      birthDate: '1971-03',
      gender: 'female',
      identifiers: [{ system: 'urn:bulfinch:mgh:mrn', value: '555-1' }],
    });
    const [event] = await submission(id);
    for (const other of ['ingestion', 'consent', 'delivery', 'audit'] as const)
      await expect((await rig.vaultOf(other)).open(event?.data.patient as BlobRef)).rejects.toMatchObject({ code: 'not-a-reader' });
    expect(JSON.stringify(event)).not.toMatch(/Zoë|Ñandú|1971|555/);
  });

  it('does so for a clinic that sends records in, and once however often it is asked', async () => {
    const { id } = await sent(rig, inbound, 'clinic:clinica-porto');
    const again = await rig.ask(`/ingestion/transfers/${id}/submit`, { method: 'POST', as: 'clinic:clinica-porto' });
    expect(again.status).toBe(202);
    expect(await submission(id)).toHaveLength(1);
    expect(await sealedFacts(id)).toMatchObject({ names: [{ family: 'Ñandú-Teste' }] });
  });
});
