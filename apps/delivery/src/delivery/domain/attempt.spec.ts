import { given } from '#libs/shared/testing';
import {
  asked,
  built,
  clinic,
  delivered,
  deliveryId,
  domain,
  due,
  ended,
  heard,
  holdFact,
  ofDelivery,
  opened,
  permit,
  policy,
  sending,
  started,
  stop,
  stored,
  t0,
  unknownFact,
} from '../../testing/delivery.examples.js';
import type { AttemptOutcome, DeliveryFact } from './delivery.js';

describe('an attempt', () => {
  it('is written down before its first byte', () =>
    void given(domain, opened(), built, asked(), heard(3))
      .when({ type: 'Start', deliveryId, permitId: permit(3), asker: 'run-1', now: t0 })
      .then(started(3)));
  it('cannot be started by a worker that lost its lease', () =>
    given(domain, opened(), built, asked(), heard(3))
      .when({ type: 'Start', deliveryId, permitId: permit(3), asker: 'run-0', now: t0 })
      .thenRefused('permit-not-held'));
  it('cannot be started without a permit', () =>
    given(domain, opened(), built, asked())
      .when({ type: 'Start', deliveryId, permitId: permit(3), asker: 'run-1', now: t0 })
      .thenRefused('permit-not-held'));
  it('delivers on a 2xx and keeps where the receiver put it', () => {
    const state = given(domain, ...sending())
      .when(ended(3, stored))
      .then(delivered(3));
    expect(state.deliveries[0]).toMatchObject({
      progress: { status: 'delivered' },
      attempts: [{ outcome: 'delivered', location: 'Bundle/7', httpStatus: 201 }],
    });
    expect(due(state)).toEqual({ kind: 'read-back', at: t0 + policy.firstMs });
  });
  it('is tried again, later each time, after a known failure', () => {
    const failed: AttemptOutcome = { type: 'failed', reason: 'not-connected', isFinal: false };
    const fact: DeliveryFact = {
      type: 'AttemptFailed',
      ...ofDelivery,
      attempt: 1,
      permitId: permit(3),
      reason: 'not-connected',
      at: t0,
      nextAt: t0 + 1000,
    };
    const state = given(domain, ...sending())
      .when(ended(3, failed))
      .then(fact);
    expect(due(state)).toEqual({ kind: 'attempt', at: t0 + 1000 });
    expect(
      given(domain, ...sending(), fact, asked(clinic, 2), heard(7), started(7, 2))
        .when(ended(7, failed))
        .facts(),
    ).toMatchObject([{ nextAt: t0 + 2000 }]);
  });
  it('waits as long as the receiver asks', () =>
    expect(
      given(domain, ...sending())
        .when(ended(3, { type: 'failed', reason: 'not-taken', httpStatus: 503, isFinal: false, retryAfterMs: 120_000 }))
        .facts(),
    ).toMatchObject([{ type: 'AttemptFailed', httpStatus: 503, nextAt: t0 + 120_000 }]));
  it('ends the delivery when the receiver refuses the package itself', () =>
    void given(domain, ...sending())
      .when(ended(3, { type: 'failed', reason: 'http-4xx', httpStatus: 422, isFinal: true }))
      .then(
        { type: 'AttemptFailed', ...ofDelivery, attempt: 1, permitId: permit(3), reason: 'http-4xx', httpStatus: 422, at: t0 },
        stop('refused-by-receiver'),
      ));
  it('ends after 72 hours without success', () => {
    const late = t0 + policy.budgetMs;
    given(domain, ...sending())
      .when(ended(3, { type: 'failed', reason: 'not-connected', isFinal: false }, late))
      .then(
        { type: 'AttemptFailed', ...ofDelivery, attempt: 1, permitId: permit(3), reason: 'not-connected', at: late },
        stop('budget-spent', late),
      );
  });
  it('goes to a person after 72 hours when an earlier attempt may have arrived', () => {
    const late = t0 + policy.budgetMs;
    const facts = given(
      domain,
      ...sending(),
      unknownFact(3, 'no-answer', { at: t0, look: false }),
      asked(clinic, 2),
      heard(7),
      started(7, 2),
    )
      .when(ended(7, { type: 'failed', reason: 'not-connected', isFinal: false }, late))
      .facts();
    expect(facts).toEqual([expect.objectContaining({ type: 'AttemptFailed' }), holdFact('operator', late)]);
  });
  it('that was never started has no end', () => given(domain, opened(), built).when(ended(3, stored)).thenRefused('unknown-attempt'));
  it('ends once', () =>
    given(domain, ...sending(), delivered(3))
      .when(ended(3, stored))
      .thenRefused('already-ended'));
  it('whose end nobody knew does not become unknown twice', () =>
    given(domain, ...sending(), unknownFact(3, 'worker-lost', { at: t0, look: false }))
      .when(ended(3, { type: 'unknown', reason: 'no-answer' }))
      .thenRefused('already-ended'));
});
