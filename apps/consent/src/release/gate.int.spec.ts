import { randomUUID } from 'node:crypto';
import { exampleFacts } from '#libs/contracts';
import { ConsentWorld, consentFor, type Mongodb, mongodb, mongodbSkip, testConfig, vaultKeys } from '../testing/consent-world.js';
import { answerTo, factsOf, reaches, releasedOnConsent, revocation, treatment, waitMs } from '../testing/transfers.js';

const suite = mongodbSkip ? describe.skip : describe;

suite('the gate, on a real mongod', () => {
  let engine: Mongodb;
  let keys: { readonly dir: string; remove(): void };
  let world: ConsentWorld;
  const worlds: ConsentWorld[] = [];

  beforeAll(async () => {
    engine = await mongodb();
    keys = await vaultKeys();
    world = await start();
    await world.knowsRecipient('clinica-lisboa');
  }, 120_000);
  afterAll(async () => {
    await Promise.all(worlds.map((one) => one.stop()));
    keys?.remove();
    await engine?.stop();
  }, 60_000);

  async function start(changes: Parameters<typeof testConfig>[2] = {}): Promise<ConsentWorld> {
    const started = await ConsentWorld.start(testConfig(engine.uri, keys.dir, changes));
    worlds.push(started);
    return started;
  }

  it('grants a permit in the step that moves the mark, and takes it off when the attempt ends', async () => {
    const { transferId } = await releasedOnConsent(world);
    const permitId = await world.delivery(transferId, 'permit-asked', { attempt: 1 });
    expect(await answerTo(world, transferId, permitId)).toBe('granted');
    expect((await world.told(transferId)).at(-1)?.data).toEqual({ permitId, release: 1, lifeMs: 1_000 });
    expect((await world.call('privacy-officer', 'GET', `/consent/transfers/${transferId}/release`)).body).toMatchObject({
      gate: 'open',
      permitsOpen: 1,
    });
    const attempt = { attempt: 1, permitId };
    await world.delivery(transferId, 'attempt-started', { ...attempt, recipientId: 'clinica-lisboa', recipientVersion: 1 });
    await world.delivery(transferId, 'delivered', { ...attempt, recipientId: 'clinica-lisboa', evidence: [] });
    await world.releases.waitFor(transferId, (state) => state.status === 'open' && state.leaving.hasLeft, { timeoutMs: waitMs });
    expect(await factsOf(world, transferId)).toEqual(['review-started', 'record-released', 'permit-granted', 'permit-ended']);
  });

  it('refuses a permit when the consent expires within its life', async () => {
    const end = new Date(Date.now() + 900).toISOString();
    const { transferId } = await releasedOnConsent(world, { period: { end } });
    expect(await answerTo(world, transferId, await world.delivery(transferId, 'permit-asked', { attempt: 1 }))).toMatch(
      /consent-expired|gate-not-open/,
    );
    await reaches(world, transferId, 'closed');
    expect((await world.told(transferId)).at(-1)).toMatchObject({ fact: 'gate-closed', data: { because: 'expired', left: 'nothing' } });
  });

  it('closes the gate of a cancelled transfer when its permits have run out, and corrects what had left when it hears', async () => {
    const { transferId } = await releasedOnConsent(world);
    const permitId = await world.delivery(transferId, 'permit-asked', { attempt: 1 });
    expect(await answerTo(world, transferId, permitId)).toBe('granted');
    const before = performance.now();
    await world.say('bulfinch.normalization.v1', transferId, {
      type: 'org.bulfinch.normalization.transfer-withdrawn.v1',
      data: { actor: exampleFacts.actor, how: 'cancel' },
    });
    await reaches(world, transferId, 'closed');
    expect(performance.now() - before).toBeGreaterThanOrEqual(1_100);
    await world.delivery(transferId, 'permit-voided', { attempt: 1, permitId });
    await world.releases.waitFor(transferId, (state) => state.status === 'closed' && state.left === 'nothing', { timeoutMs: waitMs });
    expect((await world.told(transferId)).slice(3)).toMatchObject([
      { fact: 'gate-closing', data: { because: 'cancelled' } },
      { fact: 'gate-closed', data: { left: 'not-known-yet' } },
      { fact: 'left-corrected', data: { left: 'nothing' } },
    ]);
  });

  it('shuts every gate of the patient that a deny speaks of, named or not', async () => {
    const facts = treatment();
    const [denied, other] = [randomUUID(), randomUUID()];
    await world.recordComes(denied, facts);
    await world.recordComes(other, treatment());
    await reaches(world, denied, 'open');
    await reaches(world, other, 'open');
    const deny = {
      ...consentFor(facts.patientId),
      policyRule: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'OPTOUT' }] },
      provision: { type: 'deny' },
    };
    expect((await world.call('privacy-officer', 'PUT', `/consent/consents/${randomUUID()}`, deny)).status).toBe(201);
    await reaches(world, denied, 'closed');
    expect((await reaches(world, other, 'open')).status).toBe('open');
    const later = randomUUID();
    await world.recordComes(later, facts);
    await reaches(world, later, 'refused');
  });

  it('lets a revocation win the race against a hundred asks, also between two processes', async () => {
    const consentId = randomUUID();
    const patientId = randomUUID();
    expect((await world.call('records-staff', 'PUT', `/consent/consents/${consentId}`, consentFor(patientId))).status).toBe(201);
    const transferIds = Array.from({ length: 10 }, () => randomUUID());
    for (const transferId of transferIds) await world.recordComes(transferId, { ...exampleFacts, patientId, consentIds: [consentId] });
    for (const transferId of transferIds) await reaches(world, transferId, 'open');
    const second = await world.second();
    worlds.push(second);

    const asks: { transferId: string; permitId: string }[] = [];
    const ask = (transferId: string, attempt: number): Promise<number> =>
      world.delivery(transferId, 'permit-asked', { attempt }).then((permitId) => asks.push({ transferId, permitId }));
    for (const transferId of transferIds.slice(0, 3)) await ask(transferId, 1);
    await Promise.all(asks.map(({ transferId, permitId }) => answerTo(world, transferId, permitId)));
    const asking = Promise.all(Array.from({ length: 97 }, (_, index) => ask(transferIds[index % transferIds.length] ?? '', index + 2)));
    // The other process hears the revocation while this one answers.
    const revoked = await second.call('records-staff', 'POST', `/consent/consents/${consentId}/revoke`, revocation);
    await asking;
    expect(revoked.status).toBe(202);
    await second.consents.waitFor(consentId, (state) => state.status === 'revoked', { timeoutMs: waitMs });

    const acceptedAt =
      (await world.consents.load(consentId))?.outbox.find(({ type }) => type.endsWith('revocation-accepted.v1'))?.time ?? '';
    expect(acceptedAt).not.toBe('');
    const answers = await Promise.all(asks.map(async ({ transferId, permitId }) => answerTo(world, transferId, permitId)));
    expect(answers).toHaveLength(100);
    for (const transferId of transferIds) {
      const told = await world.told(transferId);
      const shut = told.findIndex(({ fact }) => fact === 'gate-closing');
      expect(shut).toBeGreaterThan(0);
      expect(told.slice(shut).filter(({ fact }) => fact === 'permit-granted')).toEqual([]);
      for (const granted of told.filter(({ fact }) => fact === 'permit-granted')) expect(granted.time <= acceptedAt).toBe(true);
      expect((await world.releases.load(transferId))?.state.status).toBe('closed');
    }
    // The race says nothing unless some asks came before and some after.
    expect(answers.filter((answer) => answer === 'granted').length).toBeGreaterThanOrEqual(3);
    expect(answers.filter((answer) => answer !== 'granted').length).toBeGreaterThan(0);
    const { body } = await world.call('privacy-officer', 'POST', `/consent/consents/${consentId}/revoke`, revocation);
    expect(body['state']).toBe('revoked');
    expect((body['left'] as { transferId: string }[]).map((one) => one.transferId).sort()).toEqual([...transferIds].sort());
  }, 60_000);
});
