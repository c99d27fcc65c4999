import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Connection } from 'mongoose';
import type { Cases, WorkerOptions } from '../definition.js';
import { Eventing } from '../eventing.js';
import { Wire } from '../testing/cut.js';
import { type Engine, mongodb, mongodbSkip, openDatabase } from '../testing/engines.js';
import { type Speaker, type SpeakerInput, speaker } from '../testing/test-cases.js';
import { until } from '../testing/until.js';
import { quick, silent } from '../testing/world.js';
import { pause } from '../timings.js';
import { InProcessBus, inProcessTransport } from '../transport/in-process.js';

const suite = mongodbSkip ? describe.skip : describe;
const slow = 60_000;
type Work = WorkerOptions<Speaker, SpeakerInput>;
type Speakers = Cases<Speaker, SpeakerInput, 'not-allowed' | 'nothing-due'>;

suite(`Slow work under a lease, with real MongoDB${mongodbSkip ? ` (skipped: ${mongodbSkip})` : ''}`, () => {
  let engine: Engine;
  let database: string;
  let opened: { eventing: Eventing; connection: Connection }[] = [];

  /** One process with workers of the kind `convert`; `sweepMs` long: only what a test shortens is found by a sweep. */
  async function start(work: Partial<Work> & Pick<Work, 'run'>, sweepMs = 60_000): Promise<{ eventing: Eventing; cases: Speakers }> {
    const connection = await openDatabase(engine.address, database);
    const transport = inProcessTransport(new InProcessBus({ logger: silent }), 'ingestion');
    const eventing = new Eventing({ service: 'ingestion', connection, transport, logger: silent, timings: { ...quick, sweepMs } });
    opened.push({ eventing, connection });
    const cases = eventing.cases(speaker);
    cases.work({ kind: 'convert', effect: 'inner', leaseMs: 600, concurrency: 2, retryMs: 50, ...work });
    await eventing.migrate();
    await eventing.start();
    return { eventing, cases };
  }
  const due = { type: 'work', kind: 'convert', at: 0 } as const;

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

  it('starts in the tick after the write that made it due, without a second write to claim it', async () => {
    const { cases, eventing } = await start({ run: async () => ({ type: 'worked' }) });
    const id = randomUUID();
    await cases.handle(id, due);
    await cases.waitFor(id, (state) => state.done === 1, { timeoutMs: 5_000 });
    // Asked and done: two steps, no third write.
    expect(await cases.load(id)).toMatchObject({ revision: 2, pending: null, lease: null });
    expect(eventing.metrics().workStarted).toBe(1);
  });

  it('never does more at once than its slots, and does all of it', async () => {
    let running = 0;
    let most = 0;
    const { cases } = await start({
      run: async () => {
        most = Math.max(most, ++running);
        await new Promise((resolve) => setTimeout(resolve, 30));
        running--;
        return { type: 'worked' };
      },
    });
    const ids = Array.from({ length: 12 }, () => randomUUID());
    await Promise.all(ids.map((id) => cases.handle(id, due)));
    await until(async () => (await cases.model.countDocuments({ 'state.done': 1 } as never)) === 12);
    expect(most).toBe(2);
  });

  it('waits for its time', async () => {
    const startedAt: number[] = [];
    const { cases } = await start({
      run: async () => {
        startedAt.push(Date.now());
        return { type: 'worked' };
      },
    });
    const id = randomUUID();
    const at = Date.now() + 400;
    await cases.handle(id, { type: 'work', kind: 'convert', at });
    await until(() => startedAt.length === 1);
    expect(startedAt[0]).toBeGreaterThanOrEqual(at);
  });

  it('tries work that failed again, later each time', async () => {
    const tries: number[] = [];
    const { cases, eventing } = await start({
      run: async () => {
        tries.push(performance.now());
        if (tries.length < 3) throw new Error('the converter fell over');
        return { type: 'worked' };
      },
    });
    const id = randomUUID();
    await cases.handle(id, due);
    await cases.waitFor(id, (state) => state.done === 1, { timeoutMs: 10_000 });
    expect(tries).toHaveLength(3);
    expect((tries[2] ?? 0) - (tries[1] ?? 0)).toBeGreaterThanOrEqual(95);
    expect(eventing.metrics().workFailed).toBe(2);
  });

  it(
    'keeps its lease by beats while it works longer than the lease is',
    async () => {
      const first = await start({
        run: async () => {
          await new Promise((resolve) => setTimeout(resolve, 2_000));
          return { type: 'worked' };
        },
      });
      let stolen = 0;
      await start(
        {
          run: async () => {
            stolen++;
            return { type: 'worked' };
          },
        },
        100,
      );
      const id = randomUUID();
      await first.cases.handle(id, due);
      await first.cases.waitFor(id, (state) => state.done === 1, { timeoutMs: 10_000 });
      expect(stolen).toBe(0);
    },
    slow,
  );

  it(
    'is taken over only after the lease has stood still for its whole length',
    async () => {
      const one = await start({ run: async () => undefined });
      const id = randomUUID();
      // A process that died: its lease lies in the case and never beats again.
      await one.eventing.stop();
      await one.cases.handle(id, due);
      await one.cases.model.updateOne({ _id: id }, {
        $set: { lease: { holder: 'a process that died', beat: 3, kind: 'convert' } },
      } as never);
      const clock = performance.now();
      let tookMs = 0;
      const two = await start(
        {
          run: async () => {
            tookMs = performance.now() - clock;
            return { type: 'worked' };
          },
        },
        100,
      );
      await two.cases.waitFor(id, (state) => state.done === 1, { timeoutMs: 10_000 });
      expect(tookMs).toBeGreaterThanOrEqual(600);
      expect(two.eventing.metrics().leasesTakenOver).toBe(1);
    },
    slow,
  );

  /** Runs until `go`, while somebody else takes the lease away. */
  async function loseLease(effect: 'inner' | 'outer'): Promise<{ cases: Speakers; id: string; aborted: boolean; eventing: Eventing }> {
    const go = Promise.withResolvers<void>();
    let aborted = false;
    const { cases, eventing } = await start({
      effect,
      run: async ({ signal }) => {
        signal.addEventListener('abort', () => {
          aborted = true;
        });
        await go.promise;
        return { type: 'worked' };
      },
    });
    const id = randomUUID();
    await cases.handle(id, due);
    await until(() => eventing.metrics().workStarted === 1);
    await cases.model.updateOne({ _id: id }, {
      $set: { lease: { holder: 'another process', beat: 0, kind: 'convert' } },
      $inc: { revision: 1 },
    } as never);
    await until(() => aborted);
    go.resolve();
    await new Promise((resolve) => setTimeout(resolve, 300));
    return { cases, id, aborted, eventing };
  }

  it('throws the result of inner work away when its lease was lost', async () => {
    const { cases, id, eventing } = await loseLease('inner');
    expect((await cases.load(id))?.state.done).toBe(0);
    expect(eventing.metrics().resultsThrownAway).toBe(1);
  });

  it('always applies the result of an outer effect, and leaves the other holder its lease', async () => {
    const { cases, id } = await loseLease('outer');
    expect(await cases.load(id)).toMatchObject({ state: { done: 1 }, lease: { holder: 'another process' } });
  });

  it('writes under its lease only while it holds it, so that an effect never begins without', async () => {
    const lostNow = Promise.withResolvers<void>();
    const outcomes: unknown[] = [];
    const { cases, eventing } = await start({
      effect: 'outer',
      run: async (job) => {
        outcomes.push(await cases.handleUnderLease(job, { type: 'say' }));
        await lostNow.promise;
        outcomes.push(await cases.handleUnderLease(job, { type: 'say' }));
        return undefined;
      },
    });
    const id = randomUUID();
    await cases.handle(id, due);
    await until(() => outcomes.length === 1);
    expect(outcomes[0]).toMatchObject({ done: true });
    expect((await cases.load(id))?.lease).not.toBeNull();
    await cases.model.updateOne({ _id: id }, {
      $set: { lease: { holder: 'another process', beat: 0, kind: 'convert' } },
      $inc: { revision: 1 },
    } as never);
    lostNow.resolve();
    await until(() => outcomes.length === 2);
    expect(outcomes[1]).toEqual({ lost: true });
    expect((await cases.load(id))?.said).toBe(1);
    await eventing.stop();
  });

  it(
    'is taken over no sooner than a lease after the last write under it, and the cut-off holder is told before',
    async () => {
      const leaseMs = 1_500;
      const address = new URL(engine.address);
      const wire = new Wire(address.hostname, Number(address.port));
      const port = await wire.listen();
      let askedAt = 0;
      let toldAt = 0;
      let takenAt = 0;
      const through = await openDatabase(`mongodb://127.0.0.1:${port}/?directConnection=true`, database);
      const transport = inProcessTransport(new InProcessBus({ logger: silent }), 'ingestion');
      const cutOff = new Eventing({ service: 'ingestion', connection: through, transport, logger: silent, timings: quick });
      const cases = cutOff.cases(speaker);
      cases.work({
        kind: 'convert',
        effect: 'outer',
        leaseMs,
        concurrency: 1,
        run: async (job) => {
          job.signal.addEventListener('abort', () => {
            toldAt ||= performance.now();
          });
          // Part of a beat goes by before the ask: what opening a large package may take.
          await pause(leaseMs / 3 - 250);
          await cases.handleUnderLease(job, { type: 'say' });
          askedAt = performance.now();
          wire.cut();
          await until(() => takenAt > 0);
          return undefined;
        },
      });
      await cutOff.migrate();
      await cutOff.start();
      // The other process, which reaches storage and sees the lease from its first beat on.
      await start(
        {
          effect: 'outer',
          leaseMs,
          run: async () => {
            takenAt ||= performance.now();
            return { type: 'worked' };
          },
        },
        50,
      );
      await cases.handle(randomUUID(), due);
      await until(() => askedAt > 0);
      await until(() => takenAt > 0);
      // Before anything may fail: its storage is away for good, and an open connection would keep the tests from ending.
      await cutOff.stop().catch(() => undefined);
      await through.close(true);
      await wire.close();
      expect(takenAt - askedAt).toBeGreaterThanOrEqual(leaseMs - 50);
      expect(toldAt).toBeGreaterThan(0);
      expect(toldAt).toBeLessThanOrEqual(takenAt);
    },
    slow,
  );

  it('tells inner work that is no longer asked for, and throws its result away', async () => {
    const told = Promise.withResolvers<void>();
    const { cases, eventing } = await start({
      run: async ({ signal }) => {
        signal.addEventListener('abort', () => told.resolve());
        await told.promise;
        return { type: 'worked' };
      },
    });
    const id = randomUUID();
    await cases.handle(id, due);
    await until(() => eventing.metrics().workStarted === 1);
    await cases.handle(id, { type: 'drop-work' });
    await told.promise;
    await until(() => eventing.metrics().resultsThrownAway === 1);
    expect(await cases.load(id)).toMatchObject({ state: { done: 0 }, lease: null, pending: null });
  });

  it(
    'gives its lease back when the process stops before it is done, so that the next one starts at once',
    async () => {
      const first = await start({
        run: ({ signal }) => new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('stopped')))),
      });
      const id = randomUUID();
      await first.cases.handle(id, due);
      await until(() => first.eventing.metrics().workStarted === 1);
      await first.eventing.stop();
      expect(await first.cases.load(id)).toMatchObject({ pending: 'convert', lease: null });
      const second = await start({ leaseMs: 60_000, run: async () => ({ type: 'worked' }) });
      expect((await second.cases.waitFor(id, (state) => state.done === 1, { timeoutMs: 3_000 }))?.done).toBe(1);
    },
    slow,
  );
});
