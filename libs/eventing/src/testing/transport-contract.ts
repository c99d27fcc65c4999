import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { exampleFacts } from '#libs/contracts';
import type { OutgoingMessage } from '../transport/transport.js';
import { Wire } from './cut.js';
import { kafkaSkip, mongodbSkip } from './engines.js';
import { killed, namesOf, oneTo, Rig, sayTo, untilAllApplied } from './rig.js';
import { until } from './until.js';

const slow = 120_000;

/** What both transports must do (design.md sections 3 and 4): one suite, run by a spec of each. */
export function describeTransport(kind: 'in-process' | 'kafka'): void {
  const reason = mongodbSkip ?? (kind === 'kafka' ? kafkaSkip : undefined);
  (reason ? describe.skip : describe)(`The ${kind} transport${reason ? ` (skipped: ${reason})` : ''}`, () => {
    const rig = new Rig(kind);
    beforeAll(() => rig.open(), slow);
    beforeEach(() => rig.renew());
    afterEach(() => rig.clear(), slow);
    afterAll(() => rig.close(), slow);
    orderAndBeginning(rig);
    faults(rig);
    poison(rig);
    stopsAndCrashes(rig);
  });
}

function orderAndBeginning(rig: Rig): void {
  it(
    'brings each case its events in order, many cases side by side, and the publisher learns that all was heard',
    async () => {
      const world = await rig.world();
      await world.start();
      const names = namesOf(20);
      await sayTo(world, names, 10);
      await untilAllApplied(world, names, 10);
      await until(async () => (await world.speakers.model.countDocuments({ heard: 10 })) === 20);
      await until(async () => (await world.speakers.model.countDocuments({ unheard: true })) === 0);
      expect(world.eventing('ingestion').status()).toMatchObject({ ready: true, outboxOldestMs: 0 });
    },
    slow,
  );

  it(
    'gives a reader that comes later everything from the beginning',
    async () => {
      // No re-sending within the test: only what the transport itself keeps can bring it.
      const world = await rig.world({ timings: { resendMs: 600_000 } });
      const names = namesOf(5);
      if (rig.kind === 'kafka') await world.start(['ingestion']);
      await sayTo(world, names, 4);
      if (rig.kind === 'kafka') await until(() => world.eventing('ingestion').metrics().published === 20);
      await world.start(rig.kind === 'kafka' ? ['normalization'] : undefined);
      await untilAllApplied(world, names, 4);
    },
    slow,
  );
}

function faults(rig: Rig): void {
  it(
    'tries a handler that fails again in place, while other cases and other readers flow on',
    async () => {
      let isBroken = true;
      const world = await rig.world({
        beforeHearing: (subject) => {
          if (isBroken && subject.endsWith('-stuck')) throw new Error('storage is away for this case');
          return true;
        },
        timings: { resendMs: 600_000 },
      });
      await world.start();
      await sayTo(world, ['stuck', 'free'], 3);
      await untilAllApplied(world, ['free'], 3);
      expect(await world.applied(world.subject('stuck'))).toEqual([]);
      isBroken = false;
      await untilAllApplied(world, ['stuck'], 3);
      await until(async () => (await world.speakers.model.countDocuments({ unheard: true })) === 0);
    },
    slow,
  );

  it(
    'loses and repeats nothing when the reader cannot reach MongoDB for a while',
    async () => {
      const uri = new URL(rig.mongodb?.address ?? '');
      const wire = new Wire(uri.hostname, Number(uri.port));
      const port = await wire.listen();
      const world = await rig.world({ readerMongodbUri: `mongodb://127.0.0.1:${port}/?directConnection=true` });
      await world.start();
      const names = namesOf(4);
      await sayTo(world, names, 2);
      await untilAllApplied(world, names, 2);
      wire.cut();
      await sayTo(world, names, 3);
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      wire.mend();
      await until(async () => {
        for (const name of names) if ((await world.applied(world.subject(name)).catch(() => [])).length < 5) return false;
        return true;
      }, 60_000);
      for (const name of names) expect(await world.applied(world.subject(name))).toEqual(oneTo(5));
      await rig.clear();
      await wire.close();
    },
    slow,
  );

  it(
    'brings again what was lost on the way: a gap is never applied, and closes',
    async () => {
      const lost = new Set<number>([2]);
      const world = await rig.world({ beforeHearing: (_subject, sequence) => !lost.delete(sequence) });
      await world.start();
      await sayTo(world, ['case1'], 4);
      await untilAllApplied(world, ['case1'], 4);
      expect(world.eventing('normalization').metrics().gaps).toBeGreaterThan(0);
      expect(world.eventing('ingestion').metrics().resent).toBeGreaterThan(0);
    },
    slow,
  );
}

/** An event as another publisher might send it, with one thing wrong. */
function strange(subject: string, change: Readonly<Record<string, unknown>>): OutgoingMessage {
  const event = {
    specversion: '1.0',
    id: `bulfinch.ingestion.v1/${subject}/1`,
    type: 'org.bulfinch.ingestion.transfer-created.v1',
    source: '/bulfinch/ingestion',
    subject,
    partitionkey: subject,
    sequence: 1,
    time: '2026-11-24T12:00:00.000Z',
    datacontenttype: 'application/json',
    correlationid: subject,
    data: exampleFacts,
    ...change,
  };
  return { key: subject, value: Buffer.from(JSON.stringify(event)), headers: {} };
}

