import fc from 'fast-check';
import { exampleFacts, exampleTransferId } from '#libs/contracts';
import { absentIds, type Pair, pairs } from '../../testing/mixed-records.js';
import { type DocumentBundle, isObject, type Json } from './content/bundle.js';
import { releaseBundle } from './content/release-bundle.js';
import { decideRelease, droppedOf, withheldOf } from './decide-release.js';
import type { Grounds } from './grounds.js';
import type { Plan } from './plan.js';

/** Some five seconds; NO_HINT_RUNS=10000 for the whole of it. */
const numRuns = Number(process.env['NO_HINT_RUNS'] ?? 1_000);
const releaseId = '99999999-9999-4999-8999-999999999999';

function planned(record: DocumentBundle): Plan {
  const facts: Grounds['facts'] = { ...exampleFacts, basis: 'treatment', consentIds: [], onWithheld: 'send' };
  const recipient: Grounds['recipient'] = { version: 1, kind: 'clinic', suspended: false, channelHash: 'a'.repeat(64) };
  const grounds = { transferId: exampleTransferId, facts, record, consents: [], directives: [], recipient, waiver: 'test', now: 0 };
  const decision = decideRelease(grounds);
  if (decision.decision === 'refused') throw new Error(decision.reason);
  return decision;
}
function released(record: DocumentBundle): DocumentBundle {
  const plan = planned(record);
  return releaseBundle(record, droppedOf(plan), releaseId, { ...withheldOf(plan), absentIds });
}
/** Sections by code without their text: there the source wrote one thing, and the house another. */
function withoutTexts(value: Json, codes: readonly string[]): Json {
  if (Array.isArray(value)) return value.map((one: Json) => withoutTexts(one, codes));
  if (!isObject(value)) return value;
  const isTouched = 'entry' in value && isObject(value['code']) && codes.some((code) => JSON.stringify(value['code']).includes(code));
  const kept = Object.entries(value).filter(([key]) => !(isTouched && key === 'text'));
  return Object.fromEntries(kept.map(([key, one]) => [key, withoutTexts(one, codes)]));
}
const hasProtected = ({ mixed, marker }: Pair): boolean => JSON.stringify(mixed).includes(marker);

describe('a record of protected and other content', () => {
  it('leaves with nothing of what is withheld: no code, text, number, name, narrative or reference', () => {
    let planted = 0;
    fc.assert(
      fc.property(pairs, (pair) => {
        if (hasProtected(pair)) planted++;
        const text = JSON.stringify(released(pair.mixed));
        expect(text).not.toContain(pair.marker);
        const names = new Set((JSON.parse(text) as { entry: { fullUrl: string }[] }).entry.map(({ fullUrl }) => fullUrl));
        const references = [...text.matchAll(/"reference":"([^"]+)"/g)].map(([, reference]) => reference);
        expect(references.filter((reference) => !names.has(reference ?? ''))).toEqual([]);
      }),
      { numRuns },
    );
    // The property says nothing unless something was planted.
    expect(planted).toBeGreaterThan(numRuns / 2);
  });

  it('leaves as it would if the source had never had what is withheld, but for the text of the sections where that stood', () => {
    fc.assert(
      fc.property(pairs, (pair) => {
        const [mixed, clean] = [released(pair.mixed), released(pair.clean)];
        // As text: the order of keys and entries could tell too.
        expect(JSON.stringify(withoutTexts(mixed, pair.touched), null, 1)).toBe(JSON.stringify(withoutTexts(clean, pair.touched), null, 1));
      }),
      { numRuns },
    );
  });

  it('never says that there is none of what is withheld', () => {
    fc.assert(
      fc.property(pairs, (pair) => expect(JSON.stringify(released(pair.mixed))).not.toMatch(/no-known|none known|REDACTED/i)),
      { numRuns: numRuns / 5 },
    );
  });

  it('of which something unread would leave waits for a look, waiver or not', () => {
    fc.assert(
      fc.property(pairs, (pair) => {
        const plan = planned(pair.mixed);
        const isUnread = plan.items.some((item) => item.decision === 'included' && item.isUnread);
        const hasWithheld = plan.items.some((item) => item.decision === 'withheld') || plan.sectionsWithheld.length > 0;
        expect(plan.review.includes('unread')).toBe(isUnread && hasWithheld);
      }),
      { numRuns: numRuns / 5 },
    );
  });
});
