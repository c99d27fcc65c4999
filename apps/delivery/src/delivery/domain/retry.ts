import type { RecipientFacts } from './delivery.js';

/** How attempts follow each other. All in ms. */
export interface RetryPolicy {
  /** Wait after the first attempt; doubles with each. */
  readonly firstMs: number;
  /** Longest wait between two attempts. */
  readonly maxMs: number;
  /** Attempts end this long after the delivery was opened, or a person said "send again": 72 h. */
  readonly budgetMs: number;
}

/** A receiver that asks for more patience than this is not believed, ms: its clock or its mind is wrong. */
const retryAfterMaxMs = 24 * 3600 * 1000;
/** Doublings beyond this change nothing: every policy has met its longest wait. */
const doublingsMax = 40;

/**
 * Wait before the next attempt, ms: exponential, between half and the whole of the step by `jitter` (0 to 1), and never shorter than
 * the receiver's Retry-After.
 */
export function waitMs(policy: RetryPolicy, attemptsSoFar: number, jitter: number, retryAfterMs = 0): number {
  const doublings = Math.min(Math.max(attemptsSoFar - 1, 0), doublingsMax);
  const stepMs = Math.min(policy.firstMs * 2 ** doublings, policy.maxMs);
  return Math.max(Math.round(stepMs / 2 + (stepMs / 2) * jitter), Math.min(retryAfterMs, retryAfterMaxMs));
}

/** A searchable receiver whose settling time nobody knows is blind: a search could come before the receiver has finished (design.md section 6). */
export function effectiveRetry(recipient: RecipientFacts): RecipientFacts['retry'] {
  return recipient.retry === 'searchable' && recipient.settleMs === undefined ? 'blind' : recipient.retry;
}
