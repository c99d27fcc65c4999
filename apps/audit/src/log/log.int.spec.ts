import { randomUUID } from 'node:crypto';
import { checkEvent, type EventKind, exampleActor, exampleFacts, exampleIds, type TopicName, topics } from '#libs/contracts';
import { type AuditRig, openAuditRig } from '../testing/audit-rig.js';
import type { Entry } from './domain/entry.js';
import type { AnyEvent } from './domain/event.js';

const skipReason = process.env['TEST_SKIP_MONGODB'];
const suite = skipReason ? describe.skip : describe;
const startTimeoutMs = 60_000;
/** The example event of a fact, on a subject, at a place, with some of its data changed. */
function event(topic: TopicName, fact: string, subject: string, sequence: number, data: object = {}, time = at(sequence)): AnyEvent {
  const kind = (topics[topic].events as readonly EventKind[]).find(({ type }) => type.split('.')[3] === fact);
  if (!kind) throw new Error(`no such fact on ${topic}: ${fact}`);
  const checked = checkEvent(topic, {
    specversion: '1.0',
    id: `${topic}/${subject}/${sequence}`,
    source: `/bulfinch/${kind.service}`,
    subject,
    partitionkey: subject,
    sequence,
    time,
    datacontenttype: 'application/json',
    correlationid: subject,
    type: kind.type,
    data: { ...(kind.example as object), ...data },
  });
  if (!checked.ok) throw new Error(`the planted event is not valid: ${checked.where}`);
  return checked.event;
}
function at(second: number): string {
  return new Date(Date.UTC(2026, 10, 24, 12, 0, second)).toISOString();
}
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

