import { randomUUID } from 'node:crypto';
import { type BlobRef, exampleFacts } from '#libs/contracts';
import { ConsentWorld, type Mongodb, mongodb, mongodbSkip, testConfig, vaultKeys } from '../testing/consent-world.js';
import { factsOf, reaches, releasedOnConsent, treatment } from '../testing/transfers.js';
import { ids, record } from './domain/content/record.examples.js';
import { constantSentence } from './domain/content/release-bundle.js';

const suite = mongodbSkip ? describe.skip : describe;

suite('releases, on a real mongod', () => {
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
