import type { DraftOn } from '#libs/contracts';
import { assertNever } from '#libs/shared/domain';
import { decide } from './decide.js';
import { evolve } from './evolve.js';
import { type Left, leftOf } from './leaving.js';
import { noRelease, type ReleaseCase, type ReleaseFact } from './release.js';

/** Kinds of slow work a case waits for. */
export const releaseWork = { decide: 'decide-release', runOut: 'run-out-permits' } as const;

export function due(state: ReleaseCase): { readonly kind: string; readonly at: 0 } | undefined {
  switch (state.status) {
    case 'deciding':
      return { kind: releaseWork.decide, at: 0 };
    case 'closing':
      return { kind: releaseWork.runOut, at: 0 };
    case 'absent':
    case 'held':
    case 'refused':
    case 'open':
    case 'closed':
    case 'withdrawn':
      return undefined;
    default:
      return assertNever(state);
  }
}

type Draft = DraftOn<'bulfinch.consent.v1'>;

/** Reasons, rules, kinds and counts of what is withheld stay here (domain.md section 6). */
export function publish(fact: ReleaseFact): Draft | undefined {
  switch (fact.type) {
    case 'ReviewStarted':
      return { type: 'org.bulfinch.consent.review-started.v1', data: { patientId: fact.facts.patientId } };
    case 'ReleaseHeld':
      return { type: 'org.bulfinch.consent.release-held.v1', data: { hold: fact.hold } };
    case 'HoldAnswered':
      return { type: 'org.bulfinch.consent.hold-answered.v1', data: { holdId: fact.holdId, decision: fact.decision, actor: fact.actor } };
    case 'RecordReleased': {
      const { facts, release, content, sha256, decision, waiver } = fact;
      const data = { facts, release, content, sha256, decisionRef: decision.blobId, ...(waiver === undefined ? {} : { waiver }) };
      return { type: 'org.bulfinch.consent.record-released.v1', data };
    }
    case 'ReleaseRefused':
      return { type: 'org.bulfinch.consent.release-refused.v1', data: { reason: fact.reason, decisionRef: fact.decision.blobId } };
    case 'PermitGranted':
    case 'PermitRefused':
    case 'PermitEnded':
    case 'AttemptNoted':
    case 'GateClosing':
    case 'GateClosed':
    case 'LeftCorrected':
      return publishGate(fact);
    default:
      return assertNever(fact);
  }
}

function publishGate(fact: Exclude<ReleaseFact, { facts: unknown } | { decision: unknown } | { hold: unknown }>): Draft | undefined {
  switch (fact.type) {
    case 'PermitGranted': {
      const { permitId, release, lifeMs } = fact;
      return { type: 'org.bulfinch.consent.permit-granted.v1', data: { permitId, release, lifeMs } };
    }
    case 'PermitRefused': {
      const { permitId, release, reason } = fact;
      return { type: 'org.bulfinch.consent.permit-refused.v1', data: { permitId, release, reason } };
    }
    case 'PermitEnded':
      return { type: 'org.bulfinch.consent.permit-ended.v1', data: { permitId: fact.permitId } };
    case 'AttemptNoted':
      return undefined;
    case 'GateClosing':
      return { type: 'org.bulfinch.consent.gate-closing.v1', data: { because: fact.because } };
    case 'GateClosed':
      return { type: 'org.bulfinch.consent.gate-closed.v1', data: { because: fact.because, left: fact.left } };
    case 'LeftCorrected':
      return { type: 'org.bulfinch.consent.left-corrected.v1', data: { left: fact.left } };
    default:
      return assertNever(fact);
  }
}

/** Where the gate of a transfer stands, for people and for whoever revokes. Before a release there is none, and nothing can leave. */
export function gateOf(state: ReleaseCase): { readonly gate: 'none' | 'open' | 'closing' | 'closed'; readonly left: Left } {
  switch (state.status) {
    case 'absent':
    case 'deciding':
    case 'held':
    case 'refused':
      return { gate: 'none', left: 'nothing' };
    case 'withdrawn':
      return { gate: 'closed', left: 'nothing' };
    case 'open':
    case 'closing':
      return { gate: state.status, left: leftOf(state.leaving) };
    case 'closed':
      return { gate: 'closed', left: state.left };
    default:
      return assertNever(state);
  }
}

/** Whether the gate is or may still become open: a revocation must reach it. */
export function mayOpen(state: ReleaseCase): boolean {
  return state.status === 'deciding' || state.status === 'held' || state.status === 'open';
}

export const releaseCases: {
  readonly service: 'consent';
  readonly collection: 'releases';
  readonly shape: 1;
  readonly topic: 'bulfinch.consent.v1';
  readonly initial: ReleaseCase;
  decide: typeof decide;
  evolve: typeof evolve;
  publish: typeof publish;
  due: typeof due;
} = {
  service: 'consent',
  collection: 'releases',
  shape: 1,
  topic: 'bulfinch.consent.v1',
  initial: noRelease,
  decide,
  evolve,
  publish,
  due,
};
