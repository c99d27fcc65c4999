import type { Hold } from '#libs/contracts';
import type { Heard, WhatLeft } from './later.js';

/** The states of a transfer as people see them (domain.md section 2). */
export const transferStates = [
  'draft',
  'submitted',
  'normalized',
  'held',
  'permitted',
  'delivering',
  'delivered',
  'acknowledged',
  'refused',
  'cancelled',
  'recalled',
  'superseded',
  'revoked',
  'expired',
  'failed',
] as const;
export type TransferState = (typeof transferStates)[number];

/** Where a transfer stands, and since when (ISO instant). */
export interface Standing {
  readonly state: TransferState;
  readonly since: string;
}

/** What ingestion itself has written down of a transfer, and what it has heard of it. */
export interface Known {
  readonly openedAt: string;
  readonly submittedAt?: string;
  readonly ending?: { readonly how: 'cancel' | 'recall'; readonly at: string };
  readonly heard: Heard;
}

/** Stops that a person can answer now. A transfer that has come to its end has none. */
export function openHolds(known: Known): readonly Hold[] {
  if (endOf(known)) return [];
  const { normalization, consent, delivery } = known.heard;
  return [normalization.hold, consent.hold, delivery.hold].filter((hold) => hold !== undefined);
}

/**
 * The state follows from the facts, in whatever order they were heard: what the recipient holds is told before why a gate closed, an end
 * before a stop, a stop before progress. So a late fact never lowers a state (design.md section 3).
 */
export function standing(known: Known): Standing {
  const end = endOf(known);
  if (end) return end;
  const [first] = openHolds(known);
  return first ? { state: 'held', since: first.since } : progressOf(known);
}

/** How far the transfer has come, holds and ends left aside: what a sending clinic is told while the hospital decides. */
export function progressOf({ openedAt, submittedAt, heard }: Known): Standing {
  if (heard.delivery.opened) return { state: 'delivering', since: heard.delivery.opened.at };
  if (heard.consent.released) return { state: 'permitted', since: heard.consent.released.at };
  if (heard.normalization.normalizedAt) return { state: 'normalized', since: heard.normalization.normalizedAt };
  return submittedAt === undefined ? { state: 'draft', since: openedAt } : { state: 'submitted', since: submittedAt };
}

function endOf({ submittedAt, ending, heard }: Known): Standing | undefined {
  const { closed, refused: releaseRefused } = heard.consent;
  const { deliveredAt, evidence, stopped } = heard.delivery;
  if (deliveredAt !== undefined) {
    // Closing the gate after delivery is the recall, whichever of two requests closed it; a revocation leaves what the recipient holds.
    if (closed && (closed.because === 'recalled' || ending?.how === 'recall')) return { state: 'recalled', since: closed.at };
    const acknowledged = evidence?.find((known) => known.fact === 'acknowledged' || known.fact === 'countersigned');
    return acknowledged ? { state: 'acknowledged', since: acknowledged.at } : { state: 'delivered', since: deliveredAt };
  }
  if (closed) return { state: closed.because, since: closed.at };
  const refused = releaseRefused ?? heard.normalization.refused;
  if (refused) return { state: 'refused', since: refused.at };
  // A refused permit is not the end: consent's gate says why nothing leaves (revoked, cancelled, expired).
  if (stopped && stopped.reason !== 'permit-refused') return { state: 'failed', since: stopped.at };
  // A draft was never handed on: cancelling it is its end at once.
  if (submittedAt === undefined && ending) return { state: 'cancelled', since: ending.at };
  return undefined;
}

/** What is known to have left. Until the gate is closed, a submitted transfer may be leaving at this moment: not known yet. */
export function leftBefore(known: Known): WhatLeft {
  const { heard, submittedAt } = known;
  if (heard.delivery.deliveredAt !== undefined) return 'left';
  if (heard.consent.closed) return heard.consent.closed.left;
  const nothingCanLeave = submittedAt === undefined || heard.normalization.refused !== undefined || heard.consent.refused !== undefined;
  return nothingCanLeave ? 'nothing' : 'not-known-yet';
}
