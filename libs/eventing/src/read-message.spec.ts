import { describe, expect, it } from '@jest/globals';
import { eventBytesMax, exampleFacts } from '#libs/contracts';
import { readMessage } from './read-message.js';

const topic = 'bulfinch.ingestion.v1';
const event = {
  specversion: '1.0',
  id: `${topic}/transfer-1/1`,
  type: 'org.bulfinch.ingestion.transfer-created.v1',
  source: '/bulfinch/ingestion',
  subject: 'transfer-1',
  partitionkey: 'transfer-1',
  sequence: 1,
  time: '2026-11-24T12:00:00.000Z',
  datacontenttype: 'application/json',
  correlationid: 'transfer-1',
  data: exampleFacts,
};
const read = (value: Buffer | string | null) =>
  readMessage(topic, { topic, value: typeof value === 'string' ? Buffer.from(value) : value, headers: {} });

describe('A message as it comes in', () => {
  it('is an event when the contract accepts it', () => {
    expect(read(JSON.stringify(event))).toMatchObject({ ok: true, publisher: 'ingestion', event: { sequence: 1 } });
  });

  it.each<[string, Buffer | string | null]>([
    ['nothing', null],
    ['broken JSON', '{"specversion":'],
    ['a number', '7'],
    ['bytes that are no text', Buffer.from([0xff, 0xfe, 0x00])],
    ['100,000 levels', '['.repeat(100_000) + ']'.repeat(100_000)],
    ['61 levels of data', JSON.stringify({ ...event, data: JSON.parse(`${'{"a":'.repeat(61)}1${'}'.repeat(61)}`) })],
    ['a key with a null character', JSON.stringify({ ...event, data: { 'a\u0000b': 1 } })],
    ['more bytes than an event may have', JSON.stringify({ ...event, data: 'x'.repeat(eventBytesMax) })],
    ['no source', JSON.stringify({ ...event, source: undefined })],
    ['a source that is no service', JSON.stringify({ ...event, source: '/bulfinch/desk' })],
  ])('has no envelope: %s', (_what, value) => {
    expect(read(value)).toMatchObject({ ok: false, problem: 'no-envelope' });
  });

  it('says whose it is when only its data is wrong, naming fields and never values', () => {
    const reading = read(JSON.stringify({ ...event, data: { ...exampleFacts, direction: 'Rossi, Maria' } }));
    expect(reading).toMatchObject({
      ok: false,
      problem: 'not-valid',
      where: 'data.direction',
      publisher: 'ingestion',
      envelope: { subject: 'transfer-1', sequence: 1 },
    });
  });

  it('never lets one service speak for another: marks are kept by publisher', () => {
    expect(read(JSON.stringify({ ...event, source: '/bulfinch/consent' }))).toMatchObject({ ok: false, problem: 'identity-differs' });
  });
});
