import type { TransferFacts } from '#libs/contracts';
import { accept, assertNever, type Decision, refuse } from '#libs/shared/domain';
import { leftOf, noteAttempt } from './leaving.js';
import type { Because, PermitRefusedReason, ReleaseCase, ReleaseFact, ReleaseInput, ReleaseRefusal } from './release.js';

type Answer = Decision<ReleaseFact, ReleaseRefusal>;
type Input<Type extends ReleaseInput['type']> = Extract<ReleaseInput, { type: Type }>;

/**
 * The law of the gate (design.md section 5, model-checked as B11 to B15). What comes as an event is never refused here: it is answered by
 * facts or changes nothing, since only impossible events are parked.
 */
export function decide(state: ReleaseCase, input: ReleaseInput): Answer {
  switch (input.type) {
    case 'RecordNormalized':
      // A transfer that was withdrawn before stays so; a second record of the same transfer is not foreseen and changes nothing.
      if (state.status !== 'absent') return accept();
      return accept({ type: 'ReviewStarted', facts: input.facts, record: input.record, restsOn: restsOn(input.facts) });
    case 'Withdrawn':
      return accept(...shut(state, input.how === 'recall' ? 'recalled' : 'cancelled'));
    case 'Close':
      // Nothing left and nothing will: a refusal needs no second word from us.
      return accept(...(state.status === 'refused' || state.status === 'absent' ? [] : shut(state, input.because)));
    case 'Decided':
      return decided(state, input);
    case 'AnswerHold':
      return answerHold(state, input);
    case 'Approve':
      return approve(state, input);
    case 'PermitAsked':
      return accept(permit(state, input));
    case 'AttemptHeard':
      return accept(...heard(state, input));
    case 'PermitLivesOver':
      if (state.status !== 'closing') return refuse('not-closing');
      return accept({ type: 'GateClosed', because: state.because, left: leftOf(state.leaving) });
    default:
      return assertNever(input);
  }
}

/** No consent of ours is asked for what comes in: the discloser is the foreign party (domain.md section 3). */
function restsOn(facts: TransferFacts): readonly string[] {
  return facts.direction === 'inbound' ? [] : [...new Set(facts.consentIds)];
}

/** No permit from here on. With none open, nothing can leave any more and the gate is closed in the same step. */
function shut(state: ReleaseCase, because: Because): ReleaseFact[] {
  switch (state.status) {
    case 'absent':
    case 'deciding':
    case 'held':
    case 'refused':
      return [{ type: 'GateClosed', because, left: 'nothing' }];
    case 'open': {
      const closing: ReleaseFact = { type: 'GateClosing', because };
      return state.leaving.permits.length > 0 ? [closing] : [closing, { type: 'GateClosed', because, left: leftOf(state.leaving) }];
    }
    case 'closing':
    case 'closed':
    case 'withdrawn':
      return [];
    default:
      return assertNever(state);
  }
}

function decided(state: ReleaseCase, { verdict }: Input<'Decided'>): Answer {
  // Closed or withdrawn meanwhile: the worker's result is thrown away (inner work).
  if (state.status !== 'deciding') return refuse('not-deciding');
  switch (verdict.outcome) {
    case 'release': {
      const { outcome: _, ...released } = verdict;
      return accept({ type: 'RecordReleased', facts: state.facts, ...released });
    }
    case 'hold':
      return accept({ type: 'ReleaseHeld', hold: verdict.hold, draft: verdict.draft });
    case 'refuse':
      return accept({ type: 'ReleaseRefused', reason: verdict.reason, decision: verdict.decision });
    default:
      return assertNever(verdict);
  }
}

function answerHold(state: ReleaseCase, input: Input<'AnswerHold'>): Answer {
  if (state.status !== 'held' || state.hold.id !== input.holdId) return refuse('no-such-hold');
  const { holdId, decision, reason, actor, now } = input;
  const answered: ReleaseFact = { type: 'HoldAnswered', holdId, decision, reason, actor, at: now };
  if (decision === 'release') return accept(answered);
  return accept<ReleaseFact>(answered, { type: 'ReleaseRefused', reason: 'person-refused', decision: state.draft.decision });
}

/** An approval names what it approves; it fails when the bytes or the recipient's channel are others now (domain.md section 4). */
function approve(state: ReleaseCase, input: Input<'Approve'>): Answer {
  if (state.status === 'open' && state.release === input.release && state.sha256 === input.sha256) return accept();
  if (state.status === 'deciding' && isDraft(state.approved, input)) return accept();
  if (state.status !== 'held' || !isDraft(state.draft, input)) return refuse('release-changed');
  return accept({ type: 'HoldAnswered', holdId: state.hold.id, decision: 'release', actor: input.actor, at: input.now });
}

function isDraft(draft: { release: number; sha256: string; channelHash: string } | undefined, input: Input<'Approve'>): boolean {
  return draft?.release === input.release && draft.sha256 === input.sha256 && draft.channelHash === input.channelHash;
}

/**
 * Granted only if the gate is open and every consent the case rests on was read, is in force, and does not expire within a life. The
 * consents were read before this step and the step is lost when the case changed: then all is read anew.
 */
function permit(state: ReleaseCase, input: Input<'PermitAsked'>): ReleaseFact {
  const { permitId, release, lifeMs } = input;
  const reason = whyNot(state, input);
  return reason ? { type: 'PermitRefused', permitId, release, reason } : { type: 'PermitGranted', permitId, release, lifeMs };
}

function whyNot(state: ReleaseCase, input: Input<'PermitAsked'>): PermitRefusedReason | undefined {
  if ('leaving' in state && state.release !== input.release) return 'no-such-release';
  if (state.status !== 'open') return 'gate-not-open';
  if (input.isDenied) return 'consent-not-active';
  for (const consentId of state.restsOn) {
    const consent = input.consents.find((one) => one.consentId === consentId);
    if (!consent?.isActive || (consent.startsAt ?? 0) > input.now) return 'consent-not-active';
    if (consent.expiresAt !== undefined && consent.expiresAt <= input.now + input.lifeMs) return 'consent-expired';
  }
  return undefined;
}

/** What delivery says is always taken, in any state and however late: it happened. */
function heard(state: ReleaseCase, input: Input<'AttemptHeard'>): ReleaseFact[] {
  if (!('leaving' in state)) return [];
  const { attempt, permitId, endsPermit } = input;
  const facts: ReleaseFact[] = [{ type: 'AttemptNoted', attempt, ...(permitId === undefined ? {} : { permitId }) }];
  const noted = noteAttempt(state.leaving, attempt, permitId);
  const ends = endsPermit && permitId !== undefined && noted.permits.includes(permitId);
  const after = ends ? { ...noted, permits: noted.permits.filter((id) => id !== permitId) } : noted;
  if (ends) facts.push({ type: 'PermitEnded', permitId });
  const left = leftOf(after);
  if (state.status === 'closing' && after.permits.length === 0) facts.push({ type: 'GateClosed', because: state.because, left });
  if (state.status === 'closed' && left !== state.left) facts.push({ type: 'LeftCorrected', left });
  return facts;
}
