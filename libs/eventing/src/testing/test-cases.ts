import { exampleActor, exampleFacts } from '#libs/contracts';
import { accept, assertNever, type Decision, refuse } from '#libs/shared/domain';
import type { CaseDefinition } from '../definition.js';

/** A publisher for the tests: every `say` is one event of ingestion; `work` makes slow work due. */
export interface Speaker {
  readonly said: number;
  readonly tellings: readonly string[];
  readonly due: { readonly kind: string; readonly at: number } | null;
  readonly done: number;
  /** Undefined once work was dropped: nothing may make a null of it. */
  readonly note?: string;
}
export type SpeakerInput =
  | { readonly type: 'say' }
  | { readonly type: 'work'; readonly kind: string; readonly at: number }
  | { readonly type: 'worked' }
  | { readonly type: 'drop-work' }
  | { readonly type: 'forbidden' }
  | { readonly type: 'broken' };
type SpeakerFact =
  | { readonly type: 'said' }
  | { readonly type: 'work-asked'; readonly kind: string; readonly at: number }
  | { readonly type: 'work-done' }
  | { readonly type: 'work-dropped' }
  | { readonly type: 'broken' };

export const speaker: CaseDefinition<Speaker, SpeakerInput, SpeakerFact, 'not-allowed' | 'nothing-due'> = {
  service: 'ingestion',
  collection: 'speakers',
  shape: 1,
  topic: 'bulfinch.ingestion.v1',
  initial: { said: 0, tellings: [], due: null, done: 0 },
  decide(state, input): Decision<SpeakerFact, 'not-allowed' | 'nothing-due'> {
    switch (input.type) {
      case 'say':
        return accept<SpeakerFact>({ type: 'said' });
      case 'work':
        return accept<SpeakerFact>({ type: 'work-asked', kind: input.kind, at: input.at });
      case 'worked':
        return state.due ? accept<SpeakerFact>({ type: 'work-done' }) : refuse('nothing-due');
      case 'drop-work':
        return accept<SpeakerFact>({ type: 'work-dropped' });
      case 'forbidden':
        return refuse('not-allowed');
      case 'broken':
        return accept<SpeakerFact>({ type: 'broken' });
      default:
        return assertNever(input);
    }
  },
  evolve(state, fact, place) {
    switch (fact.type) {
      case 'said':
        return {
          ...state,
          said: state.said + 1,
          tellings: place.eventId === undefined ? state.tellings : [...state.tellings.slice(-2), place.eventId],
        };
      case 'work-asked':
        return { ...state, due: { kind: fact.kind, at: fact.at } };
      case 'work-done':
        return { ...state, due: null, done: state.done + 1 };
      case 'work-dropped':
        return { ...state, due: null, note: undefined };
      case 'broken':
        return state;
      default:
        return assertNever(fact);
    }
  },
  publish(fact) {
    if (fact.type === 'said') return { type: 'org.bulfinch.ingestion.transfer-created.v1', data: exampleFacts };
    // Not what the contract of the topic asks: a bug that must be caught before it is written.
    if (fact.type === 'broken')
      return { type: 'org.bulfinch.ingestion.transfer-cancelled.v1', data: { actor: exampleActor, how: 'by-magic' } };
    return undefined;
  },
  due: (state) => state.due ?? undefined,
};

/** A reader for the tests: keeps the sequences it applied, in order. */
export interface Listener {
  readonly applied: readonly number[];
}
export type ListenerInput = { readonly type: 'hear'; readonly sequence: number } | { readonly type: 'refuse' } | { readonly type: 'throw' };
type ListenerFact = { readonly type: 'heard'; readonly sequence: number };

export const listener: CaseDefinition<Listener, ListenerInput, ListenerFact, 'impossible'> = {
  service: 'normalization',
  collection: 'listeners',
  shape: 1,
  topic: undefined,
  initial: { applied: [] },
  decide(_state, input): Decision<ListenerFact, 'impossible'> {
    switch (input.type) {
      case 'hear':
        return accept<ListenerFact>({ type: 'heard', sequence: input.sequence });
      case 'refuse':
        return refuse('impossible');
      case 'throw':
        throw new TypeError('a bug in decide');
      default:
        return assertNever(input);
    }
  },
  evolve: (state, fact) => ({ applied: [...state.applied, fact.sequence] }),
  publish: () => undefined,
};
