import type { Actor, AnyDraft, BlobRef, DraftOn } from '#libs/contracts';
import { accept, assertNever, type Decision, refuse } from '#libs/shared/domain';
import { timeOf } from './coverage.js';
import type { Directive } from './directive.js';

/** How and when a revocation came in. `receivedAt`: ISO instant. */
export interface Revocation {
  readonly by: 'patient' | 'representative' | 'privacy-officer';
  readonly form: 'written' | 'oral' | 'electronic';
  readonly receivedAt: string;
}
/** What of a transfer that rests on the consent had left when its gate was closed. */
export interface TransferLeft {
  readonly transferId: string;
  readonly left: 'nothing' | 'left' | 'not-known-yet';
}

interface Given {
  readonly directive: Directive;
  /** The Consent as it came, canonical JSON: equal content has an equal hash. */
  readonly content: BlobRef;
  /** The transfer whose release used it up, where it is good for one release only (HIV; domain.md section 3). */
  readonly usedBy?: string;
}
/**
 * One directive of one patient (design.md section 5). It never opens again: a change is a new one. `isApplied`: a deny has reached the
 * patient's gates. `isOver`: its expiry has reached the gates that rest on it.
 */
export type Consent =
  | { readonly status: 'absent' }
  | (Given & { readonly status: 'active'; readonly isApplied: boolean; readonly isOver: boolean })
  | (Given & { readonly status: 'revoking'; readonly revocation: Revocation; readonly isAccepted: boolean })
  | (Given & { readonly status: 'revoked'; readonly revocation: Revocation; readonly transfers: readonly TransferLeft[] });

export type ConsentInput =
  /** `now`: epoch ms. */
  | { readonly type: 'Give'; readonly directive: Directive; readonly content: BlobRef; readonly actor: Actor; readonly now: number }
  | ({ readonly type: 'Revoke'; readonly actor: Actor } & Revocation)
  /** A release of the transfer is about to be written on it. `now`: epoch ms. */
  | { readonly type: 'UseForRelease'; readonly transferId: string; readonly now: number }
  /** No gate that the deny touches is open. */
  | { readonly type: 'DenyApplied' }
  /** No gate that rests on the expired consent is open. */
  | { readonly type: 'ExpiryApplied' }
  /** No gate that rests on the consent is open. */
  | { readonly type: 'GatesShut' }
  /** A last look found every such gate closed. */
  | { readonly type: 'GatesClosed'; readonly transfers: readonly TransferLeft[] };

export type ConsentRefusal =
  | 'already-given'
  | 'content-differs'
  | 'other-patient'
  | 'expired'
  | 'no-consent'
  | 'no-longer-active'
  | 'already-revoked'
  | 'used-by-another'
  | 'not-waiting';

export type ConsentFact =
  | ({ readonly type: 'ConsentGiven'; readonly actor: Actor } & Omit<Given, 'usedBy'>)
  | { readonly type: 'ConsentUsed'; readonly transferId: string }
  | { readonly type: 'DenyApplied' }
  | { readonly type: 'ExpiryApplied' }
  | ({ readonly type: 'RevocationReceived'; readonly patientId: string; readonly actor: Actor } & Revocation)
  | { readonly type: 'RevocationAccepted'; readonly patientId: string }
  | { readonly type: 'RevocationConfirmed'; readonly patientId: string; readonly transfers: readonly TransferLeft[] };

export const noConsent: Consent = { status: 'absent' };

export function decide(consent: Consent, input: ConsentInput): Decision<ConsentFact, ConsentRefusal> {
  switch (input.type) {
    case 'Give':
      return give(consent, input);
    case 'Revoke': {
      if (consent.status === 'absent') return refuse('no-consent');
      if (consent.status !== 'active') return refuse('already-revoked');
      const { actor, by, form, receivedAt } = input;
      return accept({ type: 'RevocationReceived', patientId: consent.directive.patientId, actor, by, form, receivedAt });
    }
    case 'UseForRelease':
      return use(consent, input);
    case 'DenyApplied':
      return consent.status === 'active' && consent.directive.type === 'deny' && !consent.isApplied
        ? accept({ type: 'DenyApplied' })
        : refuse('not-waiting');
    case 'ExpiryApplied':
      return consent.status === 'active' && !consent.isOver ? accept({ type: 'ExpiryApplied' }) : refuse('not-waiting');
    case 'GatesShut':
      if (consent.status !== 'revoking' || consent.isAccepted) return refuse('not-waiting');
      return accept({ type: 'RevocationAccepted', patientId: consent.directive.patientId });
    case 'GatesClosed':
      // Confirmed only after accepted: a look from before the gates were shut says nothing.
      if (consent.status !== 'revoking' || !consent.isAccepted) return refuse('not-waiting');
      return accept({ type: 'RevocationConfirmed', patientId: consent.directive.patientId, transfers: input.transfers });
    default:
      return assertNever(input);
  }
}

function give(consent: Consent, input: Extract<ConsentInput, { type: 'Give' }>): Decision<ConsentFact, ConsentRefusal> {
  if (consent.status === 'absent') {
    const { expiresAt } = input.directive;
    if (expiresAt !== undefined && expiresAt <= input.now) return refuse('expired');
    return accept({ type: 'ConsentGiven', directive: input.directive, content: input.content, actor: input.actor });
  }
  if (consent.directive.patientId !== input.directive.patientId) return refuse('other-patient');
  if (consent.content.sha256 !== input.content.sha256) return refuse('content-differs');
  return refuse(consent.status === 'active' ? 'already-given' : 'no-longer-active');
}

