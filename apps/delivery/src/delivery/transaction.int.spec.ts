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
  expect(await rig.enter(id, { mode: 'transaction', ...channel })).toBe(201);
  return id;
}
const deliveryOf = async (transferId: string) => {
  const answer = await rig.ask(`/delivery/transfers/${transferId}`);
  return (answer.body['deliveries'] as { attempts: { locations: string[] }[] }[])[0];
};
const doors = async (id: string) => (await rig.requests(id)).map(({ door, answer }) => `${door} ${answer}`);

describe('a clinic that takes transactions', () => {
  it('has every resource once, under its own ids, and delivery knows where each of them is', async () => {
    const id = await clinic();
    const transferId = await rig.release(id, 'Ärztin 病歷');
    expect((await rig.heard(transferId, 'delivered')).data).toMatchObject({ evidence: [{ fact: 'handed' }, { fact: 'stored' }] });
    const delivery = await deliveryOf(transferId);
    expect(delivery).toMatchObject({ state: 'delivered', evidenceLevel: 0, attempts: [{ httpStatus: 200 }] });
    const [composition, observation] = delivery?.attempts[0]?.locations.map((one) => one.replace('/_history/1', '')) ?? [];
    expect(await rig.fhir(id, composition ?? '')).toMatchObject({
      title: 'Ärztin 病歷',
      section: [{ entry: [{ reference: observation }] }],
    });
    expect(await rig.fhir(id, observation ?? '')).toMatchObject({ identifier: [{ system: 'urn:bulfinch:resource' }] });
    expect(await rig.received(id)).toHaveLength(1);
  });

  it('has it once although it answered 500 twice and lost one answer', async () => {
    const id = await clinic();
    await rig.plan(id, { sequence: [{ status: 500 }, { afterAppend: 'reset' }, { status: 500 }] });
    const transferId = await rig.release(id);
    expect((await rig.heard(transferId, 'delivered')).data).toMatchObject({ attempt: 4 });
    expect(await doors(id)).toEqual(['transaction 500', 'transaction reset', 'transaction 500', 'transaction 200']);
    expect(await rig.received(id)).toHaveLength(1);
    expect((await deliveryOf(transferId))?.attempts[3]?.locations).toHaveLength(2);
  });

  it('is searched after an unknown outcome where it does not know again what it has', async () => {
    const id = await clinic({ retry: 'searchable', settleSeconds: 0.05 });
    await rig.plan(id, { sequence: [{ reset: true }, { afterAppend: 502 }], honoursIfNoneExist: false });
    const transferId = await rig.release(id);
    await rig.heard(transferId, 'delivered');
    expect(await doors(id)).toEqual(['transaction reset', 'search 200', 'transaction 502', 'search 200']);
    expect(await rig.received(id)).toHaveLength(1);
  });

  it('gets nothing more by itself when it is blind and gave no answer', async () => {
    const id = await clinic({ retry: 'blind' });
    await rig.plan(id, { sequence: [{ afterAppend: 'reset' }], honoursIfNoneExist: false });
    const transferId = await rig.release(id);
    expect((await rig.heard(transferId, 'delivery-held')).data).toMatchObject({ hold: { next: 'decide-unknown-outcome' } });
    expect(await rig.requests(id)).toHaveLength(1);
  });

  it('that turns to transactions between two attempts gets them after a person looked, built for it', async () => {
    const id = await clinic({ mode: 'document' });
    await rig.plan(id, { sequence: [{ status: 401, retryAfterSeconds: 1 }] });
    const transferId = await rig.release(id);
    await rig.heard(transferId, 'attempt-failed');
    expect(await rig.enter(id, { mode: 'transaction' })).toBe(200);
    const held = await rig.heard(transferId, 'delivery-held');
    const holdId = 'hold' in held.data ? held.data.hold.id : '';
    const body = { decision: 'send-again', reason: 'They asked for it.' };
    expect((await rig.ask(`/delivery/transfers/${transferId}/holds/${holdId}`, { method: 'POST', body })).status).toBe(200);
    await rig.heard(transferId, 'delivered');
    expect(await doors(id)).toEqual(['create 401', 'transaction 200']);
  });
});
