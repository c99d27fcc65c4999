import fc from 'fast-check';
import { type EventKind, exampleFacts, topicNames, topics } from '#libs/contracts';
import { given } from '#libs/shared/testing';
import { exampleEvent } from './entry.examples.js';
import { decide, evolve, factsIn, initialSubject, type KnownFacts } from './subject.js';

const domain = { initial: initialSubject, decide, evolve };
const fromIngestion: KnownFacts = { patientId: exampleFacts.patientId, recipientId: 'clinica-lisboa', purpose: 'TREAT' };
const fromDelivery: KnownFacts = { recipientId: 'clinica-lisboa', country: 'PT' };

describe('what is known of a transfer', () => {
  it('learns only what is new', () => {
    given(domain, { type: 'FactsLearned', facts: fromIngestion })
      .when({ type: 'Heard', facts: fromDelivery })
      .then({ type: 'FactsLearned', facts: { country: 'PT' } });
  });

  it('learns nothing from an event that repeats what is known, or says nothing of the transfer', () => {
    expect(given(domain, { type: 'FactsLearned', facts: fromIngestion }).when({ type: 'Heard', facts: fromIngestion }).facts()).toEqual([]);
    expect(given(domain).when({ type: 'Heard', facts: {} }).facts()).toEqual([]);
  });

  it('is the same whatever order the events of several services come in', () => {
    const every = topicNames.flatMap((topic) => topics[topic].events.map((kind) => factsIn(exampleEvent(topic, kind as EventKind))));
    const heard = (order: readonly KnownFacts[]) =>
      order.reduce((state, facts) => {
        const decision = decide(state, { type: 'Heard', facts });
        return 'accepted' in decision ? decision.accepted.reduce(evolve, state) : state;
      }, initialSubject);
    const expected = heard(every);
    expect(expected.facts).toEqual({ ...factsOfExample, country: 'PT', waiver: 'embedded-demo' });
    fc.assert(fc.property(fc.shuffledSubarray(every, { minLength: every.length }), (order) => expect(heard(order)).toEqual(expected)));
  });
});

const { scope: _scope, onWithheld: _onWithheld, actor: _actor, ...factsOfExample } = exampleFacts;
