import { randomUUID } from 'node:crypto';
import { type BlobRef, exampleFacts, type TransferFacts } from '#libs/contracts';
import { ConsentWorld, consentFor, type Mongodb, mongodb, mongodbSkip, testConfig, vaultKeys } from '../testing/consent-world.js';
import { factsOf, reaches, treatment } from '../testing/transfers.js';
import type { Resource } from './domain/content/bundle.js';

const suite = mongodbSkip ? describe.skip : describe;

/** A record of codes alone, of which one tells of HIV and stands alone in its section. */
function coded(): object {
  const to = (id: string): { reference: string } => ({ reference: `urn:uuid:${id}` });
  const [patient, device, hiv, diabetes] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()];
  const entry = (resource: Resource & { id: string }): object => ({ fullUrl: `urn:uuid:${resource.id}`, resource });
  const condition = (id: string, code: string, display: string): object =>
    entry({
      resourceType: 'Condition',
      id,
      subject: to(patient),
      code: { coding: [{ system: 'http://hl7.org/fhir/sid/icd-10-cm', code, display }] },
    });
  const section = (code: string, id: string): object => ({
    title: code,
    code: { coding: [{ system: 'http://loinc.org', code }] },
    entry: [to(id)],
  });
  return {
    resourceType: 'Bundle',
    type: 'document',
    entry: [
      entry({
        resourceType: 'Composition',
        id: randomUUID(),
        subject: to(patient),
        author: [to(device)],
        section: [section('11348-0', diabetes), section('11450-4', hiv)] as never,
      }),
      entry({ resourceType: 'Patient', id: patient }),
      entry({ resourceType: 'Device', id: device }),
      condition(diabetes, 'E11.9', 'Type 2 diabetes'),
      condition(hiv, 'B20', 'Planted disease'),
    ],
  };
}

suite('protected content, on a real mongod', () => {
  let engine: Mongodb;
  let keys: { readonly dir: string; remove(): void };
  let world: ConsentWorld;

  beforeAll(async () => {
    engine = await mongodb();
    keys = await vaultKeys();
    world = await ConsentWorld.start(testConfig(engine.uri, keys.dir));
    await world.knowsRecipient('clinica-lisboa');
  }, 120_000);
  afterAll(async () => {
    await world?.stop();
    keys?.remove();
    await engine?.stop();
  }, 60_000);

  const textOf = async (transferId: string): Promise<string> => {
    const released = (await world.told(transferId)).find(({ fact }) => fact === 'record-released')?.data ?? {};
    return Buffer.from(await world.open('delivery', released['content'] as BlobRef)).toString('utf8');
  };
  const hivConsent = async (patientId: string): Promise<string> => {
    const consentId = randomUUID();
    const label = [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'HIV' }];
    const given = await world.call(
      'records-staff',
      'PUT',
      `/consent/consents/${consentId}`,
      consentFor(patientId, { securityLabel: label }),
    );
    expect(given.status).toBe(201);
    return consentId;
  };
  const send = async (facts: TransferFacts): Promise<string> => {
    const transferId = randomUUID();
    await world.recordComes(transferId, facts, coded());
    return transferId;
  };

  it('stops for a person who sees what stays and why, and no event tells; the answer sends the rest', async () => {
    const transferId = await send(treatment());
    await reaches(world, transferId, 'held');
    const door = `/consent/transfers/${transferId}/release`;
    const shown = (await world.call('reviewer', 'GET', door)).body;
    expect(shown).toMatchObject({ review: ['withheld'], hold: { kind: 'review' } });
    const items = shown['items'] as Record<string, unknown>[];
    expect(items[4]).toEqual({
      index: 4,
      resourceType: 'Condition',
      class: 'problems',
      decision: 'withheld',
      reason: 'consent-missing',
      isUnread: false,
    });
    expect(JSON.stringify(shown)).not.toContain('HIV');
    const officer = (await world.call('privacy-officer', 'GET', door)).body;
    expect((officer['items'] as Record<string, unknown>[])[4]).toMatchObject({ labels: [{ kind: 'HIV', certainty: 'set' }] });
    expect(JSON.stringify(await world.told(transferId))).not.toMatch(/HIV|withheld|consent-missing/);
    await world.call('reviewer', 'POST', `${door}/approve`, { release: 1, sha256: shown['sha256'] });
    await reaches(world, transferId, 'open');
    const text = await textOf(transferId);
    expect(text).not.toMatch(/B20|Planted/);
    expect(text).toContain('Type 2 diabetes');
    expect(text).toContain('no-problem-info');
  });

  it('is left out without a stop where the sender said so, and nothing unread is in the record', async () => {
    const transferId = await send(treatment({ onWithheld: 'send' }));
    await reaches(world, transferId, 'open');
    expect(await factsOf(world, transferId)).toEqual(['review-started', 'record-released']);
    expect(await textOf(transferId)).not.toMatch(/B20|Planted/);
  });

  it('leaves on a consent of its own, for one release: the next transfer needs another', async () => {
    const patientId = randomUUID();
    const consentId = await hivConsent(patientId);
    const facts = treatment({ patientId, consentIds: [consentId] });
    const first = await send(facts);
    await reaches(world, first, 'open');
    expect(await textOf(first)).toContain('B20');
    expect((await world.consents.load(consentId))?.state).toMatchObject({ status: 'active', usedBy: first });
    const second = await send(facts);
    await reaches(world, second, 'held');
    expect((await world.consents.load(consentId))?.state).toMatchObject({ usedBy: first });
  });

  it('of two transfers at once exactly one leaves with it', async () => {
    const patientId = randomUUID();
    const facts = treatment({ patientId, consentIds: [await hivConsent(patientId)], onWithheld: 'send' });
    const both = await Promise.all([send(facts), send(facts), send(facts)]);
    for (const transferId of both) await reaches(world, transferId, 'open');
    const texts = await Promise.all(both.map(textOf));
    expect(texts.filter((text) => text.includes('B20'))).toHaveLength(1);
  });

  it('comes in whole', async () => {
    await world.knowsRecipient('mgh', { kind: 'hospital', countries: ['US'] });
    const transferId = await send({ ...exampleFacts, direction: 'inbound', basis: 'received', recipientId: 'mgh', consentIds: [] });
    await reaches(world, transferId, 'open');
    expect(await textOf(transferId)).toContain('B20');
  });
});
