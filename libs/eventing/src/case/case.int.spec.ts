import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Connection } from 'mongoose';
import { Eventing } from '../eventing.js';
import { type Engine, mongodb, mongodbSkip, openDatabase } from '../testing/engines.js';
import { speaker } from '../testing/test-cases.js';
import { InProcessBus, inProcessTransport } from '../transport/in-process.js';

const suite = mongodbSkip ? describe.skip : describe;

suite(`A case with real MongoDB${mongodbSkip ? ` (skipped: ${mongodbSkip})` : ''}`, () => {
  let engine: Engine;
  let connection: Connection;
  const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
  function open() {
    const bus = new InProcessBus({ logger: silent });
    const eventing = new Eventing({
      service: 'ingestion',
      connection,
      transport: inProcessTransport(bus, 'ingestion'),
      logger: silent,
      timings: { lookMs: 20 },
    });
    const cases = eventing.cases(speaker);
    return { bus, eventing, cases };
  }

  beforeAll(async () => {
    engine = await mongodb();
    connection = await openDatabase(engine.address);
    await open()
      .eventing.migrate()
      .catch(() => undefined);
  }, 120_000);
  afterAll(async () => {
    await connection.dropDatabase();
    await connection.close();
    await engine.stop();
  }, 60_000);

  it('takes 200 concurrent steps on one case as exactly 200 steps, with no gap in the sequence', async () => {
    connection.deleteModel(/.*/);
    const { cases, eventing } = open();
    const id = randomUUID();
    const outcomes = await Promise.all(Array.from({ length: 200 }, () => cases.handle(id, { type: 'say' })));
    expect(outcomes.every((outcome) => 'done' in outcome)).toBe(true);
    const document = await cases.load(id);
    expect(document?.state.said).toBe(200);
    expect(document?.outbox.map((event) => event.sequence)).toEqual(Array.from({ length: 200 }, (_, index) => index + 1));
    await eventing.stop();
  });
});
