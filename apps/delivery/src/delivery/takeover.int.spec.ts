import { jest } from '@jest/globals';
import { type DeliveryRig, openDeliveryRig } from '../testing/delivery-rig.js';

/** A loaded machine is slow; what has to be quick is measured in the tests themselves. */
jest.setTimeout(60_000);

/** A lease that stands still so long is over, ms. In production: a life and its margin. */
const leaseMs = 900;
let rig: DeliveryRig;
beforeAll(async () => {
  rig = await openDeliveryRig({ DELIVERY_LEASE_MS: String(leaseMs) });
}, 120_000);
afterAll(() => rig.close());

/** Writes the case as a worker leaves it that was killed: its lease in place, its last step written, nothing after that. */
async function leftBehind(transferId: string, progress: object, attempts: object[] = []): Promise<number> {
  const lease = { holder: 'a-worker-that-died', beat: 7, kind: 'attempt' };
  const set = {
    'state.deliveries.0.progress': progress,
    'state.deliveries.0.attempts': attempts,
    lease,
    pending: 'attempt',
    dueAt: new Date(0),
  };
  const written = await rig.database
    .collection<{ _id: string }>('deliveries')
    .updateOne({ _id: transferId }, { $set: set, $inc: { revision: 1 } });
  expect(written.modifiedCount).toBe(1);
  return performance.now();
}
/** A transfer that waits, so that nobody works on it while its case is written. */
async function waiting(retry: string): Promise<{ id: string; transferId: string }> {
  const id = `clinic-${retry}-${transfers++}`;
  await rig.enter(id, { retry, settleSeconds: 0, answerTimeoutSeconds: 1 }, { suspended: true });
  const transferId = await rig.release(id);
  await rig.heard(transferId, 'delivery-held');
  await rig.enter(id, { retry, settleSeconds: 0, answerTimeoutSeconds: 1 });
  return { id, transferId };
}
let transfers = 0;
/** An id as an ask of this transfer has it, of a place that is not used otherwise. */
const permitOf = (transferId: string) => `bulfinch.delivery.v1/${transferId}/999`;
const open = (permitId: string) => ({ number: 1, permitId, startedAt: Date.now(), recipientVersion: 1 });
const heldFacts = ['delivery-opened', 'package-built', 'delivery-held'];

describe('a worker that was killed', () => {
  it('in the middle of an attempt: the attempt is unknown before a new one begins, and only when the lease has stood still', async () => {
    const { id, transferId } = await waiting('dedupes');
    const since = await leftBehind(transferId, { status: 'sending', permitId: permitOf(transferId), asker: 'dead' }, [
      open(permitOf(transferId)),
    ]);
    const unknown = await rig.heard(transferId, 'attempt-unknown');
    expect(performance.now() - since).toBeGreaterThanOrEqual(leaseMs - 20);
    expect(unknown.data).toMatchObject({ reason: 'worker-lost', permitId: permitOf(transferId), attempt: 1 });
    await rig.heard(transferId, 'delivered');
    expect(rig.factsOf(transferId)).toEqual([...heldFacts, 'attempt-unknown', 'permit-asked', 'attempt-started', 'delivered']);
    expect(await rig.received(id)).toHaveLength(1);
  });

  it('in the middle of an attempt to a receiver that knows nothing again: nothing is sent, a person decides', async () => {
    const { id, transferId } = await waiting('blind');
    await leftBehind(transferId, { status: 'sending', permitId: permitOf(transferId), asker: 'dead' }, [open(permitOf(transferId))]);
    await rig.heard(transferId, 'attempt-unknown');
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(rig.factsOf(transferId)).toEqual([...heldFacts, 'attempt-unknown', 'delivery-held']);
    expect(await rig.requests(id)).toEqual([]);
  });

  it('with a permit in hand: it is given back and asked anew', async () => {
    const { id, transferId } = await waiting('dedupes');
    await leftBehind(transferId, { status: 'permitted', permitId: permitOf(transferId), asker: 'dead', lifeMs: 30_000 });
    await rig.heard(transferId, 'delivered');
    expect(rig.factsOf(transferId)).toEqual([...heldFacts, 'permit-voided', 'permit-asked', 'attempt-started', 'delivered']);
    expect(await rig.received(id)).toHaveLength(1);
  });

  it('while it waited for consent: the ask waits on, its late answer is void, and a new one is asked', async () => {
    const { id, transferId } = await waiting('dedupes');
    await leftBehind(transferId, { status: 'asking', permitId: permitOf(transferId), asker: 'dead' });
    await new Promise((resolve) => setTimeout(resolve, leaseMs + 6000));
    expect(rig.factsOf(transferId)).toEqual(heldFacts);
    await rig.say('permit-granted', transferId, { permitId: permitOf(transferId), release: 1, lifeMs: 30_000 });
    await rig.heard(transferId, 'delivered');
    expect(rig.factsOf(transferId)).toEqual([...heldFacts, 'permit-voided', 'permit-asked', 'attempt-started', 'delivered']);
    expect(await rig.received(id)).toHaveLength(1);
  });
});
