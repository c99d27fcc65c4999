import fc from 'fast-check';
import { exampleIds } from '#libs/contracts';
import { leftBefore, transferStates } from './standing.js';
import { at, cancelAsked, event, heard, laterNames, openedFact, recallAsked, received, submitted } from './transfer.examples.js';
import { type OpenTransfer, type Transfer, type TransferFact, transferDefinition, turnNow } from './transfer.js';

const transferAfter = (...facts: TransferFact[]): OpenTransfer => {
  const state = facts.reduce<Transfer>(transferDefinition.evolve, transferDefinition.initial);
  if (state.status !== 'open') throw new Error('not open');
  return state;
};
const sent = [openedFact, received, submitted];
const normalized = [...sent, heard('normalization-started', 3), heard('record-normalized', 4)];
const released = [...normalized, heard('record-released', 6)];
const underWay = [...released, heard('delivery-opened', 7), heard('attempt-started', 8)];
const arrived = [...underWay, heard('delivered', 9)];
const acknowledgement = { evidence: { fact: 'acknowledged', at: at(12) }, how: 'phone' };

/** One history for every state that facts can bring about. `superseded` has no fact yet: replacing a transfer comes with the release's numbers. */
const histories: Record<string, readonly TransferFact[]> = {
  draft: [openedFact],
  submitted: sent,
  normalized,
  held: [...normalized, heard('release-held', 5)],
  permitted: released,
  delivering: underWay,
  delivered: arrived,
  acknowledged: [...arrived, heard('evidence-added', 12, acknowledgement)],
  refused: [...sent, heard('documents-refused', 3)],
  cancelled: [...normalized, cancelAsked, heard('gate-closed', 32, { because: 'cancelled' })],
  recalled: [...arrived, recallAsked, heard('gate-closed', 32, { because: 'recalled', left: 'left' })],
  revoked: [...released, heard('gate-closed', 32, { because: 'revoked' })],
  expired: [...released, heard('gate-closed', 32, { because: 'expired' })],
  failed: [...underWay, heard('delivery-stopped', 40, { reason: 'budget-spent' })],
};
const finalStates = ['acknowledged', 'refused', 'cancelled', 'recalled', 'superseded', 'revoked', 'expired', 'failed'];

describe('every state of a transfer', () => {
  it.each(transferStates.filter((state) => state !== 'superseded'))(
    '%s is reached, has an owner and a next step, and a deadline unless it is final',
    (state) => {
      const transfer = transferAfter(...(histories[state] ?? []));
      expect(transfer.standing.state).toBe(state);
      const turn = turnNow(transfer);
      expect(turn.nextStep).toMatch(/^[A-Z].*\.$/);
      expect(turn.whoseTurn === 'nobody').toBe(finalStates.includes(state));
      expect(turn.deadline === undefined).toBe(finalStates.includes(state));
      expect(transferDefinition.due(transfer)?.at).toBe(turn.deadline === undefined ? undefined : Date.parse(turn.deadline));
    },
  );

  it('is the turn of whom the hold names, until the hold is over', () => {
    expect(turnNow(transferAfter(...normalized, heard('release-held', 5)))).toMatchObject({
      whoseTurn: 'reviewer',
      deadline: '2026-11-24T12:00:00.000Z',
    });
    expect(transferAfter(...normalized, heard('release-held', 5)).holdKinds).toEqual(['review']);
    const answered = transferAfter(...normalized, heard('release-held', 5), heard('hold-answered', 6));
    expect(answered).toMatchObject({ standing: { state: 'normalized', since: at(4) }, holdKinds: [] });
    const delivery = transferAfter(...underWay, heard('delivery-held', 9));
    expect(delivery.standing.state).toBe('held');
    expect(turnNow(delivery).nextStep).toContain('Ask the recipient');
    expect(transferAfter(...underWay, heard('delivery-held', 9), heard('delivery-hold-answered', 10)).standing.state).toBe('delivering');
  });

  it('waits for records staff while a document tells of the patient otherwise than the register, and no longer', () => {
    const held = transferAfter(...sent, heard('record-held', 4));
    expect(held).toMatchObject({ standing: { state: 'held' }, outside: { state: 'submitted' }, holdKinds: ['match'] });
    expect(turnNow(held)).toMatchObject({ whoseTurn: 'records-staff', nextStep: 'Answer the hold with a decision and a reason.' });
    const answered = [...sent, heard('record-held', 4), heard('record-hold-answered', 5)];
    expect(transferAfter(...answered, heard('record-normalized', 5)).standing.state).toBe('normalized');
    expect(transferAfter(...answered, heard('documents-refused', 5, { reason: 'other-patient' })).standing.state).toBe('refused');
    expect(transferAfter(...sent, heard('record-held', 4), heard('transfer-withdrawn', 5)).holdKinds).toEqual([]);
  });

  it('waits for the gate an hour once a person has asked to cancel', () => {
    for (const history of [sent, normalized, histories['held'] ?? [], released, underWay])
      expect(turnNow(transferAfter(...history, cancelAsked))).toEqual({
        whoseTurn: 'house',
        nextStep: 'Consent closes the gate and says what had left.',
        deadline: '2026-11-24T13:30:00.000Z',
      });
  });
});

