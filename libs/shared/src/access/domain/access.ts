import type { AccessData, AnyDraft, ServiceName } from '#libs/contracts';
import { accept, type Decision, refuse } from '../../domain/index.js';

/** One look at patient data: a document of its own whose id is random, written once (domain.md section 6). */
export type AccessState = { readonly status: 'absent' } | { readonly status: 'recorded' };
export interface RecordAccess {
  readonly type: 'Record';
  readonly access: AccessData;
}
export interface AccessRecorded {
  readonly type: 'AccessRecorded';
  readonly access: AccessData;
}
export type AccessRefusal = 'already-recorded';

export const initialAccess: AccessState = { status: 'absent' };

export function decideAccess(state: AccessState, input: RecordAccess): Decision<AccessRecorded, AccessRefusal> {
  return state.status === 'absent' ? accept({ type: 'AccessRecorded', access: input.access }) : refuse('already-recorded');
}

export function evolveAccess(): AccessState {
  return { status: 'recorded' };
}

export function publishAccess(service: ServiceName, fact: AccessRecorded): AnyDraft {
  return { type: `org.bulfinch.${service}.access-recorded.v1`, data: fact.access };
}
