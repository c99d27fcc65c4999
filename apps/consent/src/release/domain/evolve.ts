import { assertNever } from '#libs/shared/domain';
import { noteAttempt, nothingLeaving } from './leaving.js';
import type { ReleaseCase, ReleaseFact } from './release.js';
import { firstRelease } from './release.js';

export function evolve(state: ReleaseCase, fact: ReleaseFact): ReleaseCase {
  switch (fact.type) {
    case 'ReviewStarted': {
      const { facts, record, restsOn } = fact;
      return { status: 'deciding', facts, record, restsOn, answers: [], release: firstRelease };
    }
    case 'ReleaseHeld':
      return { ...subjectOf(mustBe(state, 'deciding')), status: 'held', hold: fact.hold, draft: fact.draft };
    case 'HoldAnswered': {
      const held = mustBe(state, 'held');
      const { type: _, ...answer } = fact;
      const subject = { ...subjectOf(held), answers: [...held.answers, answer] };
      // A refusal by a person is followed by its own fact in the same step.
      return {
        ...subject,
        status: 'deciding',
        release: held.draft.release,
        ...(fact.decision === 'release' ? { approved: held.draft } : {}),
      };
    }
    case 'RecordReleased': {
      const { release, content, sha256, decision, waiver } = fact;
      const released = { release, content, sha256, decision, ...(waiver === undefined ? {} : { waiver }) };
      return { ...subjectOf(mustBe(state, 'deciding')), ...released, status: 'open', leaving: nothingLeaving };
    }
    case 'ReleaseRefused':
      return { ...subjectOf(mustBe(state, 'deciding')), status: 'refused', reason: fact.reason, decision: fact.decision };
    case 'GateClosing':
      return { ...mustBe(state, 'open'), status: 'closing', because: fact.because };
    case 'GateClosed':
      return closed(state, fact);
    case 'PermitGranted': {
      const open = mustBe(state, 'open');
      return { ...open, leaving: { ...open.leaving, permits: [...open.leaving.permits, fact.permitId] } };
    }
    case 'PermitRefused':
      return state;
    case 'PermitEnded':
      if (!('leaving' in state)) return state;
      return { ...state, leaving: { ...state.leaving, permits: state.leaving.permits.filter((id) => id !== fact.permitId) } };
    case 'AttemptNoted':
      return 'leaving' in state ? { ...state, leaving: noteAttempt(state.leaving, fact.attempt, fact.permitId) } : state;
    case 'LeftCorrected':
      return { ...mustBe(state, 'closed'), left: fact.left };
    default:
      return assertNever(fact);
  }
}

function closed(state: ReleaseCase, { because, left }: Extract<ReleaseFact, { type: 'GateClosed' }>): ReleaseCase {
  switch (state.status) {
    case 'closing': {
      // Their lives are over; how they ended may still be told.
      const { permits, unheard } = state.leaving;
      return { ...state, status: 'closed', because, left, leaving: { ...state.leaving, permits: [], unheard: [...unheard, ...permits] } };
    }
    case 'absent':
      return { status: 'withdrawn', because, restsOn: [] };
    case 'deciding':
    case 'held':
    case 'refused':
      return { status: 'withdrawn', because, restsOn: state.restsOn, facts: state.facts };
    case 'open':
    case 'closed':
    case 'withdrawn':
      throw new Error(`a gate that is ${state.status} is not closed by this fact`);
    default:
      return assertNever(state);
  }
}

/** The part of a case that stays from the record to the end. */
function subjectOf<Known extends Extract<ReleaseCase, { answers: unknown }>>({
  facts,
  record,
  restsOn,
  answers,
}: Known): Pick<Known, 'facts' | 'record' | 'restsOn' | 'answers'> {
  return { facts, record, restsOn, answers };
}

function mustBe<Status extends ReleaseCase['status']>(state: ReleaseCase, status: Status): Extract<ReleaseCase, { status: Status }> {
  if (state.status !== status) throw new Error(`a release that is ${state.status} cannot have this fact`);
  // The cast is what the line above has shown; the compiler does not narrow by a type parameter.
  return state as Extract<ReleaseCase, { status: Status }>;
}
