import { given } from '#libs/shared/testing';
import {
  ask,
  asked,
  blind,
  built,
  clinic,
  delivered,
  deliveryId,
  domain,
  due,
  ended,
  heard,
  holdFact,
  holdId,
  looked,
  ofDelivery,
  opened,
  permit,
  policy,
  searchable,
  sending,
  stored,
  t0,
  unknownFact,
} from '../../testing/delivery.examples.js';
import type { AttemptOutcome, DeliveryFact, DeliveryInput, RecipientFacts } from './delivery.js';

describe('an unknown outcome', () => {
  const noAnswer: AttemptOutcome = { type: 'unknown', reason: 'no-answer' };
  it('is tried again freely where the receiver recognises what it has', () =>
    void given(domain, ...sending())
      .when(ended(3, noAnswer))
      .then(unknownFact(3, 'no-answer', { at: t0 + 1000, look: false })));
  it('is looked up where the receiver can be searched, when it has settled', () =>
    void given(domain, ...sending(searchable))
      .when(ended(3, noAnswer))
      .then(unknownFact(3, 'no-answer', { at: t0 + 5000, look: true })));
  it('is never followed by another sending where the receiver is blind: a person decides', () =>
    void given(domain, ...sending(blind))
      .when(ended(3, noAnswer))
      .then(unknownFact(3, 'no-answer'), holdFact('operator')));
  it('counts a searchable receiver as blind when nobody knows how long it takes to settle', () => {
    const unsettled: RecipientFacts = { ...clinic, retry: 'searchable' };
    given(domain, ...sending(unsettled))
      .when(ended(3, noAnswer))
      .then(unknownFact(3, 'no-answer'), holdFact('operator'));
  });
  it('after a conflict is looked up, also where the receiver recognises what it has', () =>
    void given(domain, ...sending())
      .when(ended(3, { type: 'unknown', reason: 'conflict', httpStatus: 412 }))
      .then({
        type: 'AttemptUnknown',
        ...ofDelivery,
        attempt: 1,
        permitId: permit(3),
        reason: 'conflict',
        httpStatus: 412,
        at: t0,
        next: { at: t0 + 1000, look: true },
      }));
  it('is not tried before it was looked up', () =>
    given(domain, ...sending(searchable), unknownFact(3, 'no-answer', { at: t0, look: true }))
      .when(ask(searchable))
      .thenRefused('not-due'));
  it('after 72 hours is for a person', () =>
    expect(
      given(domain, ...sending())
        .when(ended(3, noAnswer, t0 + policy.budgetMs))
        .facts(),
    ).toEqual([expect.objectContaining({ type: 'AttemptUnknown' }), holdFact('operator', t0 + policy.budgetMs)]));

  const looking = [...sending(searchable), unknownFact(3, 'no-answer', { at: t0, look: true })];
  it('is delivered when the receiver holds one that is equal', () => {
    const { httpStatus: _status, location: _location, ...found } = delivered(3) as Extract<DeliveryFact, { type: 'Delivered' }>;
    given(domain, ...looking)
      .when(looked('equal'))
      .then(found);
  });
  it('is a known failure when the receiver holds none: then it is sent again', () => {
    const state = given(domain, ...looking)
      .when(looked('none', t0 + 9))
      .then({ type: 'LookFoundNothing', ...ofDelivery, at: t0 + 9 });
    expect(due(state)).toEqual({ kind: 'attempt', at: t0 + 9 });
    expect(state.deliveries[0]?.attempts[0]?.outcome).toBe('failed');
  });
  it.each(['different', 'unsearchable'] as const)(
    'is for a person when the look says %s',
    (result) =>
      void given(domain, ...looking)
        .when(looked(result))
        .then(holdFact('operator')),
  );
  it('is looked up again when the search was not answered', () =>
    void given(domain, ...looking)
      .when(looked('unanswered'))
      .then({ type: 'LookUnanswered', ...ofDelivery, nextAt: t0 + 1000 }));
  it('is for a person when searches were not answered for 72 hours', () =>
    void given(domain, ...looking)
      .when(looked('unanswered', t0 + policy.budgetMs))
      .then(holdFact('operator', t0 + policy.budgetMs)));
  it('is not looked up when nobody needs it', () =>
    given(domain, ...sending())
      .when(looked('none'))
      .thenRefused('not-looking'));
});

describe('a worker that died', () => {
  const takeOver: DeliveryInput = { type: 'TakeOver', deliveryId, from: 'run-1', now: t0, jitter: 1, holdId };
  it('leaves an attempt whose end nobody knows', () =>
    void given(domain, ...sending())
      .when(takeOver)
      .then(unknownFact(3, 'worker-lost', { at: t0 + 1000, look: false })));
  it('may still be waiting for its answer: the look waits for that too', () =>
    void given(domain, ...sending(searchable))
      .when(takeOver)
      .then(unknownFact(3, 'worker-lost', { at: t0 + 65_000, look: true })));
  it('leaves a permit that is void', () =>
    void given(domain, opened(), built, asked(), heard(3))
      .when(takeOver)
      .then({ type: 'PermitVoided', ...ofDelivery, attempt: 1, permitId: permit(3), nextAt: t0 }));
  it('leaves an ask that waits for its answer', () =>
    void given(domain, opened(), built, asked())
      .when(takeOver)
      .then({ type: 'AskLeft', ...ofDelivery, permitId: permit(3) }));
  it('is not taken over twice', () => given(domain, opened(), built).when(takeOver).thenRefused('nothing-to-take-over'));
  it('is not taken over under another name', () =>
    given(domain, ...sending())
      .when({ ...takeOver, from: 'run-0' })
      .thenRefused('nothing-to-take-over'));
  it('and then reports a 2xx after all: it is delivered, whoever reports it and however late', () => {
    const state = given(domain, ...sending(), unknownFact(3, 'worker-lost', { at: t0, look: false }), asked(clinic, 2))
      .when(ended(3, stored, t0 + 40_000))
      .then(delivered(3, t0 + 40_000));
    expect(due(state)).toEqual({ kind: 'read-back', at: t0 + 40_000 + policy.firstMs });
  });
  it('and then reports a 2xx while the next one has its permit: that is given back', () =>
    void given(domain, ...sending(), unknownFact(3, 'worker-lost', { at: t0, look: false }), asked(clinic, 2), heard(7))
      .when(ended(3, stored))
      .then({ type: 'PermitVoided', ...ofDelivery, attempt: 2, permitId: permit(7), nextAt: t0 }, delivered(3)));
  it('and then reports a failure: it is written, and changes nothing else', () => {
    const history = [...sending(blind), unknownFact(3, 'worker-lost'), holdFact('operator')];
    const state = given(domain, ...history)
      .when(ended(3, { type: 'failed', reason: 'not-connected', isFinal: false }))
      .then({ type: 'AttemptFailed', ...ofDelivery, attempt: 1, permitId: permit(3), reason: 'not-connected', at: t0 });
    expect(state.deliveries[0]?.progress.status).toBe('held');
  });
});
