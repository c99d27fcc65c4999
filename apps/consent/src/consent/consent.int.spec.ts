import { randomUUID } from 'node:crypto';
import { exampleActor, exampleBlob, exampleFacts } from '#libs/contracts';
import { ConsentWorld, consentFor, type Mongodb, mongodb, mongodbSkip, testConfig, vaultKeys } from '../testing/consent-world.js';
import { type CrashedProcess, crashedProcess } from '../testing/crashed-process.js';
import { consentWork } from './domain/consent.js';

const suite = mongodbSkip ? describe.skip : describe;
const waitMs = 20_000;
const revocation = { by: 'patient', form: 'written', receivedAt: '2026-11-24T10:00:00.000Z' } as const;
const actor = exampleActor;

suite('consents, on a real mongod', () => {
  let engine: Mongodb;
  let keys: { readonly dir: string; remove(): void };
  let world: ConsentWorld;
  const worlds: ConsentWorld[] = [];

  beforeAll(async () => {
    engine = await mongodb();
    keys = await vaultKeys();
    world = await ConsentWorld.start(testConfig(engine.uri, keys.dir));
    worlds.push(world);
  }, 120_000);
  afterAll(async () => {
    await Promise.all(worlds.map((one) => one.stop()));
    keys?.remove();
    await engine?.stop();
  }, 60_000);

  const put = (consentId: string, consent: object, role: 'records-staff' | 'reviewer' = 'records-staff') =>
    world.call(role, 'PUT', `/consent/consents/${consentId}`, consent);

  it('take a FHIR Consent in and give it out as it came, with our state in a tag', async () => {
    const [consentId, patientId] = [randomUUID(), randomUUID()];
    const created = await put(consentId, consentFor(patientId));
    expect(created).toMatchObject({
      status: 201,
      type: expect.stringContaining('application/fhir+json'),
      body: { id: consentId, status: 'active' },
    });
    expect((await put(consentId, consentFor(patientId))).status).toBe(200);
    const shown = await world.call('privacy-officer', 'GET', `/consent/consents/${consentId}`);
    expect(shown).toMatchObject({
      status: 200,
      body: { ...consentFor(patientId), id: consentId, meta: { tag: [{ system: 'urn:bulfinch:consent-state', code: 'active' }] } },
    });
    // What was given out is the same content when it comes back.
    expect((await put(consentId, shown.body)).status).toBe(200);
  });

  it('are immutable, and never become another patient’s', async () => {
    const [consentId, patientId] = [randomUUID(), randomUUID()];
    await put(consentId, consentFor(patientId));
    expect(await put(consentId, { ...consentFor(patientId), dateTime: '2026-02-02' })).toMatchObject({
      status: 409,
      body: { resourceType: 'OperationOutcome', issue: [{ details: { coding: [{ code: 'content-differs' }] } }] },
    });
    expect(await put(consentId, consentFor(randomUUID()))).toMatchObject({
      status: 422,
      body: { issue: [{ expression: ['Consent.patient'] }] },
    });
  });

  it('are refused with the element’s path where they say what we do not enforce', async () => {
    const refused = await put(randomUUID(), consentFor(randomUUID(), { securityLabel: [{ code: 'R' }] }));
    expect(refused).toMatchObject({
      status: 422,
      body: { resourceType: 'OperationOutcome', issue: [{ expression: ['Consent.provision.securityLabel'] }] },
    });
    expect((await put(randomUUID(), consentFor(randomUUID(), { period: { end: '2020-01-01' } }))).status).toBe(422);
    expect((await put('not-a-uuid', consentFor(randomUUID()))).status).toBe(422);
  });

  it('are entered by the records desk and the privacy officer alone, and unknown ones are not there', async () => {
    expect((await put(randomUUID(), consentFor(randomUUID()), 'reviewer')).status).toBe(403);
    expect((await world.call('reviewer', 'GET', `/consent/consents/${randomUUID()}`)).status).toBe(404);
    expect((await world.call('records-staff', 'POST', `/consent/consents/${randomUUID()}/revoke`, revocation)).status).toBe(404);
  });

  it('that nothing rests on are revoked at once, and never open again', async () => {
    const [consentId, patientId] = [randomUUID(), randomUUID()];
    await put(consentId, consentFor(patientId));
    expect((await world.call('records-staff', 'POST', `/consent/consents/${consentId}/revoke`, { by: 'nobody' })).status).toBe(400);
    expect(await world.call('records-staff', 'POST', `/consent/consents/${consentId}/revoke`, revocation)).toMatchObject({
      status: 202,
      body: { state: 'revoked', left: [] },
    });
    expect((await world.call('reviewer', 'GET', `/consent/consents/${consentId}`)).body).toMatchObject({
      status: 'inactive',
      meta: { tag: [{ code: 'revoked' }] },
    });
    expect((await put(consentId, consentFor(patientId))).status).toBe(409);
    const facts = (await world.consents.load(consentId))?.outbox.map(({ type }) => type.split('.')[3]);
    expect(facts).toEqual(['consent-given', 'revocation-received', 'revocation-accepted', 'revocation-confirmed']);
  });

  describe('after a crash in the middle of a revocation', () => {
    const config = () => testConfig(engine.uri, keys.dir);
    const release = { release: 1, content: exampleBlob, sha256: exampleBlob.sha256, decision: exampleBlob };

    /** A consent with two released transfers, the first with an open permit: what the dead process had done before the revocation. */
    async function before(process: CrashedProcess): Promise<{ consentId: string; held: string; free: string }> {
      const [consentId, patientId, held, free] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()];
      const directive = { patientId, type: 'permit', recipients: ['clinica-lisboa'], purposes: [] } as const;
      await process.consents.handle(consentId, { type: 'Give', directive, content: exampleBlob, actor, now: 0 });
      for (const id of [held, free]) {
        await process.releases.handle(id, {
          type: 'RecordNormalized',
          facts: { ...exampleFacts, patientId, consentIds: [consentId] },
          record: exampleBlob,
        });
        await process.releases.handle(id, { type: 'Decided', verdict: { outcome: 'release', ...release } });
      }
      const permitId = `bulfinch.delivery.v1/${held}/1`;
      await process.releases.handle(held, {
        type: 'PermitAsked',
        permitId,
        release: 1,
        consents: [{ consentId, isActive: true }],
        lifeMs: 1_000,
        now: 0,
      });
      await process.consents.handle(consentId, { type: 'Revoke', actor, ...revocation });
      return { consentId, held, free };
    }
    const close = { type: 'Close', because: 'revoked' } as const;

    const crashes: readonly [string, (process: CrashedProcess, ids: { consentId: string; held: string; free: string }) => Promise<void>][] =
      [
        ['before any gate was shut', async (process, { consentId }) => process.leaveLease('consents', consentId, consentWork.shutGates)],
        ['with one gate of two shut', async (process, { held }) => void (await process.releases.handle(held, close))],
        [
          'accepted, with a permit running out',
          async (process, { consentId, held, free }) => {
            for (const id of [held, free]) await process.releases.handle(id, close);
            await process.consents.handle(consentId, { type: 'GatesShut' });
            await process.leaveLease('releases', held, 'run-out-permits');
          },
        ],
        [
          'with every gate closed, not confirmed',
          async (process, { consentId, held, free }) => {
            for (const id of [held, free]) await process.releases.handle(id, close);
            await process.consents.handle(consentId, { type: 'GatesShut' });
            await process.releases.handle(held, { type: 'PermitLivesOver' });
            await process.leaveLease('consents', consentId, consentWork.confirmRevocation);
          },
        ],
      ];

    it.each(crashes)(
      '%s, the next process finishes it and names what had left',
      async (title, crash) => {
        const settings = config();
        const dead = await crashedProcess(settings);
        const ids = await before(dead);
        await crash(dead, ids);
        await dead.end();

        const startedAt = performance.now();
        const next = await ConsentWorld.start(settings);
        worlds.push(next);
        const revoked = await next.consents.waitFor(ids.consentId, (state) => state.status === 'revoked', { timeoutMs: waitMs });
        expect(revoked).toMatchObject({
          transfers: [
            { transferId: ids.held, left: 'not-known-yet' },
            { transferId: ids.free, left: 'nothing' },
          ].sort((one, other) => one.transferId.localeCompare(other.transferId)),
        });
        // A new process counts the lives of permits from the start.
        const livesMs = title.includes('not confirmed') ? 0 : 1_100;
        expect(performance.now() - startedAt).toBeGreaterThanOrEqual(livesMs);
        for (const id of [ids.held, ids.free]) {
          const facts = (await next.told(id)).map(({ fact }) => fact);
          expect(facts.filter((fact) => fact === 'gate-closing')).toHaveLength(1);
          expect(facts.filter((fact) => fact === 'gate-closed')).toHaveLength(1);
        }
        const facts = (await next.consents.load(ids.consentId))?.outbox.map(({ type }) => type.split('.')[3]);
        expect(facts).toEqual(['consent-given', 'revocation-received', 'revocation-accepted', 'revocation-confirmed']);
      },
      60_000,
    );
  });
});
