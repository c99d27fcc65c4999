import type { Actor, AnyDraft, ServiceName } from '#libs/contracts';
import { accept, type Decision, refuse } from '../../domain/index.js';

/** What an operator decided about a parked event; the reason stays in the service. Written before it is carried out. */
export interface ParkedDecision {
  readonly action: 'retry' | 'discard';
  readonly publisher: ServiceName;
  readonly sequence: number;
  readonly caseId: string;
  readonly actor: Actor;
  readonly reason: string;
}
export type ParkedDecisionState = { readonly status: 'absent' } | { readonly status: 'decided'; readonly decision: ParkedDecision };
export interface DecideParked {
  readonly type: 'Decide';
  readonly decision: ParkedDecision;
}
export interface ParkedDecided {
  readonly type: 'ParkedDecided';
  readonly decision: ParkedDecision;
}

export const initialParkedDecision: ParkedDecisionState = { status: 'absent' };

export function decideParkedDecision(state: ParkedDecisionState, input: DecideParked): Decision<ParkedDecided, 'already-decided'> {
  return state.status === 'absent' ? accept({ type: 'ParkedDecided', decision: input.decision }) : refuse('already-decided');
}

export function evolveParkedDecision(_state: ParkedDecisionState, fact: ParkedDecided): ParkedDecisionState {
  return { status: 'decided', decision: fact.decision };
}

export function publishParkedDecision(service: ServiceName, fact: ParkedDecided): AnyDraft {
  const { reason: _kept, ...told } = fact.decision;
  return { type: `org.bulfinch.${service}.parked-decided.v1`, data: told };
}
