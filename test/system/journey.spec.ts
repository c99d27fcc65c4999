import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSystem } from '../../deploy/local/system.mjs';
import { ccd } from '../fixtures/ccd.js';
import { Driver, finalStates, pause, type TransferStatus } from './driver.js';

const startTimeoutMs = 180_000;
const stepTimeoutMs = 120_000;
const faultTimeoutMs = 600_000;
/** Issue 3, point 7: kill -9 of each service once under this many transfers. */
const transfersUnderFault = 100;
/** The patient of a transfer is the one its document tells of; the fixture's people differ in their names alone. */
const person = (given: string, family: string) => ({ name: [{ given: [given], family }], birthDate: '1971-03-20', gender: 'female' });
const patient = { ...person('Zoë', 'Ñandú-Teste'), name: [{ given: ['Zoë', 'Ángela'], family: 'Ñandú-Teste' }] };
const requester = { kind: 'user' };
const outbound = {
  direction: 'outbound',
  patient,
  recipientId: 'clinica-lisboa',
  purpose: 'TREAT',
  authority: { basis: 'treatment' },
  requester,
};
const isFinal = (status: TransferStatus): boolean => finalStates.includes(status.state);
const kafkaMissing = process.env['TEST_SKIP_KAFKA'];
const mongodMissing = process.env['TEST_SKIP_MONGODB'];

const modes = [
  { mode: 'one process, in-process transport', cluster: false, missing: mongodMissing },
  { mode: 'a process each, over Kafka', cluster: true, missing: mongodMissing ?? kafkaMissing },
];

