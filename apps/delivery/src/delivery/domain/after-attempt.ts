import type { EvidenceFact, Hold } from '#libs/contracts';
import { accept, assertNever, type Decision, refuse } from '#libs/shared/domain';
import type { Attempt, AttemptOutcome, Delivery, DeliveryFact, DeliveryInput, DeliveryRefusal } from './delivery.js';
import { instantOf } from './publish.js';
import { effectiveRetry, type RetryPolicy, waitMs } from './retry.js';

type Verdict = Decision<DeliveryFact, DeliveryRefusal>;

/** A hold that nobody answers for this long is overdue, ms: three days, as long as the attempts' own budget. */
const holdDeadlineMs = 72 * 3600 * 1000;

/** The clock, the chance and the id that a decision may need. */
interface Given {
  readonly now: number;
  readonly jitter: number;
  readonly holdId: string;
}

/**
 * The end of an attempt, told by whoever knows it and however late (design.md section 3, outer effects). The delivery moves on only where it
 * was waiting for this very attempt; a late fact still writes what became of its own attempt, and a late "delivered" ends everything.
 */
export function attemptEnded(policy: RetryPolicy, delivery: Delivery, input: Extract<DeliveryInput, { type: 'Ended' }>): Verdict {
  const attempt = delivery.attempts.find((one) => one.permitId === input.permitId);
  if (!attempt) return refuse('unknown-attempt');
  const { outcome } = input;
  if (outcome.type === 'delivered') {
    if (attempt.outcome === 'delivered') return refuse('already-ended');
    return accept(
      ...deliveredFacts(delivery, attempt, {
        ...input,
        evidence: outcome.evidence,
        httpStatus: outcome.httpStatus,
        location: outcome.location,
        locations: outcome.locations,
        ...(outcome.evidence.includes('stored') ? readBackDue(policy, delivery, input.now) : {}),
      }),
    );
  }
  // Only "nobody knows" can still be mended by a later fact.
  if (attempt.outcome !== undefined && !(attempt.outcome === 'unknown' && outcome.type === 'failed')) return refuse('already-ended');
  const isCurrent = delivery.progress.status === 'sending' && delivery.progress.permitId === input.permitId;
  if (!isCurrent) return accept(plainEnd(delivery, attempt, outcome, input.now));
  return accept(
    ...(outcome.type === 'failed'
      ? afterFailure(policy, delivery, attempt, outcome, input)
      : afterUnknown(policy, delivery, attempt, outcome, input)),
  );
}

/** A worker died with its attempt open: nobody knows how it ended. Its connection may live on for as long as an answer may take. */
export function workerLost(policy: RetryPolicy, delivery: Delivery, permitId: string, given: Given): Verdict {
  const attempt = delivery.attempts.find((one) => one.permitId === permitId);
  if (!attempt) return refuse('unknown-attempt');
  const outcome = { type: 'unknown', reason: 'worker-lost' } as const;
  return accept(...afterUnknown(policy, delivery, attempt, outcome, given, delivery.recipient.answerTimeoutMs));
}

/** What a search for our identifier showed (domain.md section 5): one equal is stored, none a known failure, the rest is for a person. */
export function looked(policy: RetryPolicy, delivery: Delivery, input: Extract<DeliveryInput, { type: 'Looked' }>): Verdict {
  const attempt = delivery.attempts.findLast((one) => one.outcome === 'unknown');
  if (delivery.progress.status !== 'due' || !delivery.progress.look || !attempt) return refuse('not-looking');
  const { deliveryId, release } = delivery;
  switch (input.result) {
    case 'equal':
      return accept(
        ...deliveredFacts(delivery, attempt, { ...input, evidence: ['handed', 'stored'], ...readBackDue(policy, delivery, input.now) }),
      );
    case 'none': {
      const nothing: DeliveryFact = { type: 'LookFoundNothing', deliveryId, release, at: input.now };
      if (delivery.gate !== 'open') return accept(nothing, stopped(delivery, 'permit-refused', input.now));
      return isSpent(policy, delivery, input.now) ? accept(nothing, stopped(delivery, 'budget-spent', input.now)) : accept(nothing);
    }
    case 'different':
    case 'unsearchable':
      return accept(held(delivery, 'operator', input));
    case 'unanswered': {
      const nextAt = input.now + waitMs(policy, delivery.looks + 1, input.jitter);
      if (isSpent(policy, delivery, nextAt)) return accept(held(delivery, 'operator', input));
      return accept({ type: 'LookUnanswered', deliveryId, release, nextAt });
    }
    default:
      return assertNever(input.result);
  }
}

