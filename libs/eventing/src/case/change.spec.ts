import { describe, expect, it } from '@jest/globals';
import type { ParkedEvent } from '../definition.js';
import { speaker } from '../testing/test-cases.js';
import { newCase, updateOf, withBeat, withLease, withMark, withParked } from './change.js';
import { takeStep } from './step.js';

const now = new Date('2026-11-24T12:00:00.000Z');
const fresh = newCase('transfer-1', 1, speaker.initial);
const written = { ...takeStep(speaker, fresh, [{ type: 'said' }], { now }), revision: 1 };
function parkedAt(sequence: number, at: Date): ParkedEvent {
  const [event] = written.outbox;
  if (!event) throw new Error('nothing was said');
  return { sequence, reason: 'not-valid', event, topic: 'bulfinch.ingestion.v1', at };
}

describe('The one write of a step', () => {
  it('makes the whole case with the first step', () => {
    const update = updateOf(fresh, { ...written, revision: 0 });
    expect(update.$inc).toEqual({ revision: 1 });
    expect(update.$set).toMatchObject({ said: 1, heard: 0, inbox: {}, parked: {}, lease: null, outbox: written.outbox });
    expect(update).not.toHaveProperty('$push');
  });

  it('moves state, mark, outbox and due together, and touches nothing else', () => {
    const after = withMark(takeStep(speaker, written, [{ type: 'said' }], { now }), 'consent', 4);
    const update = updateOf(written, after);
    expect(update).toEqual({
      $set: { shape: 1, state: after.state, 'inbox.consent': 4, outboxBytes: after.outboxBytes, said: 2, unheard: true },
      $unset: { parkedAt: 1 },
      $push: { outbox: { $each: after.outbox.slice(1) } },
      $max: { heard: 0 },
      $inc: { revision: 1 },
    });
  });

  it('takes a parked event away with the mark that moves over it', () => {
    const parked = withParked(written, 'consent', parkedAt(4, now));
    expect(parked.parkedAt).toEqual(now);
    expect(updateOf(written, parked).$set).toMatchObject({ 'parked.consent': { sequence: 4 }, parkedAt: now });
    const moved = withMark(parked, 'consent', 4);
    expect(moved.parked).toEqual({});
    expect(updateOf(parked, moved).$unset).toEqual({ 'parked.consent': 1, parkedAt: 1 });
  });

  it('lists a case by its oldest parked event', () => {
    const later = new Date(now.getTime() + 60_000);
    const both = withParked(withParked(written, 'consent', parkedAt(4, later)), 'delivery', parkedAt(2, now));
    expect(both.parkedAt).toEqual(now);
    expect(withMark(both, 'delivery', 2).parkedAt).toEqual(later);
  });

  it('leaves the lease alone unless the step takes or returns it', () => {
    const leased = withLease(written, { holder: 'one', beat: 1, kind: 'convert' });
    expect(updateOf(leased, takeStep(speaker, leased, [{ type: 'said' }], { now })).$set).not.toHaveProperty('lease');
    expect(updateOf(leased, withLease(leased, null)).$set).toMatchObject({ lease: null });
  });

  it('adds a beat and never sets one, so that a beat written meanwhile is not taken back', () => {
    const leased = withLease(written, { holder: 'one', beat: 1, kind: 'convert' });
    const update = updateOf(leased, withBeat(leased));
    expect(update.$inc).toEqual({ revision: 1, 'lease.beat': 1 });
    expect(update.$set).not.toHaveProperty('lease');
    expect(withBeat(written)).toBe(written);
  });
});