describe('what the recipient holds is told truly', () => {
  it('a revocation after delivery leaves it delivered', () => {
    const transfer = transferAfter(...arrived, heard('gate-closed', 20, { because: 'revoked', left: 'left' }));
    expect(transfer.standing).toEqual({ state: 'delivered', since: at(9) });
  });

  it('a delivery that is heard of after the gate was closed is delivered', () => {
    const closed = heard('gate-closed', 8, { because: 'revoked', left: 'not-known-yet' });
    expect(transferAfter(...released, closed).standing.state).toBe('revoked');
    expect(transferAfter(...released, closed, heard('delivered', 9)).standing.state).toBe('delivered');
  });

  it('a cancellation that came too late leaves it delivered, a recall after it makes it recalled', () => {
    const late = [...arrived, cancelAsked, heard('gate-closed', 32, { because: 'cancelled', left: 'left' })];
    expect(transferAfter(...late).standing.state).toBe('delivered');
    expect(transferAfter(...late, recallAsked).standing.state).toBe('recalled');
  });

  it('a permit that was refused is no failure: the gate says why', () => {
    const refused = [...released, heard('delivery-opened', 7), heard('delivery-stopped', 8, { reason: 'permit-refused' })];
    expect(transferAfter(...refused).standing.state).toBe('delivering');
    expect(turnNow(transferAfter(...refused)).deadline).toBe('2026-11-24T13:08:00.000Z');
    expect(transferAfter(...refused, heard('gate-closed', 9, { because: 'revoked' })).standing.state).toBe('revoked');
  });

  it.each([
    ['a draft', [openedFact], 'nothing'],
    ['a submitted one', sent, 'not-known-yet'],
    ['one whose documents were refused', [...sent, heard('documents-refused', 3)], 'nothing'],
    ['one whose release was refused', [...normalized, heard('release-refused', 5)], 'nothing'],
    ['one whose gate closed before anything left', [...released, heard('gate-closed', 9, { left: 'nothing' })], 'nothing'],
    [
      'one whose gate closed in the middle of an attempt',
      [...underWay, heard('gate-closed', 9, { left: 'not-known-yet' })],
      'not-known-yet',
    ],
    [
      'one corrected later',
      [...underWay, heard('gate-closed', 9, { left: 'not-known-yet' }), heard('left-corrected', 10, { left: 'left' })],
      'left',
    ],
    ['a delivered one', arrived, 'left'],
  ] as const)('of %s it is known what has left', (_, history, left) => {
    expect(leftBefore(transferAfter(...history))).toBe(left);
  });

  it('a late outcome of an earlier attempt does not lower the count of attempts', () => {
    const transfer = transferAfter(...underWay, heard('attempt-started', 9, { attempt: 3 }), heard('attempt-unknown', 10, { attempt: 2 }));
    expect(transfer.heard.delivery.attempts).toMatchObject({ count: 3, last: 'unknown' });
  });

  it('a delivery told twice was delivered the first time', () => {
    expect(transferAfter(...arrived, heard('delivered', 15)).standing).toEqual({ state: 'delivered', since: at(9) });
  });

  it('evidence told twice is kept once, with its first time', () => {
    const again = heard('evidence-added', 15, { evidence: { fact: 'acknowledged', at: at(15) } });
    const facts = transferAfter(...arrived, heard('evidence-added', 12, acknowledgement), again).heard.delivery.evidence;
    expect(facts).toEqual([{ fact: 'stored', at: '2026-11-24T12:00:00.000Z' }, acknowledgement.evidence]);
  });
});

