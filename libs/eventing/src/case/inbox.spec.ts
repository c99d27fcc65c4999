import { describe, expect, it } from '@jest/globals';
import { exampleFacts } from '#libs/contracts';
import type { CaseDocument } from '../definition.js';
import { readMessage } from '../read-message.js';
import { type Listener, type ListenerInput, listener } from '../testing/test-cases.js';
import { newCase } from './change.js';
import { type Addressed, messageOf, type Reception, takeEvent } from './inbox.js';

const now = new Date('2026-11-24T12:00:00.000Z');
const topic = 'bulfinch.ingestion.v1' as const;
const fresh = newCase('transfer-1', 1, listener.initial);

function arriving(sequence: number, change: Readonly<Record<string, unknown>> = {}): Addressed<typeof topic> {
  const event = {
    specversion: '1.0',
    id: `${topic}/transfer-1/${sequence}`,
    type: 'org.bulfinch.ingestion.transfer-created.v1',
    source: '/bulfinch/ingestion',
    subject: 'transfer-1',
    partitionkey: 'transfer-1',
    sequence,
    time: now.toISOString(),
    datacontenttype: 'application/json',
    correlationid: 'transfer-1',
    data: exampleFacts,
    ...change,
  };
  const reading = readMessage(topic, { topic, value: Buffer.from(JSON.stringify(event)), headers: {} });
  if (!reading.ok && reading.problem === 'no-envelope') throw new Error('no envelope');
  return reading;
}
function take(
  before: CaseDocument<Listener>,
  reading: Addressed<typeof topic>,
  input?: ListenerInput | Error,
): Promise<Reception<Listener>> {
  const toInput = (): ListenerInput | undefined => {
    if (input instanceof Error) throw input;
    return input;
  };
  return takeEvent(listener, before, { topic, reading, toInput, now });
}
const hear: ListenerInput = { type: 'hear', sequence: 1 };

describe('An event that reaches a case', () => {
  it('is applied when it is the next one, and the mark moves in the same write', async () => {
    expect(await take(fresh, arriving(1), hear)).toMatchObject({
      settled: 'applied',
      mark: 1,
      next: { state: { applied: [1] }, inbox: { ingestion: 1 } },
    });
  });

  it('is dropped when it was applied before, and when one before it is missing', async () => {
    const marked = { ...fresh, inbox: { ingestion: 3 } };
    expect(await take(marked, arriving(3), hear)).toEqual({ settled: 'repeated', mark: 3 });
    expect(await take(marked, arriving(5), hear)).toEqual({ settled: 'gap', mark: 3 });
  });

  it.each<[string, Addressed<typeof topic>, ListenerInput | Error, string]>([
    ['a type this version does not know', arriving(1, { type: 'org.bulfinch.ingestion.transfer-renamed.v2' }), hear, 'unknown-type'],
    ['data that its schema refuses', arriving(1, { data: {} }), hear, 'not-valid'],
    ['an id that is not its place', arriving(1, { id: 'elsewhere/1' }), hear, 'identity-differs'],
    ['an input that the service refuses', arriving(1), { type: 'refuse' }, 'refused:impossible'],
    ['an input that a bug of the service meets', arriving(1), { type: 'throw' }, 'fault:TypeError'],
    ['an event that cannot be read as an input', arriving(1), new RangeError('a bug in toInput'), 'fault:RangeError'],
  ])('is parked with its reason, the mark unmoved: %s', async (_what, reading, input, reason) => {
    const reception = await take(fresh, reading, input);
    expect(reception).toMatchObject({
      settled: 'parked',
      mark: 0,
      next: { inbox: {}, state: { applied: [] }, parked: { ingestion: { sequence: 1, reason, topic, at: now } } },
    });
  });

  it('is not written again when it comes again and is still impossible', async () => {
    const { next } = await take(fresh, arriving(1), { type: 'refuse' });
    expect(await take(next ?? fresh, arriving(1), { type: 'refuse' })).toEqual({ settled: 'parked', mark: 0 });
  });

  it('is applied when it comes again and is possible now, and is parked no more', async () => {
    const { next } = await take(fresh, arriving(1), { type: 'refuse' });
    const parked = next?.parked.ingestion;
    if (!parked) throw new Error('it was not parked');
    const again = readMessage(topic, messageOf(parked));
    if (!again.ok) throw new Error('the parked event reads otherwise than it came');
    expect(await take(next ?? fresh, again, hear)).toMatchObject({ settled: 'applied', next: { parked: {}, inbox: { ingestion: 1 } } });
  });

  it('is tried again, not parked, when storage was away while it was read', async () => {
    const away = Object.assign(new Error('pool closed'), { name: 'MongoPoolClosedError' });
    await expect(take(fresh, arriving(1), away)).rejects.toBe(away);
    await expect(take(fresh, arriving(1), new Error('wrapped', { cause: away }))).rejects.toThrow('wrapped');
  });
});
