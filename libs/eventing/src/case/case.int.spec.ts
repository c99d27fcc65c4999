import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Connection } from 'mongoose';
import { exampleFacts } from '#libs/contracts';
import type { Cases } from '../definition.js';
import { Eventing, type EventingOptions } from '../eventing.js';
import { type Engine, mongodb, mongodbSkip, openDatabase } from '../testing/engines.js';
import { type Listener, type ListenerInput, listener, type Speaker, type SpeakerInput, speaker } from '../testing/test-cases.js';
import { quick, silent } from '../testing/world.js';
import { InProcessBus, inProcessTransport } from '../transport/in-process.js';

const suite = mongodbSkip ? describe.skip : describe;
const slow = 60_000;

/** One process of ingestion or normalization on the test's database. */
interface Process<Kind> {
  readonly eventing: Eventing;
  readonly cases: Kind;
}

suite(`A case with real MongoDB${mongodbSkip ? ` (skipped: ${mongodbSkip})` : ''}`, () => {
  let engine: Engine;
  let database: string;
  let opened: { eventing: Eventing; connection: Connection }[] = [];

  async function eventingOf(service: 'ingestion' | 'normalization', more: Partial<EventingOptions>): Promise<Eventing> {
    const connection = await openDatabase(engine.address, database);
    const transport = inProcessTransport(new InProcessBus({ logger: silent }), service);
    const eventing = new Eventing({ service, connection, transport, logger: silent, timings: quick, ...more });
    opened.push({ eventing, connection });
    return eventing;
  }
  async function speaking(
    more: Partial<EventingOptions> = {},
  ): Promise<Process<Cases<Speaker, SpeakerInput, 'not-allowed' | 'nothing-due'>>> {
    const eventing = await eventingOf('ingestion', more);
    const cases = eventing.cases(speaker);
    await eventing.migrate();
    return { eventing, cases };
  }
  async function listening(shape = 1): Promise<Process<Cases<Listener, ListenerInput, 'impossible'>>> {
    const eventing = await eventingOf('normalization', {});
    return { eventing, cases: eventing.cases({ ...listener, shape }) };
  }

  beforeAll(async () => {
    engine = await mongodb();
  }, 120_000);
  beforeEach(() => {
    database = `eventing_${randomUUID().slice(0, 8)}`;
  });
  afterEach(async () => {
    for (const { eventing } of opened) await eventing.stop();
    await opened[0]?.connection.dropDatabase();
    for (const { connection } of opened) await connection.close();
    opened = [];
  }, slow);
  afterAll(() => engine.stop(), slow);

  it(
    'takes 200 concurrent steps on one case, from two processes, as exactly 200 steps with no gap in the sequence',
    async () => {
      const processes = [await speaking(), await speaking()];
      const id = randomUUID();
      const outcomes = await Promise.all(
        processes.flatMap(({ cases }) => Array.from({ length: 100 }, () => cases.handle(id, { type: 'say' }))),
      );
      expect(outcomes.every((outcome) => 'done' in outcome)).toBe(true);
      const document = await processes[0]?.cases.load(id);
      expect(document).toMatchObject({ revision: 200, said: 200, heard: 0, unheard: true });
      expect(document?.state.said).toBe(200);
      expect(document?.outbox.map(({ id: eventId }) => eventId)).toEqual(
        Array.from({ length: 200 }, (_, index) => `bulfinch.ingestion.v1/${id}/${index + 1}`),
      );
      // Each answer names its own events: no two steps were given the same place.
      const places = outcomes.flatMap((outcome) => ('done' in outcome ? outcome.events.map((event) => event.sequence) : []));
      expect(new Set(places).size).toBe(200);
      expect(processes.reduce((sum, { eventing }) => sum + (eventing.metrics().lostRaces ?? 0), 0)).toBeGreaterThan(0);
    },
    slow,
  );

  it(
    'tells every one of many concurrent first writes rightly who won',
    async () => {
      const [one, other] = [await speaking(), await speaking()];
      const ids = Array.from({ length: 50 }, () => randomUUID());
      await Promise.all(ids.flatMap((id) => [one, other].map(({ cases }) => cases.handle(id, { type: 'say' }))));
      for (const id of ids) expect((await one.cases.load(id))?.said).toBe(2);
    },
    slow,
  );

  it('changes nothing on a refusal, and says why', async () => {
    const { cases } = await speaking();
    const id = randomUUID();
    expect(await cases.handle(id, { type: 'forbidden' })).toMatchObject({ refused: 'not-allowed' });
    expect(await cases.load(id)).toBeUndefined();
  });

  it('never writes an event that its own contract refuses', async () => {
    const { cases } = await speaking();
    const id = randomUUID();
    await expect(cases.handle(id, { type: 'broken' })).rejects.toThrow(/the step cannot be taken/);
    expect(await cases.load(id)).toBeUndefined();
  });

  it('writes what caused an event, the time it was handled, and its trace', async () => {
    const now = new Date('2026-11-24T09:30:00.000Z');
    const { cases } = await speaking({ now: () => now });
    const id = randomUUID();
    const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    await cases.handle(id, { type: 'say' }, { id: 'command-7', traceparent });
    expect((await cases.load(id))?.outbox[0]).toMatchObject({
      causationid: 'command-7',
      traceparent,
      time: now.toISOString(),
      correlationid: id,
      source: '/bulfinch/ingestion',
    });
  });

  it('keeps the trace that began a case, whatever asks later, and takes the request under way where no cause is named', async () => {
    const trace = (letter: string): string => `00-${letter.repeat(32)}-${'b'.repeat(16)}-01`;
    const { cases } = await speaking({ ambientCause: () => ({ traceparent: trace('c') }) });
    const id = randomUUID();
    await cases.handle(id, { type: 'say' });
    await cases.handle(id, { type: 'say' }, { traceparent: trace('d') });
    expect((await cases.load(id))?.outbox.map((event) => event.traceparent)).toEqual([trace('c'), trace('c')]);
  });

  it('wakes who waits for a state, also when another process wrote it, and gives up after the time', async () => {
    const [one, other] = [await speaking(), await speaking()];
    const id = randomUUID();
    const here = one.cases.waitFor(id, (state) => state.said >= 1, { timeoutMs: 10_000 });
    const there = other.cases.waitFor(id, (state) => state.said >= 1, { timeoutMs: 10_000 });
    await one.cases.handle(id, { type: 'say' });
    expect((await here)?.said).toBe(1);
    expect((await there)?.said).toBe(1);
    expect(await one.cases.waitFor(id, (state) => state.said > 5, { timeoutMs: 50 })).toBeUndefined();
    const stopped = AbortSignal.abort();
    expect(await one.cases.waitFor(id, (state) => state.said > 5, { timeoutMs: 60_000, signal: stopped })).toBeUndefined();
  });

  function eventMessage(subject: string, sequence: number) {
    const event = {
      specversion: '1.0',
      id: `bulfinch.ingestion.v1/${subject}/${sequence}`,
      type: 'org.bulfinch.ingestion.transfer-created.v1',
      source: '/bulfinch/ingestion',
      subject,
      partitionkey: subject,
      sequence,
      time: '2026-11-24T12:00:00.000Z',
      datacontenttype: 'application/json',
      correlationid: subject,
      data: exampleFacts,
    };
    return { topic: 'bulfinch.ingestion.v1', value: Buffer.from(JSON.stringify(event)), headers: {} };
  }

  it('applies each event once and in order: what comes again is dropped, and a gap is never applied', async () => {
    const { cases, eventing } = await listening();
    const id = randomUUID();
    const settle = (sequence: number) =>
      cases.receive('bulfinch.ingestion.v1', eventMessage(id, sequence), (event) => ({ type: 'hear', sequence: event.sequence }));
    expect([await settle(1), await settle(1), await settle(3), await settle(2), await settle(3)]).toEqual([
      'applied',
      'repeated',
      'gap',
      'applied',
      'applied',
    ]);
    expect((await cases.load(id))?.state.applied).toEqual([1, 2, 3]);
    expect(eventing.metrics()).toMatchObject({ applied: 3, repeated: 1, gaps: 1 });
  });

  it('moves the mark for an event that means nothing to the reader', async () => {
    const { cases } = await listening();
    const id = randomUUID();
    expect(await cases.receive('bulfinch.ingestion.v1', eventMessage(id, 1), () => undefined)).toBe('applied');
    expect(await cases.load(id)).toMatchObject({ inbox: { ingestion: 1 }, state: { applied: [] } });
  });

  it('leaves a case of a newer shape to newer processes', async () => {
    const id = randomUUID();
    const young = await listening(2);
    await young.cases.receive('bulfinch.ingestion.v1', eventMessage(id, 1), () => undefined);
    const old = await listening(1);
    const toInput = () => ({ type: 'hear', sequence: 2 }) as const;
    expect(await old.cases.receive('bulfinch.ingestion.v1', eventMessage(id, 2), toInput)).toBe('newer-shape');
    await expect(old.cases.handle(id, toInput())).rejects.toThrow(/newer/);
    expect(await young.cases.receive('bulfinch.ingestion.v1', eventMessage(id, 2), toInput)).toBe('applied');
  });

  it('keeps no null where a state has nothing', async () => {
    const { cases } = await speaking();
    const id = randomUUID();
    await cases.handle(id, { type: 'say' });
    await cases.handle(id, { type: 'drop-work' });
    expect(Object.keys((await cases.load(id))?.state ?? {})).not.toContain('note');
  });
});
