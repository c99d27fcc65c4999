import { exampleFacts, topics } from '#libs/contracts';
import { exampleEvent } from './entry.examples.js';
import { entryOf } from './entry.js';
import { endOfRange, joined, startOfRange, typesMeant } from './question.js';

describe('a question to the log', () => {
  it('takes the name of a fact or the whole type', () => {
    expect(typesMeant('attempt-started')).toEqual(['org.bulfinch.delivery.attempt-started.v1']);
    expect(typesMeant('org.bulfinch.delivery.attempt-started.v1')).toEqual(['org.bulfinch.delivery.attempt-started.v1']);
    expect(typesMeant('access-recorded').length).toBeGreaterThan(3);
    expect(typesMeant('no-such-fact')).toEqual([]);
  });

  it('means whole days where a day is given: also across the end of a month and of a leap February', () => {
    expect(startOfRange('2026-11-24')).toBe('2026-11-24T00:00:00.000Z');
    expect(endOfRange('2026-11-30')).toBe('2026-12-01T00:00:00.000Z');
    expect(endOfRange('2028-02-28')).toBe('2028-02-29T00:00:00.000Z');
    expect(endOfRange('2026-11-24T12:00:00.000Z')).toBe('2026-11-24T12:00:00.000Z');
  });

  it('shows with an entry what only other events of its transfer say, and never changes what it says itself', () => {
    const topic = 'bulfinch.delivery.v1';
    const opened = entryOf(topic, exampleEvent(topic, topics[topic].events[0]));
    const shown = joined(opened, { patientId: exampleFacts.patientId, recipientId: 'somebody-else', basis: 'authorization' });
    expect(shown).toMatchObject({ patientId: exampleFacts.patientId, basis: 'authorization', recipientId: 'clinica-lisboa' });
  });

  it('does not say of a look at a transfer whom the transfer went to', () => {
    const topic = 'bulfinch.access.v1';
    const kind = topics[topic].events.find(({ type }) => type === 'org.bulfinch.ingestion.access-recorded.v1');
    if (!kind) throw new Error('no such kind');
    const look = { ...entryOf(topic, exampleEvent(topic, kind)), subject: '2d3e4f5a-6b7c-4d8e-9f0a-1b2c3d4e5f08' };
    expect(joined(look, { recipientId: 'clinica-lisboa' }).recipientId).toBeUndefined();
  });
});