for (const { mode, cluster, missing } of modes) {
  const suite = missing ? describe.skip : describe;
  suite(`a record's journey: ${mode}${missing ? ` (skipped: ${missing})` : ''}`, () => {
    let dataDir: string;
    let system: Awaited<ReturnType<typeof startSystem>>;
    let driver: Driver;

    beforeAll(async () => {
      dataDir = await mkdtemp(join(tmpdir(), 'bulfinch-journey-'));
      system = await startSystem({ cluster, dataDir, port: 0, clinicPort: 0, quiet: true });
      driver = new Driver(system.url, system.clinicUrl, dataDir);
    }, startTimeoutMs);

    afterAll(async () => {
      await system?.stop();
      await rm(dataDir, { recursive: true, force: true });
    }, startTimeoutMs);

    it(
      'reaches the clinic once, whole, and every step of it stands in the audit trail once',
      async () => {
        const before = await driver.received('clinica-lisboa');
        const id = await driver.send({
          transfer: outbound,
          document: ccd({ documentId: randomUUID(), given: 'Zoë', family: 'Ñandú-Teste' }),
        });
        const status = await driver.follow(id, isFinal, stepTimeoutMs);
        expect(status.state).toBe('delivered');
        expect(status.waiver).toBe('embedded-demo');
        const arrived = (await driver.received('clinica-lisboa')).filter((bundle) => !before.some((old) => old.id === bundle.id));
        expect(arrived).toHaveLength(1);
        const held = await driver.heldBundle('clinica-lisboa', arrived[0]?.id ?? '');
        expect(held.sha256).toBe(arrived[0]?.sha256);
        const types = (held.body['entry'] as { resource: { resourceType: string } }[]).map((entry) => entry.resource.resourceType);
        expect(held.body).toMatchObject({ resourceType: 'Bundle', type: 'document' });
        expect(types[0]).toBe('Composition');
        expect(types).toEqual(expect.arrayContaining(['Patient', 'Condition', 'AllergyIntolerance', 'Observation']));
        await expectWholeTrail(driver, id);
      },
      stepTimeoutMs,
    );

    it(
      'from a clinic abroad reaches the hospital complete, and the clinic never learns our patient id',
      async () => {
        const before = await driver.received('mgh');
        const transfer = { direction: 'inbound', patient, purpose: 'TREAT', authority: { basis: 'received' }, requester };
        const created = await driver.call('POST', '/ingestion/transfers', {
          role: 'clinic',
          party: 'clinica-porto',
          body: transfer,
          headers: { 'idempotency-key': randomUUID() },
        });
        expect(created.status).toBe(201);
        expect(created.body).not.toHaveProperty('patientId');
        const id = await driver.send({
          transfer,
          document: ccd({ documentId: randomUUID(), given: 'Zoë', family: 'Ñandú-Teste' }),
          role: 'clinic',
          party: 'clinica-porto',
        });
        const status = await driver.follow(id, isFinal, stepTimeoutMs);
        expect(status.state).toBe('delivered');
        expect(status.waiver).toBeUndefined();
        expect(await driver.received('mgh')).toHaveLength(before.length + 1);
        const other = await driver.call('GET', `/ingestion/transfers/${id}`, { role: 'clinic', party: 'clinica-lisboa' });
        expect(other.status).toBe(404);
        await expectWholeTrail(driver, id);
      },
      stepTimeoutMs,
    );

    it(
      'is delivered once although the clinic answers 500 three times',
      async () => {
        const before = await driver.received('clinica-lisboa');
        await driver.setFaults('clinica-lisboa', [{ status: 500 }, { status: 500 }, { status: 500 }]);
        const transfer = { ...outbound, patient: person('Rui', 'Três') };
        const id = await driver.send({ transfer, document: ccd({ documentId: randomUUID(), given: 'Rui', family: 'Três' }) });
        const status = await driver.follow(id, isFinal, stepTimeoutMs);
        expect(status.state).toBe('delivered');
        expect(await driver.received('clinica-lisboa')).toHaveLength(before.length + 1);
        const attempts = (await driver.audit(id)).filter((entry) => entry.type.endsWith('.attempt-started.v1'));
        expect(attempts).toHaveLength(4);
        await expectWholeTrail(driver, id);
      },
      stepTimeoutMs,
    );

    it(
      'is held when the document tells of another patient, and goes on when a person says that it is the same one',
      async () => {
        const before = await driver.received('clinica-lisboa');
        const transfer = { ...outbound, patient: person('Rosa', 'Casada') };
        const id = await driver.send({ transfer, document: ccd({ documentId: randomUUID(), given: 'Rosa', family: 'Solteira' }) });
        const held = await driver.follow(id, (status) => status.state === 'held' || isFinal(status), stepTimeoutMs);
        expect(held.holds).toMatchObject([{ kind: 'match' }]);
        const shown = await driver.call('GET', `/normalization/transfers/${id}/match`, { role: 'records-staff' });
        expect(shown.body).toMatchObject({
          register: { names: [{ family: 'Casada' }] },
          documents: [{ names: [{ family: 'Solteira' }], differences: ['family'] }],
        });
        expect(await driver.received('clinica-lisboa')).toHaveLength(before.length);
        await driver.insist(202, 'POST', `/normalization/transfers/${id}/holds/${held.holds[0]?.id}`, {
          role: 'records-staff',
          body: { decision: 'same-person', reason: 'married in May' },
        });
        expect((await driver.follow(id, isFinal, stepTimeoutMs)).state).toBe('delivered');
        expect(await driver.received('clinica-lisboa')).toHaveLength(before.length + 1);
        await expectWholeTrail(driver, id);
      },
      stepTimeoutMs,
    );

    it(
      'is stopped by a revocation before delivery, and nothing arrives',
      async () => {
        const { patientId, consentId } = await consentedPatient(driver, person('Ana', 'Revoga'));
        const before = await driver.received('clinica-lisboa');
        // The receiver is out of order for longer than the test: the delivery waits between attempts when the patient revokes.
        await driver.setFaults(
          'clinica-lisboa',
          Array.from({ length: 200 }, () => ({ status: 503 })),
        );
        const transfer = { ...outbound, patient: { patientId }, authority: { basis: 'authorization', consentIds: [consentId] } };
        const id = await driver.send({ transfer, document: ccd({ documentId: randomUUID(), given: 'Ana', family: 'Revoga' }) });
        await driver.follow(id, (status) => status.state === 'delivering' || isFinal(status), stepTimeoutMs);
        await driver.revoke(consentId);
        const status = await driver.follow(id, isFinal, stepTimeoutMs);
        await driver.setFaults('clinica-lisboa', []);
        expect(status.state).toBe('revoked');
        await pause(3000);
        expect(await driver.received('clinica-lisboa')).toHaveLength(before.length);
        // A new transfer on the revoked consent is refused: a consent never opens again.
        const again = await driver.send({ transfer, document: ccd({ documentId: randomUUID(), given: 'Ana', family: 'Revoga' }) });
        expect((await driver.follow(again, isFinal, stepTimeoutMs)).state).toBe('refused');
        expect(await driver.received('clinica-lisboa')).toHaveLength(before.length);
      },
      stepTimeoutMs,
    );

    it(
      `loses none of ${transfersUnderFault} transfers and delivers none twice while each service is killed once`,
      async () => {
        const before = new Set((await driver.received('clinica-lisboa')).map((bundle) => bundle.id));
        const ids: string[] = [];
        const killing = killEachOnce(system, () => ids.length);
        const transfer = { ...outbound, patient: person('Cem', 'Vezes') };
        const waiting = Array.from({ length: transfersUnderFault }, (_, index) => index);
        // Eight clients side by side.
        await Promise.all(
          Array.from({ length: 8 }, async () => {
            while (waiting.pop() !== undefined)
              ids.push(await driver.send({ transfer, document: ccd({ documentId: randomUUID(), given: 'Cem', family: 'Vezes' }) }));
          }),
        );
        const killed = await killing;
        expect(killed.sort()).toEqual(Object.keys(system.services).sort());
        for (const id of ids) expect((await driver.follow(id, isFinal, faultTimeoutMs / 2)).state).toBe('delivered');
        const arrived = (await driver.received('clinica-lisboa')).filter((bundle) => !before.has(bundle.id));
        expect(arrived).toHaveLength(transfersUnderFault);
        expect(new Set(arrived.map((bundle) => bundle.identifier)).size).toBe(transfersUnderFault);
        for (const id of ids) await expectWholeTrail(driver, id);
      },
      faultTimeoutMs,
    );
  });
}

