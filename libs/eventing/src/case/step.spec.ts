import { describe, expect, it } from '@jest/globals';
import { exampleFacts } from '#libs/contracts';
import { accept } from '#libs/shared/domain';
import type { CaseDefinition, CaseDocument } from '../definition.js';
import { speaker } from '../testing/test-cases.js';
import { outboxBytesMax, outboxEventsMax } from '../timings.js';
import { newCase } from './change.js';
import { CaseFull, takeStep } from './step.js';

const now = new Date('2026-11-24T12:00:00.000Z');
const later = new Date('2026-11-24T12:05:00.000Z');
const before = newCase('transfer-1', 1, speaker.initial);

describe('A step of a case', () => {
  it('gives each public fact its place in the outbox, and none to a private one', () => {
    const after = takeStep(speaker, before, [{ type: 'said' }, { type: 'work-dropped' }, { type: 'said' }], { now });
    expect(after.outbox.map(({ id, sequence }) => [id, sequence])).toEqual([
      ['bulfinch.ingestion.v1/transfer-1/1', 1],
      ['bulfinch.ingestion.v1/transfer-1/2', 2],
    ]);
    expect(after.state.tellings).toEqual(after.outbox.map(({ id }) => id));
    expect(after).toMatchObject({ said: 2, unheard: true });
  });

  it('says the same bytes for the same step, so that a re-send is byte-identical', () => {
    const bytes = () => JSON.stringify(takeStep(speaker, before, [{ type: 'said' }], { now, cause: { id: 'command-1' } }).outbox);
    expect(bytes()).toBe(bytes());
  });

  it('writes what the new state waits for: at once from now on, at its time otherwise, nothing when nothing is due', () => {
    const atOnce = takeStep(speaker, before, [{ type: 'work-asked', kind: 'convert', at: 0 }], { now });
    expect(atOnce).toMatchObject({ pending: 'convert', dueAt: now });
    // The time it fell due stays while the same work is due: the oldest is found first.
    expect(takeStep(speaker, atOnce, [{ type: 'said' }], { now: later }).dueAt).toBe(now);
    expect(takeStep(speaker, atOnce, [{ type: 'work-asked', kind: 'push', at: 0 }], { now: later })).toMatchObject({
      pending: 'push',
      dueAt: later,
    });
    expect(takeStep(speaker, before, [{ type: 'work-asked', kind: 'deadline', at: later.getTime() }], { now })).toMatchObject({
      pending: 'deadline',
      dueAt: later,
    });
    expect(takeStep(speaker, atOnce, [{ type: 'work-dropped' }], { now: later })).toMatchObject({ pending: null, dueAt: null });
  });

  it('makes work that was put off after a failure due at once when the case changes', () => {
    const putOff: CaseDocument<typeof speaker.initial> = {
      ...takeStep(speaker, before, [{ type: 'work-asked', kind: 'convert', at: 0 }], { now }),
      dueAt: later,
    };
    expect(takeStep(speaker, putOff, [{ type: 'said' }], { now }).dueAt).toEqual(now);
  });

  it('refuses an own event that is not what the contract says, before anything is written', () => {
    expect(() => takeStep(speaker, before, [{ type: 'broken' }], { now })).toThrow(/not valid: not-valid data.how/);
  });

  it('refuses to publish from a case that has no topic', () => {
    const { topic: _topic, ...rest } = speaker;
    expect(() => takeStep({ ...rest, topic: undefined }, before, [{ type: 'said' }], { now })).toThrow(/no topic/);
  });

  it('refuses another event when the outbox is full, by number and by bytes', () => {
    const event = takeStep(speaker, before, [{ type: 'said' }], { now }).outbox;
    const many = { ...before, outbox: Array.from({ length: outboxEventsMax }, () => event[0] ?? fail()), said: outboxEventsMax };
    expect(() => takeStep(speaker, many, [{ type: 'said' }], { now })).toThrow(CaseFull);
    expect(() => takeStep(speaker, { ...before, outboxBytes: outboxBytesMax }, [{ type: 'said' }], { now })).toThrow(CaseFull);
    // Bookkeeping that tells nobody has room.
    expect(takeStep(speaker, { ...many, said: outboxEventsMax }, [{ type: 'work-dropped' }], { now }).said).toBe(outboxEventsMax);
  });

  it('refuses an own event longer than the contract allows', () => {
    const long: CaseDefinition<null, null, { type: 'long' }, never> = {
      service: 'ingestion',
      collection: 'long',
      shape: 1,
      topic: 'bulfinch.ingestion.v1',
      initial: null,
      decide: () => accept({ type: 'long' as const }),
      evolve: () => null,
      publish: () => ({
        type: 'org.bulfinch.ingestion.transfer-created.v1',
        data: { ...exampleFacts, actor: { kind: 'user', id: 'x'.repeat(300 * 1024) } },
      }),
    };
    expect(() => takeStep(long, newCase('transfer-1', 1, null), [{ type: 'long' }], { now })).toThrow(/not valid|bytes, more than/);
  });
});

function fail(): never {
  throw new Error('the step said nothing');
}
