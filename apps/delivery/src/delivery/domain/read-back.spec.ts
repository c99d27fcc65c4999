import { given } from '#libs/shared/testing';
import {
  actor,
  at,
  clinic,
  delivered,
  deliveryId,
  domain,
  due,
  ended,
  gateShut,
  holdFact,
  holdId,
  ofDelivery,
  policy,
  sending,
  stop,
  stored,
  t0,
} from '../../testing/delivery.examples.js';
import type { DeliveryFact, DeliveryInput } from './delivery.js';
import type { ReadResult } from './reading.js';

const arrived = [...sending(), delivered(3)];
const read = (result: ReadResult, now = t0 + 1000): DeliveryInput => ({ type: 'ReadBack', deliveryId, result, now, jitter: 1, holdId });
const equal: DeliveryFact = { type: 'ReadBackEqual', ...ofDelivery, evidence: { fact: 'taken', at: at(1000) }, at: t0 + 1000 };
const unanswered = (nextAt: number): DeliveryFact => ({ type: 'ReadBackUnanswered', ...ofDelivery, nextAt });
const differs: DeliveryFact = { type: 'ReadBackDifferent', ...ofDelivery, difference: 'content', at: t0 + 1000 };

// The receiver said neither where it put it nor that it stored it.
const { readBackAt: _readBackAt, location: _location, ...acceptedFact } = delivered(3) as Extract<DeliveryFact, { type: 'Delivered' }>;

describe('what the receiver says that it stored', () => {
  it('is read back, after a moment', () => {
    const state = given(domain, ...sending())
      .when(ended(3, stored))
      .then(delivered(3));
    expect(due(state)).toEqual({ kind: 'read-back', at: t0 + policy.firstMs });
  });
  it('is not read back where it was only accepted', () => {
    const accepted = { type: 'delivered', evidence: ['handed'], httpStatus: 202 } as const;
    const state = given(domain, ...sending())
      .when(ended(3, accepted))
      .then({ ...acceptedFact, evidence: [{ fact: 'handed', at: at(0) }], httpStatus: 202 });
    expect(due(state)).toBeUndefined();
  });
  it('is taken when it is read back equal, and that is told without anyone having done it', () => {
    const state = given(domain, ...arrived)
      .when(read({ type: 'equal' }))
      .then(equal);
    expect(due(state)).toBeUndefined();
    expect(state.deliveries[0]).toMatchObject({ progress: { status: 'delivered' }, evidence: [{}, {}, { fact: 'taken' }] });
    expect(domain.publish(equal)).toEqual({
      type: 'org.bulfinch.delivery.evidence-added.v1',
      data: { ...ofDelivery, evidence: { fact: 'taken', at: at(1000) }, how: 'read-back' },
    });
  });
  it('is taken also when the gate was shut meanwhile: nothing leaves by reading', () =>
    void given(domain, ...arrived, gateShut)
      .when(read({ type: 'equal' }))
      .then(equal));
  it('stays stored, and nothing more, where it cannot be read', () => {
    const state = given(domain, ...arrived)
      .when(read({ type: 'unreadable' }))
      .then({ type: 'ReadBackUnreadable', ...ofDelivery, at: t0 + 1000 });
    expect([due(state), state.deliveries[0]?.progress.status]).toEqual([undefined, 'delivered']);
  });
  it('is asked for again when the receiver does not answer, later each time, and left in peace after six times', () => {
    const state = given(domain, ...arrived)
      .when(read({ type: 'unanswered' }))
      .then(unanswered(t0 + 3000));
    expect(due(state)).toEqual({ kind: 'read-back', at: t0 + 3000 });
    given(domain, ...arrived, ...Array.from({ length: 5 }, () => unanswered(t0)))
      .when(read({ type: 'unanswered' }))
      .then({ type: 'ReadBackUnreadable', ...ofDelivery, at: t0 + 1000 });
  });
  it('is read back once', () =>
    given(domain, ...arrived, equal)
      .when(read({ type: 'equal' }))
      .thenRefused('not-reading-back'));
});

describe('what is read back different', () => {
  const held = [...arrived, differs, holdFact('operator', t0 + 1000)];
  const answer = (decision: 'send-again' | 'was-received' | 'give-up'): DeliveryInput => ({
    type: 'AnswerHold',
    holdId,
    decision,
    reason: 'they cut it',
    actor,
    recipient: clinic,
    now: t0 + 2000,
  });
  const answered = (decision: 'send-again' | 'was-received' | 'give-up'): DeliveryFact => ({
    type: 'HoldAnswered',
    ...ofDelivery,
    holdId,
    decision,
    reason: 'they cut it',
    actor,
    recipient: clinic,
    at: t0 + 2000,
  });
  it('is for a person: where it differs is a code in the state, and no event says it', () => {
    given(domain, ...arrived)
      .when(read({ type: 'different', difference: 'content' }))
      .then(differs, holdFact('operator', t0 + 1000));
    expect(domain.publish(differs)).toBeUndefined();
  });
  it.each(['was-received', 'give-up'] as const)('stays delivered when a person says %s', (decision) => {
    const state = given(domain, ...held)
      .when(answer(decision))
      .then(answered(decision));
    expect(state.deliveries[0]?.progress).toEqual({ status: 'delivered', at: t0 });
  });
  it('may be sent again, and is then read back anew', () => {
    const state = given(domain, ...held)
      .when(answer('send-again'))
      .then(answered('send-again'));
    expect([due(state), state.deliveries[0]?.readBack]).toEqual([{ kind: 'attempt', at: t0 + 2000 }, undefined]);
  });
  it('keeps its question open when an earlier attempt is told late', () => {
    const late = domain.evolve(
      held.reduce((state, fact, index) => domain.evolve(state, fact, { eventId: `test/case/${index + 1}` }), domain.initial),
      delivered(3, t0 + 1500),
      { eventId: undefined },
    );
    expect(late.deliveries[0]?.progress.status).toBe('held');
  });
  it('is never sent again through a shut gate', () =>
    given(domain, ...held, gateShut)
      .when(answer('send-again'))
      .thenRefused('gate-not-open'));
  it('keeps what a person said when nothing more was heard of the second sending', () => {
    const spent = [...held, answered('send-again'), stop('budget-spent')];
    given(domain, ...spent)
      .when(read({ type: 'equal' }))
      .thenRefused('not-reading-back');
  });
});
