import type { TransferFacts } from '#libs/contracts';
import { accept, type Decision } from '#libs/shared/domain';
import type { AnyEvent, Basis, Direction, Purpose } from './event.js';

/**
 * What is known of a subject from all its events together: the facts of a transfer that its later events do not repeat.
 * Queries join them by `transferId`. They are constant for a transfer, so it does not matter in which order they are heard.
 */
export interface KnownFacts {
  readonly patientId?: string;
  readonly referralId?: string;
  readonly senderId?: string;
  readonly recipientId?: string;
  /** ISO 3166-1 alpha-2, of the recipient. */
  readonly country?: string;
  readonly direction?: Direction;
  readonly purpose?: Purpose;
  readonly basis?: Basis;
  readonly consentIds?: readonly string[];
  /** Name of the policy under which unread content left, where one was used. */
  readonly waiver?: string;
}

/** One document per subject of events; `facts` is empty for what is no transfer. */
export interface SubjectState {
  readonly facts: KnownFacts;
}

export interface SubjectInput {
  readonly type: 'Heard';
  readonly facts: KnownFacts;
}

/** Private: audit tells no one what it has heard. */
export interface SubjectFact {
  readonly type: 'FactsLearned';
  readonly facts: KnownFacts;
}

export const initialSubject: SubjectState = { facts: {} };

/** Everything heard is taken: a log has no refusals. Only what is new changes the state. */
export function decide(state: SubjectState, input: SubjectInput): Decision<SubjectFact, never> {
  const known = state.facts as Record<string, unknown>;
  const news = Object.fromEntries(Object.entries(input.facts).filter(([name, value]) => value !== undefined && known[name] === undefined));
  return Object.keys(news).length === 0 ? accept() : accept({ type: 'FactsLearned', facts: news });
}

export function evolve(state: SubjectState, fact: SubjectFact): SubjectState {
  return { facts: { ...state.facts, ...fact.facts } };
}

export function publish(): undefined {
  return undefined;
}

/** What an event says about its transfer for good. */
export function factsIn(event: AnyEvent): KnownFacts {
  if (event.type === 'org.bulfinch.ingestion.transfer-created.v1') return factsOf(event.data);
  if (event.type === 'org.bulfinch.ingestion.transfer-submitted.v1') return factsOf(event.data.facts);
  if (event.type === 'org.bulfinch.normalization.record-normalized.v1') return factsOf(event.data.facts);
  if (event.type === 'org.bulfinch.consent.record-released.v1')
    return { ...factsOf(event.data.facts), ...(event.data.waiver === undefined ? {} : { waiver: event.data.waiver }) };
  if (event.type === 'org.bulfinch.delivery.delivery-opened.v1')
    return { recipientId: event.data.recipientId, country: event.data.country };
  // No other event says anything of its transfer for good.
  return {};
}

function factsOf(facts: TransferFacts): KnownFacts {
  return {
    patientId: facts.patientId,
    referralId: facts.referralId,
    senderId: facts.senderId,
    recipientId: facts.recipientId,
    direction: facts.direction,
    purpose: facts.purpose,
    basis: facts.basis,
    consentIds: facts.consentIds,
  };
}
