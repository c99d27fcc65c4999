import { type EventKind, topics } from '#libs/contracts';
import { accountingOf } from './accounting.js';
import { exampleEvent } from './entry.examples.js';
import type { Entry } from './entry.js';
import { entryOf } from './entry.js';

function entry(fact: string, more: Partial<Entry> = {}): Entry {
  const kind = topics['bulfinch.delivery.v1'].events.find(({ type }) => type === `org.bulfinch.delivery.${fact}.v1`);
  if (!kind) throw new Error(`no such fact: ${fact}`);
  return { ...entryOf('bulfinch.delivery.v1', exampleEvent('bulfinch.delivery.v1', kind as EventKind)), direction: 'outbound', ...more };
}
function started(attempt: number, since: string): Entry {
  const one = entry('attempt-started', { attempt, at: since });
  return { ...one, disclosure: { deliveryId: one.deliveryId ?? '', release: 1, since } };
}
const one = '2026-11-24T10:00:00.000Z';
const two = '2026-11-24T11:00:00.000Z';

describe('the accounting of disclosures', () => {
  it('folds the attempts of a delivery into one line with first, last and count', () => {
    expect(
      accountingOf([started(2, two), entry('attempt-failed', { attempt: 1 }), started(1, one), entry('delivered', { attempt: 2 })]),
    ).toMatchObject([{ first: one, last: two, attempts: 2, outcome: 'delivered' }]);
  });

  it('has no line for a delivery whose first byte never went', () => {
    expect(accountingOf([entry('delivery-opened'), entry('package-built'), entry('delivery-stopped')])).toEqual([]);
  });

  it('counts an attempt without a known end as a possible disclosure', () => {
    expect(accountingOf([started(1, one)])).toMatchObject([{ outcome: 'unknown' }]);
    expect(accountingOf([started(1, one), entry('attempt-unknown')])).toMatchObject([{ outcome: 'unknown' }]);
    expect(accountingOf([started(1, one), started(2, two), entry('attempt-failed', { attempt: 2 })])).toMatchObject([
      { outcome: 'unknown' },
    ]);
  });

  it('says not taken when every attempt is known to have failed', () => {
    expect(accountingOf([started(1, one), entry('attempt-failed', { attempt: 1 })])).toMatchObject([{ outcome: 'not-taken' }]);
  });

  it('leaves out what a foreign clinic sent in: that is its disclosure', () => {
    expect(accountingOf([{ ...started(1, one), direction: 'inbound' }])).toEqual([]);
  });

  it('keeps two releases of one delivery apart, oldest first', () => {
    const second = { ...started(1, two), release: 2, disclosure: { deliveryId: started(1, two).deliveryId ?? '', release: 2, since: two } };
    expect(accountingOf([second, started(1, one)]).map(({ release }) => release)).toEqual([1, 2]);
  });
});