function poison(rig: Rig): void {
  it(
    'sets aside what cannot be applied, each in its own case, and counts what has no envelope',
    async () => {
      const world = await rig.world();
      await world.start();
      const publish = (message: OutgoingMessage) => world.transports.ingestion.publish('bulfinch.ingestion.v1', [message]);
      await publish({ key: world.subject('broken'), value: Buffer.from('{"specversion":'), headers: {} });
      await publish({ key: world.subject('deep'), value: Buffer.from(`${'['.repeat(100_000)}`), headers: {} });
      await publish(strange(world.subject('type'), { type: 'org.bulfinch.ingestion.transfer-renamed.v9' }));
      await publish(strange(world.subject('data'), { data: { direction: 'sideways' } }));
      await publish(strange(world.subject('id'), { id: 'bulfinch.ingestion.v1/another/1' }));
      await publish(strange(world.subject('source'), { source: '/bulfinch/consent' }));
      await sayTo(world, ['good'], 3);
      await untilAllApplied(world, ['good'], 3);
      await until(async () => (await world.listeners.parked(10)).length === 4);
      const parked = await world.listeners.parked(10);
      expect(Object.fromEntries(parked.map(({ caseId, reason }) => [caseId.split('-').at(-1), reason]))).toEqual({
        type: 'unknown-type',
        data: 'not-valid',
        id: 'identity-differs',
        source: 'identity-differs',
      });
      expect(world.eventing('normalization').metrics().unreadable).toBeGreaterThanOrEqual(2);
    },
    slow,
  );

  it(
    'holds the later events of a case back while one is parked, and brings them again after a discard',
    async () => {
      const world = await rig.world({
        meaning: (_subject, sequence) => (sequence === 2 ? { type: 'refuse' } : { type: 'hear', sequence }),
      });
      await world.start();
      await sayTo(world, ['case1'], 4);
      await sayTo(world, ['case2'], 1);
      await untilAllApplied(world, ['case2'], 1);
      await until(async () => (await world.listeners.parked(10)).length === 1);
      const [parked] = await world.listeners.parked(10);
      expect(parked).toMatchObject({ caseId: world.subject('case1'), publisher: 'ingestion', sequence: 2, reason: 'refused:impossible' });
      expect(await world.applied(world.subject('case1'))).toEqual([1]);
      expect(await world.listeners.decideParked(world.subject('case1'), 'ingestion', 'discard')).toBe('applied');
      await until(async () => (await world.applied(world.subject('case1'))).length === 3);
      expect(await world.applied(world.subject('case1'))).toEqual([1, 3, 4]);
      expect(await world.listeners.decideParked(world.subject('case1'), 'ingestion', 'discard')).toBe('nothing-parked');
    },
    slow,
  );

  it(
    'applies a parked event when it is tried again after the fault is mended, and then what came after it',
    async () => {
      let isBroken = true;
      const world = await rig.world({
        meaning: (_subject, sequence) => (sequence === 2 && isBroken ? { type: 'throw' } : { type: 'hear', sequence }),
        timings: { resendMs: 1_500 },
      });
      await world.start();
      await sayTo(world, ['case1'], 3);
      await until(async () => (await world.listeners.parked(10)).length === 1);
      expect((await world.listeners.parked(10))[0]?.reason).toBe('fault:TypeError');
      expect(await world.listeners.decideParked(world.subject('case1'), 'ingestion', 'retry')).toBe('parked');
      isBroken = false;
      await world.listeners.decideParked(world.subject('case1'), 'ingestion', 'retry');
      await untilAllApplied(world, ['case1'], 3);
      expect(await world.listeners.parked(10)).toEqual([]);
    },
    slow,
  );

  it(
    'tries parked events again when a process starts, so that a new version applies what an old one could not',
    async () => {
      const old = await rig.world({ meaning: () => ({ type: 'throw' }) });
      await old.start();
      await sayTo(old, ['case1'], 1);
      await until(async () => (await old.listeners.parked(10)).length === 1);
      await old.stop();
      const young = await rig.world({ timings: { resendMs: 600_000 } });
      await young.start(['audit', 'normalization', 'ingestion']);
      await untilAllApplied(young, ['case1'], 1);
    },
    slow,
  );
}

function stopsAndCrashes(rig: Rig): void {
  it(
    'loses nothing over a clean stop in the middle of the stream',
    async () => {
      const names = namesOf(10);
      const first = await rig.world({ beforeHearing: () => new Promise((resolve) => setTimeout(resolve, 5, true)) });
      await first.start();
      const saying = sayTo(first, names, 8);
      await until(async () => (await first.applied(first.subject('case1'))).length >= 2);
      await saying;
      const clock = performance.now();
      await first.stop();
      expect(performance.now() - clock).toBeLessThan(20_000);
      const second = await rig.world();
      await second.start();
      await untilAllApplied(second, names, 8);
    },
    slow,
  );

  it(
    'loses and repeats nothing over a kill -9 in the middle of the stream',
    async () => {
      const names = namesOf(15);
      const child = rig.child({ say: 10, names, slowMs: 10 });
      let heard = 0;
      for await (const line of createInterface({ input: child.stdout ?? process.stdin })) {
        if (line === 'heard') heard++;
        if (heard === 40) break;
      }
      await killed(child);
      const world = await rig.world();
      const accepted = await Promise.all(
        names.map(async (name) => ({ name, said: (await world.speakers.load(world.subject(name)))?.said ?? 0 })),
      );
      const total = accepted.reduce((sum, { said }) => sum + said, 0);
      expect(total).toBeGreaterThanOrEqual(40);
      await world.start();
      for (const { name, said } of accepted) await untilAllApplied(world, [name], said, 60_000);
    },
    slow,
  );
}
