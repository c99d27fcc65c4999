import { jest } from '@jest/globals';
import { type DeliveryRig, openDeliveryRig } from '../testing/delivery-rig.js';

/** A loaded machine is slow; what has to be quick is measured in the tests themselves. */
jest.setTimeout(60_000);

let rig: DeliveryRig;
beforeAll(async () => {
  rig = await openDeliveryRig();
}, 120_000);
afterAll(() => rig.close());
beforeEach(() => rig.answer({ lifeMs: 30_000 }));

let clinics = 0;
/** A clinic of its own for each test, on the loopback server. */
async function clinic(channel: object = {}, party: object = {}): Promise<string> {
  const id = `clinic-${++clinics}`;
  expect(await enter(id, channel, party)).toBe(201);
  return id;
}
const enter = (id: string, channel?: object, party?: object) => rig.enter(id, channel, party);
const packageHash = async (transferId: string) => {
  const built = await rig.heard(transferId, 'package-built');
  return 'sha256' in built.data ? built.data.sha256 : '';
};
const view = async (transferId: string) => {
  const answer = await rig.ask(`/delivery/transfers/${transferId}`);
  expect(answer.status).toBe(200);
  return (answer.body['deliveries'] as Record<string, unknown>[])[0] as Record<string, never>;
};

describe('a released transfer', () => {
  it('is at the clinic once, byte by byte as it was built, and the clinic says where', async () => {
    const id = await clinic({ auth: { type: 'bearer', token: 'secret-token' } });
    const transferId = await rig.release(id, 'Ärztin 病歷');
    const delivered = await rig.heard(transferId, 'delivered');
    expect(delivered.data).toMatchObject({ recipientId: id, attempt: 1, evidence: [{ fact: 'handed' }, { fact: 'stored' }] });
    expect(rig.factsOf(transferId)).toEqual(['delivery-opened', 'package-built', 'permit-asked', 'attempt-started', 'delivered']);
    const received = await rig.received(id);
    expect(received).toHaveLength(1);
    expect(received[0]).toMatchObject({ sha256: await packageHash(transferId), identifier: { system: 'urn:bulfinch:delivery' } });
    expect(await rig.requests(id)).toMatchObject([{ answer: 201, isAuthorized: true }]);
    await rig.evidence(transferId, 'taken');
    expect(await rig.reads(id)).toMatchObject([{ answer: 200, isAuthorized: true }]);
    expect(await view(transferId)).toMatchObject({
      state: 'delivered',
      evidence: [{ fact: 'handed' }, { fact: 'stored' }, { fact: 'taken' }],
      evidenceLevel: 4,
      readBack: { status: 'equal' },
      attempts: [{ outcome: 'delivered', httpStatus: 201, location: `${rig.clinicUrl}/${id}/fhir/Bundle/${received[0]?.id}/_history/1` }],
    });
  });

  it('is accepted once when the clinic answers 500 three times: the same bytes each time', async () => {
    const id = await clinic();
    await rig.plan(id, { sequence: [{ status: 500 }, { status: 500 }, { status: 500 }] });
    const transferId = await rig.release(id);
    const delivered = await rig.heard(transferId, 'delivered');
    expect(delivered.data).toMatchObject({ attempt: 4 });
    const requests = await rig.requests(id);
    expect(requests.map(({ answer }) => answer)).toEqual([500, 500, 500, 201]);
    expect(new Set(requests.map(({ sha256 }) => sha256))).toEqual(new Set([await packageHash(transferId)]));
    expect(await rig.received(id)).toHaveLength(1);
  });

  it('is there once when the clinic took it and the answer was lost, where the clinic knows it again', async () => {
    const id = await clinic();
    await rig.plan(id, { sequence: [{ afterAppend: 'reset' }] });
    const transferId = await rig.release(id);
    await rig.heard(transferId, 'delivered');
    expect(rig.factsOf(transferId)).toEqual([
      'delivery-opened',
      'package-built',
      'permit-asked',
      'attempt-started',
      'attempt-unknown',
      'permit-asked',
      'attempt-started',
      'delivered',
    ]);
    expect(await rig.received(id)).toHaveLength(1);
    expect(await view(transferId)).toMatchObject({
      attempts: [
        { outcome: 'unknown', reason: 'connection-lost' },
        { outcome: 'delivered', httpStatus: 200 },
      ],
    });
  });

  it('is looked for and not sent again when the clinic took it, the answer was lost, and it does not know it again', async () => {
    const id = await clinic({ retry: 'searchable', settleSeconds: 0.05 });
    await rig.plan(id, { sequence: [{ afterAppend: 502 }], honoursIfNoneExist: false });
    const transferId = await rig.release(id);
    await rig.heard(transferId, 'delivered');
    expect(await rig.received(id)).toHaveLength(1);
    expect((await rig.requests(id)).map(({ door }) => door)).toEqual(['create', 'search']);
  });

  it('is looked for, not found, and sent again when the clinic had not taken it', async () => {
    const id = await clinic({ retry: 'searchable', settleSeconds: 0.05 });
    await rig.plan(id, { sequence: [{ reset: true }, { status: 503, on: 'search' }], honoursIfNoneExist: false });
    const transferId = await rig.release(id);
    await rig.heard(transferId, 'delivered');
    expect((await rig.requests(id)).map(({ door, answer }) => `${door} ${answer}`)).toEqual([
      'create reset',
      'search 503',
      'search 200',
      'create 201',
    ]);
    expect(await rig.received(id)).toHaveLength(1);
  });

  it('is looked for after a conflict', async () => {
    const id = await clinic();
    await rig.plan(id, { sequence: [{ status: 409 }, { afterAppend: 412 }] });
    const transferId = await rig.release(id);
    await rig.heard(transferId, 'delivered');
    expect((await rig.requests(id)).map(({ door, answer }) => `${door} ${answer}`)).toEqual([
      'create 409',
      'search 200',
      'create 412',
      'search 200',
    ]);
    expect(await rig.received(id)).toHaveLength(1);
  });

  it('waits for a person when a clinic that knows nothing again gave no answer', async () => {
    const id = await clinic({ retry: 'blind' });
    await rig.plan(id, { sequence: [{ afterAppend: 'reset' }], honoursIfNoneExist: false });
    const transferId = await rig.release(id);
    const held = await rig.heard(transferId, 'delivery-held');
    expect(held.data).toMatchObject({ hold: { kind: 'operator', owner: 'records-staff', next: 'decide-unknown-outcome' } });
    expect(await rig.requests(id)).toHaveLength(1);
    const holdId = 'hold' in held.data ? held.data.hold.id : '';
    const answer = await rig.ask(`/delivery/transfers/${transferId}/holds/${holdId}`, {
      method: 'POST',
      body: { decision: 'was-received', reason: 'They read it to me.' },
    });
    expect(answer).toMatchObject({ status: 200, body: { state: 'delivered' } });
    await rig.heard(transferId, 'delivered');
    expect(await rig.requests(id)).toHaveLength(1);
  });

  it('stops when the clinic refuses the package itself', async () => {
    const id = await clinic();
    await rig.plan(id, { sequence: [{ status: 422 }] });
    const transferId = await rig.release(id);
    expect((await rig.heard(transferId, 'delivery-stopped')).data).toMatchObject({ reason: 'refused-by-receiver' });
    expect(await rig.requests(id)).toHaveLength(1);
  });

  it('is tried again when the clinic is not there, later each time', async () => {
    const id = await clinic({ baseUrl: 'http://127.0.0.1:9/fhir' });
    const transferId = await rig.release(id);
    const failed = await rig.heard(transferId, 'attempt-failed');
    expect(failed.data).toMatchObject({ reason: 'not-connected', nextAt: expect.any(String) });
    await rig.say('gate-closing', transferId, { because: 'cancelled' });
    await rig.heard(transferId, 'delivery-stopped');
  });

  it('never leaves to a private address when the recipient is not of the house', async () => {
    const id = await clinic();
    expect(await enter(id, {}, { internal: false })).toBe(422);
    expect(await enter(id, { baseUrl: `https://localhost:${new URL(rig.clinicUrl).port}/fhir` }, { internal: false })).toBe(200);
    const transferId = await rig.release(id);
    expect((await rig.heard(transferId, 'attempt-failed')).data).toMatchObject({ reason: 'not-connected' });
    await rig.say('gate-closed', transferId, { because: 'cancelled', left: 'nothing' });
    await rig.heard(transferId, 'delivery-stopped');
  });

  it('goes nowhere when the directory does not know the recipient', async () => {
    const transferId = await rig.release('no-such-party');
    expect((await rig.heard(transferId, 'delivery-stopped')).data).toMatchObject({ reason: 'recipient-unknown' });
    expect(rig.factsOf(transferId)).toEqual(['delivery-stopped']);
  });
});