suite(`the log${skipReason ? ` (skipped: ${skipReason})` : ''}`, () => {
  let rig: AuditRig;
  beforeAll(async () => {
    rig = await openAuditRig();
  }, startTimeoutMs);
  afterAll(async () => {
    await rig?.close();
  }, startTimeoutMs);

  async function ask(query: string): Promise<{ entries: Entry[]; next?: string }> {
    const answer = await rig.get(`/audit/entries?${query}`, 'auditor');
    if (answer.status !== 200) throw new Error(`answered ${answer.status}: ${answer.text}`);
    return answer.json() as { entries: Entry[]; next?: string };
  }
  /** Asks until as many entries are there; the log hears a moment after the publisher has said it. */
  const trail = (entries: readonly Entry[]) => entries.filter(({ service }) => service !== 'audit');

  async function askFor(count: number, query: string, counted = trail): Promise<Entry[]> {
    const end = performance.now() + 10_000;
    for (;;) {
      const { entries } = await ask(query);
      // The questions themselves stand in the log too: they are not waited for.
      if (counted(entries).length >= count || performance.now() > end) return entries;
      await pause(20);
    }
  }

  it('keeps one entry of an event, however often it comes', async () => {
    const id = randomUUID();
    const created = event('bulfinch.ingestion.v1', 'transfer-created', id, 1);
    for (let times = 0; times < 5; times++) await rig.publish('bulfinch.ingestion.v1', created);
    await rig.publish('bulfinch.ingestion.v1', created, created);
    const entries = await askFor(1, `transfer=${id}&type=transfer-created`);
    await pause(100);
    expect(entries).toHaveLength(1);
    expect(await rig.database().collection('entries').countDocuments({ subject: id })).toBe(1);
    expect(entries[0]).toMatchObject({ id: created.id, at: created.time, patientId: exampleIds.patient, actor: exampleActor });
  });

  it('never changes an entry: of two events with one id the first stays', async () => {
    const id = randomUUID();
    await rig.publish('bulfinch.ingestion.v1', event('bulfinch.ingestion.v1', 'transfer-created', id, 1));
    await askFor(1, `transfer=${id}&type=transfer-created`);
    // As after a crash between entry and mark: the entry is there, the mark is not.
    await rig
      .database()
      .collection('subjects')
      .deleteOne({ _id: id as never });
    await rig.publish('bulfinch.ingestion.v1', event('bulfinch.ingestion.v1', 'transfer-created', id, 1, { recipientId: 'another' }));
    const marked = { _id: id as never, 'inbox.ingestion': 1 };
    const end = performance.now() + 5_000;
    while ((await rig.database().collection('subjects').countDocuments(marked)) === 0 && performance.now() < end) await pause(20);
    expect(await rig.database().collection('subjects').countDocuments(marked)).toBe(1);
    expect(trail((await ask(`transfer=${id}`)).entries)).toMatchObject([{ recipientId: exampleFacts.recipientId }]);
  });

  it('sets no mark without its entry: what comes out of turn is written when the gap has closed', async () => {
    const id = randomUUID();
    const first = event('bulfinch.consent.v1', 'review-started', id, 1);
    const second = event('bulfinch.consent.v1', 'gate-closing', id, 2);
    await rig.publish('bulfinch.consent.v1', second);
    await pause(200);
    expect(trail((await ask(`transfer=${id}`)).entries)).toEqual([]);
    await rig.publish('bulfinch.consent.v1', first, second);
    await askFor(2, `transfer=${id}&from=2026-11-24T12:00:00.000Z&to=2026-11-24T13:00:00.000Z`);
    expect(trail((await ask(`transfer=${id}`)).entries).map(({ sequence }) => sequence)).toEqual([2, 1]);
  });

  it('sets aside what the contract does not accept, writes no entry of it, and hears other transfers on', async () => {
    const [id, other] = [randomUUID(), randomUUID()];
    const broken = { ...event('bulfinch.consent.v1', 'review-started', id, 1), data: { patientId: 'Zoë Ñandú' } };
    await rig.publish('bulfinch.consent.v1', broken as AnyEvent, event('bulfinch.consent.v1', 'review-started', other, 1));
    expect(trail(await askFor(1, `transfer=${other}&type=review-started`))).toHaveLength(1);
    expect(trail((await ask(`transfer=${id}`)).entries)).toEqual([]);
    expect(
      await rig
        .database()
        .collection('subjects')
        .countDocuments({ _id: id as never, 'parked.consent.sequence': 1 }),
    ).toBe(1);
  });

  it('answers by what is known of the transfer, also for events heard before it was known', async () => {
    const id = randomUUID();
    const facts = { ...exampleFacts, patientId: randomUUID(), referralId: randomUUID(), recipientId: `clinic-${id.slice(0, 8)}` };
    const opened = { recipientId: facts.recipientId, country: 'IS' };
    await rig.publish('bulfinch.delivery.v1', event('bulfinch.delivery.v1', 'delivery-opened', id, 1, opened));
    await rig.publish('bulfinch.delivery.v1', event('bulfinch.delivery.v1', 'package-built', id, 2));
    await rig.publish('bulfinch.ingestion.v1', event('bulfinch.ingestion.v1', 'transfer-created', id, 1, facts));
    const questions = [`patient=${facts.patientId}`, `referral=${facts.referralId}`, `recipient=${facts.recipientId}`, 'country=IS'];
    for (const question of questions)
      expect(trail(await askFor(3, question)).map(({ type }) => type.split('.')[3])).toEqual([
        'package-built',
        'transfer-created',
        'delivery-opened',
      ]);
    const [built] = await askFor(1, `patient=${facts.patientId}&type=package-built`);
    expect(built).toMatchObject({ basis: 'authorization', purpose: 'TREAT', country: 'IS', recipientId: facts.recipientId });
    expect(trail((await ask(`patient=${randomUUID()}`)).entries)).toEqual([]);
  });

  it('answers also where more transfers are meant than can be named one by one', async () => {
    const count = 2500;
    const country = 'NZ';
    const ids = Array.from({ length: count }, () => randomUUID());
    const subjects = ids.map((id) => ({ _id: id as never, revision: 1, shape: 1, state: { facts: { country } }, inbox: {} }));
    await rig.database().collection('subjects').insertMany(subjects);
    // The oldest and the newest of them have entries, none of which says the country itself.
    for (const [index, id] of [ids[0], ids.at(-1)].entries())
      await rig.publish('bulfinch.consent.v1', event('bulfinch.consent.v1', 'review-started', id ?? '', 1, {}, at(index)));
    await askFor(1, `transfer=${ids.at(-1)}&type=review-started`);
    const first = await ask(`country=${country}&limit=1`);
    expect(first).toMatchObject({ entries: [{ subject: ids.at(-1), country }], next: expect.any(String) });
    expect(await ask(`country=${country}&limit=1&cursor=${first.next}`)).toMatchObject({ entries: [{ subject: ids[0] }] });
    expect((await ask(`country=${country}&to=2026-11-23`)).entries).toEqual([]);
  });

  it('gives every entry of a long trail once, page by page, newest first', async () => {
    const id = randomUUID();
    const count = 25;
    // All in one second: only the place tells them apart.
    const asks = Array.from({ length: count }, (_, index) =>
      event('bulfinch.delivery.v1', 'permit-asked', id, index + 1, { attempt: index + 1 }, at(0)),
    );
    await rig.publish('bulfinch.delivery.v1', ...asks);
    await askFor(count, `transfer=${id}&type=permit-asked`);
    const seen: string[] = [];
    let cursor = '';
    do {
      const page = await ask(`transfer=${id}&type=permit-asked&limit=10${cursor && `&cursor=${cursor}`}`);
      expect(page.entries.length).toBeLessThanOrEqual(10);
      seen.push(...page.entries.map((entry) => entry.id));
      cursor = page.next ?? '';
    } while (cursor);
    expect([...seen].sort()).toEqual(asks.map((one) => one.id).sort());
  });

  it('narrows by fact, by person and by day', async () => {
    const id = randomUUID();
    const person = `staff-${id.slice(0, 8)}`;
    const early = event(
      'bulfinch.ingestion.v1',
      'transfer-created',
      id,
      1,
      { actor: { kind: 'user', id: person } },
      '2026-10-01T08:00:00.000Z',
    );
    const late = event(
      'bulfinch.ingestion.v1',
      'transfer-cancelled',
      id,
      2,
      { actor: { kind: 'user', id: person } },
      '2026-10-02T08:00:00.000Z',
    );
    await rig.publish('bulfinch.ingestion.v1', early, late);
    expect(await askFor(2, `actor=${person}`)).toHaveLength(2);
    expect(await ask(`actor=${person}&to=2026-10-01`)).toMatchObject({ entries: [{ id: early.id }] });
    expect(await ask(`actor=${person}&from=2026-10-02`)).toMatchObject({ entries: [{ id: late.id }] });
    expect(await ask(`actor=${person}&type=transfer-cancelled`)).toMatchObject({ entries: [{ id: late.id }] });
  });

  it('records who asks before it answers', async () => {
    const patient = randomUUID();
    await ask(`patient=${patient}`);
    const entries = await askFor(1, `patient=${patient}&type=access-recorded`, (all) => [...all]);
    expect(entries[0]).toMatchObject({ action: 'query', object: { kind: 'entries' }, actor: { id: 'test-auditor' }, patientId: patient });
  });

  it('is open to auditors and the privacy officer; to records staff for a transfer they name; to no one else', async () => {
    const transfer = `transfer=${randomUUID()}`;
    const statuses = async (path: string) =>
      Object.fromEntries(
        await Promise.all(
          (['auditor', 'privacy-officer', 'records-staff', 'clinic', 'patient', 'operator', undefined] as const).map(
            async (role) => [role ?? 'no token', (await rig.get(path, role)).status] as const,
          ),
        ),
      );
    const shut = { clinic: 403, patient: 403, operator: 403, 'no token': 401 };
    expect(await statuses(`/audit/entries?${transfer}`)).toEqual({ auditor: 200, 'privacy-officer': 200, 'records-staff': 200, ...shut });
    expect(await statuses('/audit/entries')).toEqual({ auditor: 200, 'privacy-officer': 200, 'records-staff': 403, ...shut });
    const accounting = `/audit/accounting?kind=full&patient=${randomUUID()}`;
    expect(await statuses(accounting)).toEqual({ auditor: 200, 'privacy-officer': 200, 'records-staff': 403, ...shut });
  });

  it.each([
    'transfer=K7QM-3XPC',
    'patient=Zo%C3%AB',
    'type=no-such-fact',
    'from=yesterday',
    'cursor=%00',
    'cursor=bm90',
    'limit=0',
    'limit=100000',
    'colour=red',
    'transfer[$ne]=1',
  ])('refuses a question it does not understand, without repeating it: %s', async (query) => {
    const answer = await rig.get(`/audit/entries?${query}`, 'auditor');
    expect(answer.status).toBe(400);
    expect(answer.text).not.toMatch(/yesterday|Zo|no-such-fact|red|K7QM/);
  });

  it('answers as FHIR AuditEvents where these are asked for, and refuses a form it does not have', async () => {
    const id = randomUUID();
    await rig.publish('bulfinch.delivery.v1', event('bulfinch.delivery.v1', 'attempt-started', id, 1));
    await askFor(1, `transfer=${id}&type=attempt-started`);
    const answer = await rig.get(`/audit/entries?transfer=${id}&type=attempt-started`, 'auditor', 'application/fhir+json');
    expect(answer.type).toContain('application/fhir+json');
    expect(answer.json()).toMatchObject({
      resourceType: 'Bundle',
      type: 'searchset',
      entry: [{ resource: { resourceType: 'AuditEvent', recorded: at(1) } }],
    });
    expect((await rig.get('/audit/entries', 'auditor', 'text/csv')).status).toBe(406);
  });

  it('tells a patient every disclosure, once, as JSON, as a sheet and on paper', async () => {
    const id = randomUUID();
    const facts = { ...exampleFacts, patientId: randomUUID() };
    await rig.publish('bulfinch.ingestion.v1', event('bulfinch.ingestion.v1', 'transfer-created', id, 1, facts));
    await rig.publish(
      'bulfinch.delivery.v1',
      event('bulfinch.delivery.v1', 'delivery-opened', id, 1),
      event('bulfinch.delivery.v1', 'attempt-started', id, 2),
      event('bulfinch.delivery.v1', 'attempt-failed', id, 3),
      event('bulfinch.delivery.v1', 'attempt-started', id, 4, { attempt: 2 }),
      event('bulfinch.delivery.v1', 'delivered', id, 5, { attempt: 2 }),
    );
    await askFor(6, `patient=${facts.patientId}`);
    const path = `/audit/accounting?kind=full&patient=${facts.patientId}`;
    const told = (await rig.get(path, 'privacy-officer')).json();
    expect(told).toMatchObject({
      disclosures: [
        { transferId: id, attempts: 2, first: at(2), last: at(4), outcome: 'delivered', country: 'PT', basis: 'authorization' },
      ],
    });
    expect((await rig.get(`${path}&from=2026-11-25`, 'privacy-officer')).json()).toMatchObject({ disclosures: [] });
    const paper = await rig.get(path, 'privacy-officer', 'application/pdf');
    expect(paper.type).toContain('application/pdf');
    expect(paper.text.startsWith('%PDF-')).toBe(true);
    const sheet = (await rig.get(path, 'privacy-officer', 'text/csv')).text.split('\r\n');
    expect(sheet).toHaveLength(3);
    expect(sheet[1]).toContain(`${at(2)},${at(4)},2,delivered,clinica-lisboa,1,PT,TREAT,authorization,,${id},`);
    expect((await rig.get(`/audit/accounting?patient=${facts.patientId}`, 'auditor')).status).toBe(501);
  });

  it('has an index for every question that can be asked', async () => {
    const keysOf = async (collection: string) =>
      (await rig.database().collection(collection).indexes()).map(({ key }) => Object.keys(key)[0]);
    const asked = ['transferId', 'referralId', 'patientId', 'recipientId', 'country', 'countries', 'actor.id', 'type', 'basis', 'at'];
    expect(await keysOf('entries')).toEqual(expect.arrayContaining(asked));
    const known = ['referralId', 'patientId', 'recipientId', 'country', 'basis'].map((field) => `state.facts.${field}`);
    expect(await keysOf('subjects')).toEqual(expect.arrayContaining(known));
  });

  it('shows nothing when the question cannot be recorded', async () => {
    const database = rig.database();
    await database.dropCollection('accesses');
    // A view takes no writes: the log can be read, who reads it cannot be written.
    await database.createCollection('accesses', { viewOn: 'entries', pipeline: [] });
    const answer = await rig.get('/audit/entries', 'auditor');
    expect(answer.status).toBe(503);
    expect(answer.text).not.toContain('entries');
    expect((await rig.get(`/audit/accounting?kind=full&patient=${randomUUID()}`, 'auditor')).status).toBe(503);
  });
});