/** The receiver has it. A permit that was granted meanwhile is of no use any more. */
export function deliveredFacts(
  delivery: Delivery,
  attempt: Attempt,
  found: {
    readonly now: number;
    readonly evidence: readonly EvidenceFact['fact'][];
    readonly httpStatus?: number;
    readonly location?: string;
    readonly locations?: readonly string[];
    readonly readBackAt?: number;
  },
): DeliveryFact[] {
  const { deliveryId, release, progress } = delivery;
  const known = new Set(delivery.evidence.map((one) => one.fact));
  const facts: DeliveryFact[] = [
    {
      type: 'Delivered',
      deliveryId,
      release,
      attempt: attempt.number,
      permitId: attempt.permitId,
      recipientId: delivery.recipient.recipientId,
      evidence: found.evidence.filter((fact) => !known.has(fact)).map((fact) => ({ fact, at: instantOf(found.now) })),
      ...(found.httpStatus === undefined ? {} : { httpStatus: found.httpStatus }),
      ...(found.location === undefined ? {} : { location: found.location }),
      ...(found.locations === undefined ? {} : { locations: found.locations }),
      at: found.now,
      ...(found.readBackAt === undefined ? {} : { readBackAt: found.readBackAt }),
    },
  ];
  if (progress.status === 'permitted') facts.unshift(voided(delivery, progress.permitId, found.now));
  return facts;
}

/** A document is read back as it was sent. What a transaction made stands in many places and stays *stored*. */
function readBackDue(policy: RetryPolicy, delivery: Delivery, now: number): { readonly readBackAt?: number } {
  return delivery.packageMode === 'transaction' ? {} : { readBackAt: now + policy.firstMs };
}

export function voided(delivery: Delivery, permitId: string, nextAt: number): DeliveryFact {
  const { deliveryId, release } = delivery;
  return { type: 'PermitVoided', deliveryId, release, attempt: delivery.attempts.length + 1, permitId, nextAt };
}

export function stopped(
  delivery: Delivery,
  reason: Extract<DeliveryFact, { type: 'DeliveryStopped' }>['reason'],
  now: number,
): DeliveryFact {
  return { type: 'DeliveryStopped', deliveryId: delivery.deliveryId, release: delivery.release, reason, at: now };
}

/** A stop that a person answers: an outcome nobody can look up (`operator`), or a recipient that is not the one released to (`recipient`). */
export function held(
  delivery: Delivery,
  kind: 'operator' | 'recipient',
  given: { readonly now: number; readonly holdId: string },
): DeliveryFact {
  const hold: Hold = {
    id: given.holdId,
    kind,
    service: 'delivery',
    owner: 'records-staff',
    since: instantOf(given.now),
    until: instantOf(given.now + holdDeadlineMs),
    next: kind === 'operator' ? 'decide-unknown-outcome' : 'fix-recipient',
  };
  return { type: 'DeliveryHeld', deliveryId: delivery.deliveryId, release: delivery.release, hold };
}

type Failed = Extract<AttemptOutcome, { type: 'failed' }>;
type Unknown = Extract<AttemptOutcome, { type: 'unknown' }>;

function plainEnd(
  delivery: Delivery,
  attempt: Attempt,
  outcome: Failed | Unknown,
  at: number,
): Extract<DeliveryFact, { type: 'AttemptFailed' | 'AttemptUnknown' }> {
  return {
    type: outcome.type === 'failed' ? 'AttemptFailed' : 'AttemptUnknown',
    deliveryId: delivery.deliveryId,
    release: delivery.release,
    attempt: attempt.number,
    permitId: attempt.permitId,
    reason: outcome.reason,
    ...(outcome.httpStatus === undefined ? {} : { httpStatus: outcome.httpStatus }),
    at,
  };
}

function afterFailure(policy: RetryPolicy, delivery: Delivery, attempt: Attempt, outcome: Failed, given: Given): DeliveryFact[] {
  const end = plainEnd(delivery, attempt, outcome, given.now);
  if (outcome.isFinal) return [end, stopped(delivery, 'refused-by-receiver', given.now)];
  if (delivery.gate !== 'open') return [end, stopped(delivery, 'permit-refused', given.now)];
  const nextAt = given.now + waitMs(policy, delivery.attempts.length, given.jitter, outcome.retryAfterMs);
  if (!isSpent(policy, delivery, nextAt)) return [{ ...end, type: 'AttemptFailed', nextAt }];
  // An earlier attempt may have arrived: then "failed" would be a lie, and a person decides.
  const hasUnknown = delivery.attempts.some((one) => one.outcome === 'unknown');
  return [end, hasUnknown ? held(delivery, 'operator', given) : stopped(delivery, 'budget-spent', given.now)];
}

function afterUnknown(
  policy: RetryPolicy,
  delivery: Delivery,
  attempt: Attempt,
  outcome: Unknown,
  given: Given,
  stillOpenMs = 0,
): DeliveryFact[] {
  const end = plainEnd(delivery, attempt, outcome, given.now);
  const retry = effectiveRetry(delivery.recipient);
  if (retry === 'blind') return [end, held(delivery, 'operator', given)];
  const look = retry === 'searchable' || outcome.reason === 'conflict';
  if (!look && delivery.gate !== 'open') return [end, stopped(delivery, 'permit-refused', given.now)];
  const settled = look ? (delivery.recipient.settleMs ?? 0) + stillOpenMs : 0;
  const at = given.now + Math.max(settled, waitMs(policy, delivery.attempts.length, given.jitter, outcome.retryAfterMs));
  if (isSpent(policy, delivery, at)) return [end, held(delivery, 'operator', given)];
  return [{ ...end, type: 'AttemptUnknown', next: { at, look } }];
}

function isSpent(policy: RetryPolicy, delivery: Delivery, at: number): boolean {
  return at > delivery.budgetFrom + policy.budgetMs;
}