/** Kills each service once with SIGKILL, spread over the load; the supervisor starts it again. */
async function killEachOnce(system: Awaited<ReturnType<typeof startSystem>>, done: () => number): Promise<string[]> {
  const names = Object.keys(system.services);
  const killed: string[] = [];
  for (const [index, name] of names.entries()) {
    const wanted = Math.floor(((index + 1) * transfersUnderFault) / (names.length + 2));
    while (done() < wanted) await pause(50);
    await system.services[name]?.kill();
    killed.push(name);
  }
  return killed;
}

/** Every publisher's events from 1 on without a gap, each once; waits for the last to be heard. */
async function expectWholeTrail(driver: Driver, transferId: string): Promise<void> {
  const end = performance.now() + 60_000;
  for (;;) {
    const entries = (await driver.audit(transferId)).filter((entry) => entry.subject === transferId);
    const gaps = trailGaps(entries);
    if (gaps.length === 0 && entries.some((entry) => entry.type.endsWith('.delivered.v1'))) {
      if (new Set(entries.map((entry) => entry.id)).size !== entries.length) throw new Error(`an entry of ${transferId} stands twice`);
      if (!entries.some((entry) => entry.disclosure)) throw new Error(`the trail of ${transferId} names no disclosure`);
      return;
    }
    if (performance.now() > end) throw new Error(`the trail of ${transferId} has gaps: ${JSON.stringify(gaps)}`);
    await pause(250);
  }
}

function trailGaps(entries: readonly { service: string; sequence: number }[]): string[] {
  const gaps: string[] = [];
  for (const service of ['ingestion', 'normalization', 'consent', 'delivery']) {
    const sequences = entries
      .filter((entry) => entry.service === service)
      .map((entry) => entry.sequence)
      .sort((a, b) => a - b);
    if (sequences.length === 0) gaps.push(`${service}: nothing`);
    sequences.forEach((sequence, index) => {
      if (sequence !== index + 1) gaps.push(`${service}: ${index + 1} is missing or repeated`);
    });
  }
  return gaps;
}

async function consentedPatient(driver: Driver, who: object): Promise<{ patientId: string; consentId: string }> {
  // A draft transfer enters the patient in the register; the consent then names the patient.
  const draft = await driver.call<{ patientId: string }>('POST', '/ingestion/transfers', {
    role: 'records-staff',
    body: { ...outbound, patient: who },
    headers: { 'idempotency-key': randomUUID() },
  });
  const patientId = draft.body.patientId;
  return { patientId, consentId: await driver.grantConsent(patientId, 'clinica-lisboa') };
}