describe('permits', () => {
  it('refused: nothing reaches the clinic', async () => {
    const id = await clinic();
    rig.answer('refused');
    const transferId = await rig.release(id);
    expect((await rig.heard(transferId, 'delivery-stopped')).data).toMatchObject({ reason: 'permit-refused' });
    expect(await rig.requests(id)).toEqual([]);
  });

  it('over before the first byte: void, and asked anew under a new id', async () => {
    const id = await clinic();
    rig.answer({ lifeMs: 30_000 }, { lifeMs: 1 });
    const transferId = await rig.release(id);
    await rig.heard(transferId, 'delivered');
    const facts = rig.events.filter(({ subject }) => subject === transferId);
    expect(rig.factsOf(transferId)).toEqual([
      'delivery-opened',
      'package-built',
      'permit-asked',
      'permit-voided',
      'permit-asked',
      'attempt-started',
      'delivered',
    ]);
    expect(facts[3]?.data).toMatchObject({ permitId: facts[2]?.id });
    expect(facts[6]?.data).toMatchObject({ permitId: facts[4]?.id, attempt: 1 });
    expect(await rig.requests(id)).toHaveLength(1);
  });

  it('over in the middle of the body: cut, the clinic has no whole document, and it is sent again', async () => {
    const id = await clinic();
    rig.answer({ lifeMs: 30_000 }, { lifeMs: 3000 });
    await rig.plan(id, { sequence: [{ readDelayMs: 8000 }] });
    const transferId = await rig.release(id, 'x'.repeat(20 * 1024 * 1024));
    expect((await rig.heard(transferId, 'attempt-unknown')).data).toMatchObject({ reason: 'permit-over' });
    await rig.heard(transferId, 'delivered');
    expect((await rig.requests(id)).map(({ answer }) => answer)).toEqual([201]);
    expect(await rig.received(id)).toHaveLength(1);
  });

  it('without an answer: nothing leaves, and when consent speaks again the ask is not repeated but its answer used', async () => {
    const id = await clinic();
    rig.answer({ lifeMs: 30_000 }, 'silent');
    const transferId = await rig.release(id);
    const asked = await rig.heard(transferId, 'permit-asked');
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(rig.factsOf(transferId)).toEqual(['delivery-opened', 'package-built', 'permit-asked']);
    expect(await rig.requests(id)).toEqual([]);
    await rig.say('permit-granted', transferId, { permitId: asked.id, release: 1, lifeMs: 30_000 });
    await rig.heard(transferId, 'delivered');
    expect(rig.factsOf(transferId).filter((fact) => fact === 'permit-asked')).toHaveLength(1);
  });

  it('a gate that shuts between two attempts: no further attempt', async () => {
    const id = await clinic();
    await rig.plan(id, { sequence: [{ status: 503, retryAfterSeconds: 30 }] });
    const transferId = await rig.release(id);
    await rig.heard(transferId, 'attempt-unknown');
    await rig.say('gate-closing', transferId, { because: 'revoked' });
    expect((await rig.heard(transferId, 'delivery-stopped')).data).toMatchObject({ reason: 'permit-refused' });
    expect(await rig.requests(id)).toHaveLength(1);
  });

  it('a recipient that moved between release and sending: held until a person looked', async () => {
    const id = await clinic();
    await rig.plan(id, { sequence: [{ status: 401, retryAfterSeconds: 1 }] });
    const transferId = await rig.release(id);
    await rig.heard(transferId, 'attempt-failed');
    expect(await enter(id, { baseUrl: `${rig.clinicUrl}/${id}-new/fhir` })).toBe(200);
    const held = await rig.heard(transferId, 'delivery-held');
    expect(held.data).toMatchObject({ hold: { kind: 'recipient', next: 'fix-recipient' } });
    expect(await rig.requests(`${id}-new`)).toEqual([]);
    const holdId = 'hold' in held.data ? held.data.hold.id : '';
    const path = `/delivery/transfers/${transferId}/holds/${holdId}`;
    expect((await rig.ask(path, { method: 'POST', as: 'auditor', body: { decision: 'give-up', reason: 'x' } })).status).toBe(403);
    expect((await rig.ask(path, { method: 'POST', body: { decision: 'was-received', reason: 'x' } })).body).toMatchObject({
      code: 'nothing-handed',
      status: 409,
    });
    expect((await rig.ask(path, { method: 'POST', body: { decision: 'send-again', reason: 'They moved.' } })).status).toBe(200);
    await rig.heard(transferId, 'delivered');
    expect(await rig.received(`${id}-new`)).toHaveLength(1);
  });
});

