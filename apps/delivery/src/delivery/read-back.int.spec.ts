import { jest } from '@jest/globals';
import { type DeliveryRig, openDeliveryRig } from '../testing/delivery-rig.js';

/** A loaded machine is slow; what has to be quick is measured in the tests themselves. */
jest.setTimeout(60_000);

let rig: DeliveryRig;
beforeAll(async () => {
  rig = await openDeliveryRig();
}, 120_000);
afterAll(() => rig.close());

let clinics = 0;
async function clinic(channel: object = {}): Promise<string> {
  const id = `clinic-${++clinics}`;
  expect(await rig.enter(id, channel)).toBe(201);
  return id;
}
const readBackOf = async (transferId: string) => {
  const answer = await rig.ask(`/delivery/transfers/${transferId}`);
  return (answer.body['deliveries'] as Record<string, unknown>[])[0] as Record<string, unknown>;
};
async function until(transferId: string, status: string): Promise<Record<string, unknown>> {
  const end = performance.now() + 20_000;
  for (;;) {
    const delivery = await readBackOf(transferId);
    if ((delivery['readBack'] as { status?: string } | undefined)?.status === status) return delivery;
    if (performance.now() > end) throw new Error(`not ${status}: ${JSON.stringify(delivery['readBack'])}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe('what a clinic stored', () => {
  it('is read back again when the clinic is not ready to serve it', async () => {
    const id = await clinic();
    await rig.plan(id, {
      sequence: [
        { on: 'read', status: 404 },
        { on: 'read', status: 503 },
        { on: 'read', reset: true },
      ],
    });
    const transferId = await rig.release(id);
    expect((await rig.evidence(transferId, 'taken')).data).toMatchObject({ how: 'read-back' });
    expect((await rig.reads(id)).map(({ answer }) => answer)).toEqual([404, 503, 'reset', 200]);
  });

  it('stays stored, and nothing more, where the clinic does not let us read', async () => {
    const id = await clinic();
    await rig.plan(id, { sequence: [{ on: 'read', status: 405 }] });
    const transferId = await rig.release(id);
    await rig.heard(transferId, 'delivered');
    expect(await until(transferId, 'unreadable')).toMatchObject({ state: 'delivered', evidenceLevel: 0, holds: [] });
    expect(await rig.reads(id)).toHaveLength(1);
  });

  it('is for a person when the clinic serves something else: told as a code, never sent again by itself', async () => {
    const id = await clinic();
    await rig.plan(id, { sequence: [], altersWhatItStores: true });
    const transferId = await rig.release(id);
    const held = await rig.heard(transferId, 'delivery-held');
    expect(held.data).toMatchObject({ hold: { kind: 'operator', next: 'decide-unknown-outcome' } });
    expect(await until(transferId, 'different')).toMatchObject({ state: 'held', readBack: { difference: 'content' }, evidenceLevel: 0 });
    const holdId = 'hold' in held.data ? held.data.hold.id : '';
    const body = { decision: 'was-received', reason: 'They add a stamp.' };
    const answer = await rig.ask(`/delivery/transfers/${transferId}/holds/${holdId}`, { method: 'POST', body });
    expect(answer).toMatchObject({ status: 200, body: { state: 'delivered' } });
    expect(await rig.requests(id)).toHaveLength(1);
  });

  it('is found by our identifier where the clinic does not say where it put it', async () => {
    const id = await clinic();
    await rig.plan(id, { sequence: [], hidesLocation: true });
    const transferId = await rig.release(id);
    await rig.evidence(transferId, 'taken');
    expect((await rig.requests(id)).map(({ door }) => door)).toEqual(['create', 'search']);
  });

  it('is not asked for at the new address when the clinic moved meanwhile', async () => {
    const id = await clinic();
    await rig.plan(id, { sequence: [{ on: 'read', status: 503, delayMs: 500 }] });
    const transferId = await rig.release(id);
    await rig.heard(transferId, 'delivered');
    expect(await rig.enter(id, { baseUrl: `${rig.clinicUrl}/${id}-new/fhir` })).toBe(200);
    await until(transferId, 'unreadable');
    expect(await rig.reads(`${id}-new`)).toEqual([]);
  });
});
