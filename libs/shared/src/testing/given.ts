import { isDeepStrictEqual } from 'node:util';
import type { Decision } from '../domain/index.js';

interface Domain<State, Input, Fact, Refusal extends string> {
  readonly initial: State;
  decide(state: State, input: Input): Decision<Fact, Refusal>;
  evolve(state: State, fact: Fact, place: { readonly eventId: string | undefined }): State;
}

interface When<State, Input, Fact, Refusal> {
  when(input: Input): Then<State, Fact, Refusal>;
}
interface Then<State, Fact, Refusal> {
  /** Exactly these facts, in this order. Returns the state after them. */
  then(...facts: Fact[]): State;
  thenRefused(code: Refusal): void;
  /** The facts, for looser looks. */
  facts(): readonly Fact[];
}

/** given-when-then over pure domains: the history is told in facts, the n-th fact has the place `test/case/n`. */
export function given<State, Input, Fact, Refusal extends string>(
  domain: Domain<State, Input, Fact, Refusal>,
  ...history: Fact[]
): When<State, Input, Fact, Refusal> {
  const place = (sequence: number) => ({ eventId: `test/case/${sequence}` });
  const state = history.reduce((before, fact, index) => domain.evolve(before, fact, place(index + 1)), domain.initial);
  return {
    when(input) {
      const decision = domain.decide(state, input);
      return {
        then(...facts) {
          if ('refused' in decision) throw new Error(`expected facts, was refused: ${decision.refused}`);
          if (!isDeepStrictEqual(decision.accepted, facts))
            throw new Error(`expected ${JSON.stringify(facts, null, 1)}\nbut was ${JSON.stringify(decision.accepted, null, 1)}`);
          return facts.reduce((before, fact, index) => domain.evolve(before, fact, place(history.length + index + 1)), state);
        },
        thenRefused(code) {
          const was = 'refused' in decision ? decision.refused : JSON.stringify(decision.accepted);
          if (was !== code) throw new Error(`expected the refusal ${code}, but was ${was}`);
        },
        facts() {
          if ('refused' in decision) throw new Error(`expected facts, was refused: ${decision.refused}`);
          return decision.accepted;
        },
      };
    },
  };
}