/** Binds a consent for a single release to its transfer, once: the same transfer again is the same release (design.md section 5). */
function use(
  consent: Consent,
  { transferId, now }: Extract<ConsentInput, { type: 'UseForRelease' }>,
): Decision<ConsentFact, ConsentRefusal> {
  if (consent.status === 'absent') return refuse('no-consent');
  if (consent.status !== 'active') return refuse('no-longer-active');
  if (timeOf(consent.directive, now) === 'expired') return refuse('expired');
  if (consent.usedBy !== undefined) return consent.usedBy === transferId ? accept() : refuse('used-by-another');
  return accept({ type: 'ConsentUsed', transferId });
}

export function evolve(consent: Consent, fact: ConsentFact): Consent {
  switch (fact.type) {
    case 'ConsentGiven':
      return { status: 'active', directive: fact.directive, content: fact.content, isApplied: false, isOver: false };
    case 'ConsentUsed':
      return { ...mustBe(consent, 'active'), usedBy: fact.transferId };
    case 'DenyApplied':
      return { ...mustBe(consent, 'active'), isApplied: true };
    case 'ExpiryApplied':
      return { ...mustBe(consent, 'active'), isOver: true };
    case 'RevocationReceived': {
      return {
        ...givenOf(mustBe(consent, 'active')),
        status: 'revoking',
        revocation: { by: fact.by, form: fact.form, receivedAt: fact.receivedAt },
        isAccepted: false,
      };
    }
    case 'RevocationAccepted':
      return { ...mustBe(consent, 'revoking'), isAccepted: true };
    case 'RevocationConfirmed': {
      const revoking = mustBe(consent, 'revoking');
      return { ...givenOf(revoking), status: 'revoked', revocation: revoking.revocation, transfers: fact.transfers };
    }
    default:
      return assertNever(fact);
  }
}

/** The part of a consent that stays. */
function givenOf({ directive, content, usedBy }: Given): Given {
  return { directive, content, ...(usedBy === undefined ? {} : { usedBy }) };
}

function mustBe<Status extends Consent['status']>(consent: Consent, status: Status): Extract<Consent, { status: Status }> {
  if (consent.status !== status) throw new Error(`a consent that is ${consent.status} cannot have this fact`);
  // The cast is what the line above has shown; the compiler does not narrow by a type parameter.
  return consent as Extract<Consent, { status: Status }>;
}

/** Purposes and recipients stay here; that a consent was given and when it ends is told. */
export function publish(fact: ConsentFact): DraftOn<'bulfinch.access.v1'> | undefined {
  switch (fact.type) {
    case 'ConsentGiven': {
      const { patientId, expiresAt } = fact.directive;
      const data = { patientId, actor: fact.actor, ...(expiresAt === undefined ? {} : { expiresAt: new Date(expiresAt).toISOString() }) };
      return { type: 'org.bulfinch.consent.consent-given.v1', data };
    }
    // By which release stays here: it would tell that the record has what such a consent is for.
    case 'ConsentUsed':
    case 'DenyApplied':
    case 'ExpiryApplied':
      return undefined;
    case 'RevocationReceived': {
      const { patientId, actor, by, form, receivedAt } = fact;
      return { type: 'org.bulfinch.consent.revocation-received.v1', data: { patientId, actor, by, form, receivedAt } };
    }
    case 'RevocationAccepted':
      return { type: 'org.bulfinch.consent.revocation-accepted.v1', data: { patientId: fact.patientId } };
    case 'RevocationConfirmed':
      return { type: 'org.bulfinch.consent.revocation-confirmed.v1', data: { patientId: fact.patientId, transfers: [...fact.transfers] } };
    default:
      return assertNever(fact);
  }
}

/** Steps that a consent drives by itself, so that each goes on after a crash (design.md section 5). */
export const consentWork = {
  applyDeny: 'apply-deny',
  applyExpiry: 'apply-expiry',
  shutGates: 'shut-gates',
  confirmRevocation: 'confirm-revocation',
} as const;

export function due(consent: Consent): { readonly kind: string; readonly at: number } | undefined {
  switch (consent.status) {
    case 'absent':
    case 'revoked':
      return undefined;
    case 'active': {
      const { type, startsAt, expiresAt } = consent.directive;
      // A deny that is over binds nothing, so its end asks for no work; a permit's end shuts the gates that rest on it.
      if (type === 'deny') return consent.isApplied ? undefined : { kind: consentWork.applyDeny, at: startsAt ?? 0 };
      return expiresAt === undefined || consent.isOver ? undefined : { kind: consentWork.applyExpiry, at: expiresAt };
    }
    case 'revoking':
      return { kind: consent.isAccepted ? consentWork.confirmRevocation : consentWork.shutGates, at: 0 };
    default:
      return assertNever(consent);
  }
}

export const consentCases: {
  readonly service: 'consent';
  readonly collection: 'consents';
  readonly shape: 1;
  readonly topic: 'bulfinch.access.v1';
  readonly initial: Consent;
  decide: typeof decide;
  evolve: typeof evolve;
  publish(fact: ConsentFact): AnyDraft | undefined;
  due: typeof due;
} = { service: 'consent', collection: 'consents', shape: 1, topic: 'bulfinch.access.v1', initial: noConsent, decide, evolve, publish, due };
