import { randomUUID } from 'node:crypto';
import { type BlobRef, exampleFacts, type TransferFacts } from '#libs/contracts';
import { ConsentWorld, consentFor, type Mongodb, mongodb, mongodbSkip, testConfig, vaultKeys } from '../testing/consent-world.js';
import { ids, record } from './domain/record.examples.js';
import type { ReleaseCase } from './domain/release.js';
import { constantSentence } from './domain/release-bundle.js';

const suite = mongodbSkip ? describe.skip : describe;
const waitMs = 10_000;
const revocation = { by: 'patient', form: 'written', receivedAt: '2026-11-24T10:00:00.000Z' };

suite('the consent service, on a real mongod', () => {
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
  const treatment = (changes: Partial<TransferFacts> = {}): TransferFacts => ({
    ...exampleFacts,
    basis: 'treatment',
    consentIds: [],
    patientId: randomUUID(),
    ...changes,
  });

  async function reaches(of: ConsentWorld, transferId: string, status: ReleaseCase['status']): Promise<ReleaseCase> {
    const state = await of.releases.waitFor(transferId, (now) => now.status === status, { timeoutMs: waitMs });
    if (!state) throw new Error(`${transferId} never became ${status}, it is ${(await of.releases.load(transferId))?.state.status}`);
    return state;
  }

  /** A patient's consent and a transfer that rests on it, released. */
  async function releasedOnConsent(
    of: ConsentWorld,
    provision: object = {},
  ): Promise<{ consentId: string; patientId: string; transferId: string }> {
    const [consentId, patientId, transferId] = [randomUUID(), randomUUID(), randomUUID()];
    expect((await of.call('records-staff', 'PUT', `/consent/consents/${consentId}`, consentFor(patientId, provision))).status).toBe(201);
    await of.recordComes(transferId, { ...exampleFacts, patientId, consentIds: [consentId] });
    await reaches(of, transferId, 'open');
    return { consentId, patientId, transferId };
  }

  const factsOf = async (of: ConsentWorld, transferId: string): Promise<string[]> => (await of.told(transferId)).map(({ fact }) => fact);
  async function answerTo(of: ConsentWorld, transferId: string, permitId: string): Promise<string> {
    const overAt = performance.now() + waitMs;
    while (performance.now() < overAt) {
      const answer = (await of.told(transferId)).find(
        ({ fact, data }) => (fact === 'permit-granted' || fact === 'permit-refused') && data['permitId'] === permitId,
      );
      if (answer) return answer.fact === 'permit-granted' ? 'granted' : String(answer.data['reason']);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`${permitId} was never answered`);
  }

  it('releases a record without its originals, to delivery’s key alone, under the waiver that it names', async () => {
    const transferId = randomUUID();
    await world.recordComes(transferId, treatment());
    await reaches(world, transferId, 'open');
    expect(await factsOf(world, transferId)).toEqual(['review-started', 'record-released']);
    const released = (await world.told(transferId))[1]?.data ?? {};
    expect(released).toMatchObject({ release: 1, waiver: 'embedded-demo' });
    const content = released['content'] as BlobRef;
    const text = Buffer.from(await world.open('delivery', content)).toString('utf8');
    expect(text).toContain(constantSentence);
    for (const trace of [ids.binary, ids.reference, ids.document, 'letter.xml']) expect(text).not.toContain(trace);
    await expect(world.open('consent', content)).rejects.toMatchObject({ code: 'not-a-reader' });
    const state = await reaches(world, transferId, 'open');
    await expect(world.open('delivery', 'record' in state ? state.record : content)).rejects.toMatchObject({ code: 'not-a-reader' });
  });

  it('makes the same bytes of the same record again', async () => {
    const [facts, transferId] = [treatment(), randomUUID()];
    const other = await start();
    await other.knowsRecipient('clinica-lisboa');
    const hashes: unknown[] = [];
    for (const one of [world, other]) {
      await one.recordComes(transferId, facts);
      await reaches(one, transferId, 'open');
      hashes.push((await one.told(transferId))[1]?.data['sha256']);
    }
    expect(hashes[0]).toBe(hashes[1]);
    expect(hashes[0]).toMatch(/^[0-9a-f]{64}$/);
  });

  it('sends what comes in complete, with originals and without a waiver', async () => {
    const transferId = randomUUID();
    await world.knowsRecipient('mgh', { kind: 'hospital', countries: ['US'] });
    await world.recordComes(transferId, treatment({ direction: 'inbound', basis: 'received', recipientId: 'mgh' }));
    await reaches(world, transferId, 'open');
    const released = (await world.told(transferId))[1]?.data ?? {};
    expect(released).not.toHaveProperty('waiver');
    const bundle = JSON.parse(Buffer.from(await world.open('delivery', released['content'] as BlobRef)).toString('utf8'));
    expect(bundle.entry).toHaveLength(record.entry.length);
  });

  it('waits for a recipient that the directory has not told of yet, and refuses when it never does', async () => {
    const [late, never] = [randomUUID(), randomUUID()];
    await world.recordComes(late, treatment({ recipientId: 'clinica-tarde' }));
    await world.recordComes(never, treatment({ recipientId: 'clinica-nunca' }));
    await reaches(world, late, 'deciding');
    await world.knowsRecipient('clinica-tarde');
    await reaches(world, late, 'open');
    await reaches(world, never, 'refused');
    expect((await world.told(never)).at(-1)).toMatchObject({ fact: 'release-refused', data: { reason: 'recipient-not-verified' } });
  }, 20_000);

  it('holds unread content for a reviewer where no policy waives the look; the answer releases exactly what was shown', async () => {
    const strict = await start({ UNREAD_WAIVER_POLICY: undefined });
    await strict.knowsRecipient('clinica-lisboa');
    const transferId = randomUUID();
    await strict.recordComes(transferId, treatment());
    await reaches(strict, transferId, 'held');
    const door = `/consent/transfers/${transferId}`;
    const shown = (await strict.call('reviewer', 'GET', `${door}/release`)).body;
    expect(shown).toMatchObject({
      state: 'held',
      release: 1,
      gate: 'none',
      left: 'nothing',
      review: ['unread'],
      hold: { kind: 'review', owner: 'reviewer' },
    });
    const items = shown['items'] as { resourceType: string; decision: string; class: string }[];
    expect(items).toHaveLength(record.entry.length);
    expect(items.find((item) => item.resourceType === 'Binary')).toMatchObject({ decision: 'not-asked', class: 'original' });

    const wrong = await strict.call('reviewer', 'POST', `${door}/release/approve`, { release: 1, sha256: 'f'.repeat(64) });
    expect(wrong).toMatchObject({ status: 412, body: { code: 'release-changed' } });
    expect((await strict.call('records-staff', 'POST', `${door}/release/approve`, { release: 1, sha256: shown['sha256'] })).status).toBe(
      403,
    );
    expect((await strict.call('reviewer', 'POST', `${door}/release/approve`, { release: 1, sha256: shown['sha256'] })).status).toBe(202);
    await reaches(strict, transferId, 'open');
    const told = await strict.told(transferId);
    expect(told.map(({ fact }) => fact)).toEqual(['review-started', 'release-held', 'hold-answered', 'record-released']);
    expect(told.at(-1)?.data).toMatchObject({ sha256: shown['sha256'] });
    expect(told.at(-1)?.data).not.toHaveProperty('waiver');
  });

  it('takes a reviewer’s no as the end, and keeps the reason out of every event', async () => {
    const strict = await start({ UNREAD_WAIVER_POLICY: undefined });
    await strict.knowsRecipient('clinica-lisboa');
    const transferId = randomUUID();
    await strict.recordComes(transferId, treatment());
    const held = await reaches(strict, transferId, 'held');
    const holdId = held.status === 'held' ? held.hold.id : '';
    const door = `/consent/transfers/${transferId}/holds`;
    expect((await strict.call('reviewer', 'POST', `${door}/${randomUUID()}`, { decision: 'refuse', reason: 'x' })).status).toBe(404);
    expect((await strict.call('reviewer', 'POST', `${door}/${holdId}`, { decision: 'refuse', reason: 'Planted reason 4711' })).status).toBe(
      202,
    );
    await reaches(strict, transferId, 'refused');
    expect((await strict.told(transferId)).at(-1)).toMatchObject({ fact: 'release-refused', data: { reason: 'person-refused' } });
    expect(JSON.stringify(await strict.releases.load(transferId))).not.toContain('4711');
  });

  it('refuses to rest on another patient’s consent', async () => {
    const { consentId } = await releasedOnConsent(world);
    const transferId = randomUUID();
    await world.recordComes(transferId, { ...exampleFacts, patientId: randomUUID(), consentIds: [consentId] });
    await reaches(world, transferId, 'refused');
    expect((await world.told(transferId)).at(-1)?.data).toMatchObject({ reason: 'consent-other-patient' });
  });

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

  it('shows a release to staff and no one else, and records every look first', async () => {
    const { transferId } = await releasedOnConsent(world);
    const door = `/consent/transfers/${transferId}/release`;
    for (const role of ['clinic', 'auditor', 'operator', 'patient', 'specialist'] as const)
      expect((await world.call(role, 'GET', door)).status).toBe(403);
    expect((await world.call(undefined, 'GET', door)).status).toBe(401);
    expect((await world.call('reviewer', 'GET', `/consent/transfers/${randomUUID()}/release`)).status).toBe(404);
    expect((await world.call('reviewer', 'GET', '/consent/transfers/no-such-id/release')).status).toBe(404);
    const looks = (): Promise<number> =>
      world.consents.model.db.collection('accesses').countDocuments({ 'outbox.data.object.id': transferId });
    const before = await looks();
    expect((await world.call('records-staff', 'GET', door)).status).toBe(200);
    expect(await looks()).toBe(before + 1);
  });
});
