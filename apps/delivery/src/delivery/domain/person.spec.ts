import { given } from '#libs/shared/testing';
import {
  actor,
  at,
  blind,
  built,
  clinic,
  delivered,
  deliveryId,
  domain,
  due,
  gateShut,
  holdFact,
  holdId,
  ofDelivery,
  opened,
  sending,
  stop,
  t0,
  unknownFact,
} from '../../testing/delivery.examples.js';
import type { DeliveryFact, DeliveryInput, RecipientFacts } from './delivery.js';

describe('a person', () => {
  const heldBlind = [...sending(blind), unknownFact(3, 'no-answer'), holdFact('operator')];
  const answer = (decision: 'send-again' | 'was-received' | 'give-up', recipient: RecipientFacts | undefined = blind): DeliveryInput => ({
    type: 'AnswerHold',
    holdId,
    decision,
    reason: 'called the clinic',
    actor,
    recipient,
    now: t0 + 5,
  });
  const answered = (decision: 'send-again' | 'was-received' | 'give-up'): DeliveryFact => ({
    type: 'HoldAnswered',
    ...ofDelivery,
    holdId,
    decision,
    reason: 'called the clinic',
    actor,
    recipient: blind,
    at: t0 + 5,
  });
  it('may have it sent again, with 72 new hours', () => {
    const state = given(domain, ...heldBlind)
      .when(answer('send-again'))
      .then(answered('send-again'));
    expect(due(state)).toEqual({ kind: 'attempt', at: t0 + 5 });
    expect(state.deliveries[0]?.budgetFrom).toBe(t0 + 5);
  });
  it('may say that it was received', () => {
    const facts = given(domain, ...heldBlind)
      .when(answer('was-received'))
      .facts();
    expect(facts).toMatchObject([answered('was-received'), { type: 'Delivered', evidence: [{ fact: 'handed', at: at(5) }] }]);
  });
  it('may give up', () =>
    void given(domain, ...heldBlind)
      .when(answer('give-up'))
      .then(answered('give-up'), stop('person-gave-up', t0 + 5)));
  it('cannot say that something was received of which nothing was sent', () =>
    given(domain, opened(), built, holdFact('recipient')).when(answer('was-received')).thenRefused('nothing-handed'));
  it('cannot send again through a shut gate', () =>
    given(domain, ...heldBlind, gateShut)
      .when(answer('send-again'))
      .thenRefused('gate-not-open'));
  it('cannot send to a recipient that is suspended', () =>
    given(domain, ...heldBlind)
      .when(answer('send-again', { ...blind, suspended: true }))
      .thenRefused('recipient-unknown'));
  it('cannot answer a hold that is not there', () =>
    given(domain, ...heldBlind)
      .when({ ...answer('give-up'), holdId: deliveryId } as DeliveryInput)
      .thenRefused('no-such-hold'));
  it('has it built anew where the recipient now takes it another way', () => {
    const moved = { ...clinic, channelHash: 'd'.repeat(64), mode: 'transaction' as const };
    const state = given(domain, opened(), built, holdFact('recipient'))
      .when(answer('send-again', moved))
      .then({ ...answered('send-again'), recipient: moved } as DeliveryFact);
    expect(due(state)).toEqual({ kind: 'build-package', at: 0 });
  });
  it('may release a changed recipient, which is then the one sent to', () => {
    const moved = { ...clinic, version: 2, channelHash: 'd'.repeat(64) };
    const state = given(domain, opened(), built, holdFact('recipient'))
      .when(answer('send-again', moved))
      .then({ ...answered('send-again'), recipient: moved } as DeliveryFact);
    expect(state.deliveries[0]?.recipient.channelHash).toBe('d'.repeat(64));
  });
});

describe('an acknowledgement', () => {
  const acknowledgement = { at: t0 + 7, name: 'Dra. Inês Moura', role: 'physician', how: 'phone', actor } as const;
  const input: DeliveryInput = { type: 'Acknowledge', deliveryId, acknowledgement };
  const fact: DeliveryFact = { type: 'Acknowledged', ...ofDelivery, evidence: { fact: 'acknowledged', at: at(7) }, acknowledgement };
  it('is evidence, and keeps name and role out of the event', () => {
    given(domain, ...sending(), delivered(3))
      .when(input)
      .then(fact);
    expect(JSON.stringify(domain.publish(fact))).not.toMatch(/Moura|physician/);
  });
  it('settles an outcome that nobody knew', () =>
    expect(
      given(domain, ...sending(), unknownFact(3, 'no-answer', { at: t0, look: false }))
        .when(input)
        .facts(),
    ).toMatchObject([{ type: 'Delivered' }, fact]));
  it('while an attempt is under way settles nothing: the attempt tells its own end, and its permit stands until then', () =>
    given(domain, ...sending())
      .when(input)
      .thenRefused('nothing-handed'));
  it('of something never sent is refused', () => given(domain, opened(), built).when(input).thenRefused('nothing-handed'));
  it('is taken once', () =>
    given(domain, ...sending(), delivered(3), fact)
      .when(input)
      .thenRefused('already-acknowledged'));
});