describe('people', () => {
  it('a clinic acknowledges its own delivery once, by name and role; the event carries neither', async () => {
    const id = await clinic();
    const transferId = await rig.release(id);
    const delivered = await rig.heard(transferId, 'delivered');
    await rig.evidence(transferId, 'taken');
    const path = `/delivery/deliveries/${delivered.data.deliveryId}/acknowledgements`;
    const body = { name: 'Dra. Inês Moura', role: 'physician', how: 'phone' };
    expect((await rig.ask(path, { method: 'POST', as: 'clinic:another', body })).status).toBe(404);
    expect((await rig.ask(path, { method: 'POST', as: `clinic:${id}`, body: { name: 'x' } })).body).toMatchObject({
      code: 'not-valid',
      fields: ['role', 'how'],
    });
    const first = await rig.ask(path, { method: 'POST', as: `clinic:${id}`, body });
    expect(first).toMatchObject({
      status: 200,
      body: { evidence: [{ fact: 'handed' }, { fact: 'stored' }, { fact: 'taken' }, { fact: 'acknowledged' }] },
    });
    expect(await rig.ask(path, { method: 'POST', as: `clinic:${id}`, body })).toEqual(first);
    await rig.evidence(transferId, 'acknowledged');
    expect(JSON.stringify(rig.events)).not.toMatch(/Moura|physician/);
    expect(await view(transferId)).toMatchObject({ evidenceLevel: 5, acknowledgements: [{ name: 'Dra. Inês Moura', role: 'physician' }] });
  });

  it('a read of a delivery is recorded; another transfer is not there', async () => {
    const id = await clinic();
    const transferId = await rig.release(id);
    await rig.heard(transferId, 'delivered');
    const before = await rig.database.collection('accesses').countDocuments();
    await view(transferId);
    expect(await rig.database.collection('accesses').countDocuments()).toBe(before + 1);
    expect((await rig.ask('/delivery/transfers/0193a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b')).status).toBe(404);
    expect((await rig.ask(`/delivery/transfers/${transferId}`, { as: 'clinic:x' })).status).toBe(403);
  });
});