describe('facts of the later services', () => {
  it('are all heard without a fault, also by a transfer that is still a draft', () => {
    expect(laterNames).toHaveLength(29);
    for (const name of laterNames) expect(transferAfter(openedFact, heard(name, 3)).status).toBe('open');
  });

  it('end in the same transfer in whatever order the services are heard', () => {
    const script = {
      normalization: ['normalization-started', 'record-held', 'record-hold-answered', 'record-normalized', 'transfer-withdrawn'],
      consent: [
        'review-started',
        'release-held',
        'hold-answered',
        'record-released',
        'permit-granted',
        'permit-ended',
        'gate-closing',
        'gate-closed',
        'left-corrected',
      ],
      delivery: [
        'delivery-opened',
        'attempt-started',
        'attempt-failed',
        'attempt-started',
        'delivery-held',
        'delivery-hold-answered',
        'delivered',
        'evidence-added',
        'delivery-stopped',
      ],
    };
    const lengths = fc.record({
      normalization: fc.integer({ min: 0, max: script.normalization.length }),
      consent: fc.integer({ min: 0, max: script.consent.length }),
      delivery: fc.integer({ min: 0, max: script.delivery.length }),
    });
    // Times of three clocks: equal, early and late ones among them, never going back within a service.
    const minutes = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 27, maxLength: 27 });
    const merge = fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 60, maxLength: 60 });
    const because = fc.constantFrom('revoked', 'cancelled', 'recalled', 'expired');
    fc.assert(
      fc.property(lengths, minutes, merge, because, (cut, steps, order, reason) => {
        let clock = 0;
        const queues = (['normalization', 'consent', 'delivery'] as const).map((service) => {
          let minute = 3;
          return script[service].slice(0, cut[service]).map((name) => {
            minute += steps[clock++] ?? 1;
            return heard(name, minute, name === 'gate-closed' ? { because: reason } : {});
          });
        });
        const inTurn = transferAfter(...sent, ...queues.flat());
        const left = queues.map((queue) => [...queue]);
        const mixed: TransferFact[] = [];
        for (const index of [...order, ...Array.from({ length: 60 }, (_, place) => place % 3)]) {
          const next = left[index]?.shift();
          if (next) mixed.push(next);
        }
        expect(mixed).toHaveLength(queues.flat().length);
        expect(transferAfter(...sent, ...mixed)).toEqual(inTurn);
      }),
      { numRuns: 500 },
    );
  });

  it('that come late never lower a state that a recipient can vouch for', () => {
    for (const name of laterNames.filter((later) => later !== 'gate-closed'))
      expect(['delivered', 'acknowledged']).toContain(transferAfter(...arrived, heard(name, 20)).standing.state);
  });

  it('keep holds out of an ended transfer', () => {
    expect(transferAfter(...(histories['revoked'] ?? []), heard('delivery-held', 40)).holdKinds).toEqual([]);
    expect(event('release-held', 5).data).toMatchObject({ hold: { id: exampleIds.hold } });
  });
});
