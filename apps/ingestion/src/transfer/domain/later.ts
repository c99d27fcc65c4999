import type { EventOn, EvidenceFact, Hold } from '#libs/contracts';
import { assertNever } from '#libs/shared/domain';

/** Why a gate closed, and what of the transfer had left by then. */
export interface GateClosed {
  readonly because: 'revoked' | 'cancelled' | 'recalled' | 'expired';
  readonly left: WhatLeft;
  readonly at: string;
}
export type WhatLeft = 'nothing' | 'left' | 'not-known-yet';

/** The last thing known of the attempts of a delivery. `nextAt`: when the next one is due. */
export interface Attempts {
  readonly count: number;
  readonly last: 'started' | 'failed' | 'unknown' | 'delivered';
  readonly at: string;
  readonly reason?: string;
  readonly nextAt?: string;
}

/**
 * What the later services have said of a transfer. Each publisher has a part of its own that only its own facts change: within a
 * publisher there is an order, between publishers there is none, so facts merge the same way in whatever order they come (design.md section 3).
 */
export interface Heard {
  readonly normalization: {
    readonly startedAt?: string;
    readonly normalizedAt?: string;
    readonly report?: { readonly statements: number; readonly kept: number; readonly lost: number; readonly warnings: number };
    readonly hold?: Hold;
    readonly refused?: { readonly reason: string; readonly at: string };
    readonly withdrawnAt?: string;
  };
  readonly consent: {
    readonly reviewAt?: string;
    readonly released?: { readonly release: number; readonly at: string; readonly waiver?: string };
    readonly hold?: Hold;
    readonly refused?: { readonly reason: string; readonly at: string };
    readonly closed?: GateClosed;
  };
  readonly delivery: {
    readonly opened?: { readonly deliveryId: string; readonly at: string };
    readonly attempts?: Attempts;
    readonly deliveredAt?: string;
    readonly evidence?: readonly EvidenceFact[];
    readonly hold?: Hold;
    readonly stopped?: { readonly reason: string; readonly at: string };
  };
}

export const nothingHeard: Heard = { normalization: {}, consent: {}, delivery: {} };

/** An event of a later topic, with the time its publisher gave it. */
export type LaterEvent = EventOn<'bulfinch.normalization.v1'> | EventOn<'bulfinch.consent.v1'> | EventOn<'bulfinch.delivery.v1'>;

/** The steps people are told of, in their order of mention; permits and packages are the house's own business. */
const toldOnTimeline: ReadonlySet<LaterEvent['type']> = new Set<LaterEvent['type']>([
  'org.bulfinch.normalization.normalization-started.v1',
  'org.bulfinch.normalization.record-normalized.v1',
  'org.bulfinch.normalization.record-held.v1',
  'org.bulfinch.normalization.record-hold-answered.v1',
  'org.bulfinch.normalization.documents-refused.v1',
  'org.bulfinch.consent.release-held.v1',
  'org.bulfinch.consent.hold-answered.v1',
  'org.bulfinch.consent.record-released.v1',
  'org.bulfinch.consent.release-refused.v1',
  'org.bulfinch.consent.gate-closed.v1',
  'org.bulfinch.consent.left-corrected.v1',
  'org.bulfinch.delivery.delivery-opened.v1',
  'org.bulfinch.delivery.attempt-started.v1',
  'org.bulfinch.delivery.attempt-failed.v1',
  'org.bulfinch.delivery.attempt-unknown.v1',
  'org.bulfinch.delivery.delivered.v1',
  'org.bulfinch.delivery.evidence-added.v1',
  'org.bulfinch.delivery.delivery-held.v1',
  'org.bulfinch.delivery.delivery-hold-answered.v1',
  'org.bulfinch.delivery.delivery-stopped.v1',
]);

/** One line of what happened. `what` is the fact's name, e.g. `record-normalized`. */
export interface TimelineEntry {
  readonly at: string;
  readonly what: string;
  readonly service: string;
}

/** The timeline line of a later event, or undefined where people are not told of it. */
export function timelineOf(event: Pick<LaterEvent, 'type' | 'time'>): TimelineEntry | undefined {
  if (!toldOnTimeline.has(event.type)) return undefined;
  const [, , service = '', what = ''] = event.type.split('.');
  return { at: event.time, what, service };
}

/** What is known after one more later event. Total: every event of the three topics has a place, also where it changes nothing here. */
export function follow(heard: Heard, event: LaterEvent): Heard {
  switch (event.type) {
    case 'org.bulfinch.normalization.normalization-started.v1':
    case 'org.bulfinch.normalization.record-normalized.v1':
    case 'org.bulfinch.normalization.record-held.v1':
    case 'org.bulfinch.normalization.record-hold-answered.v1':
    case 'org.bulfinch.normalization.documents-refused.v1':
    case 'org.bulfinch.normalization.transfer-withdrawn.v1':
      return { ...heard, normalization: followNormalization(heard.normalization, event) };
    case 'org.bulfinch.consent.review-started.v1':
    case 'org.bulfinch.consent.release-held.v1':
    case 'org.bulfinch.consent.hold-answered.v1':
    case 'org.bulfinch.consent.record-released.v1':
    case 'org.bulfinch.consent.release-refused.v1':
    case 'org.bulfinch.consent.permit-granted.v1':
    case 'org.bulfinch.consent.permit-refused.v1':
    case 'org.bulfinch.consent.permit-ended.v1':
    case 'org.bulfinch.consent.gate-closing.v1':
    case 'org.bulfinch.consent.gate-closed.v1':
    case 'org.bulfinch.consent.left-corrected.v1':
      return { ...heard, consent: followConsent(heard.consent, event) };
    case 'org.bulfinch.delivery.delivery-opened.v1':
    case 'org.bulfinch.delivery.package-built.v1':
    case 'org.bulfinch.delivery.permit-asked.v1':
    case 'org.bulfinch.delivery.permit-voided.v1':
    case 'org.bulfinch.delivery.attempt-started.v1':
    case 'org.bulfinch.delivery.attempt-failed.v1':
    case 'org.bulfinch.delivery.attempt-unknown.v1':
    case 'org.bulfinch.delivery.delivered.v1':
    case 'org.bulfinch.delivery.evidence-added.v1':
    case 'org.bulfinch.delivery.delivery-held.v1':
    case 'org.bulfinch.delivery.delivery-hold-answered.v1':
    case 'org.bulfinch.delivery.delivery-stopped.v1':
      return { ...heard, delivery: followDelivery(heard.delivery, event) };
    default:
      return assertNever(event);
  }
}

function followNormalization(part: Heard['normalization'], event: EventOn<'bulfinch.normalization.v1'>): Heard['normalization'] {
  switch (event.type) {
    case 'org.bulfinch.normalization.normalization-started.v1':
      return { ...part, startedAt: event.time };
    case 'org.bulfinch.normalization.record-normalized.v1':
      return { ...withoutHold(part), normalizedAt: event.time, report: event.data.ledger };
    case 'org.bulfinch.normalization.record-held.v1':
      return { ...part, hold: event.data.hold };
    case 'org.bulfinch.normalization.record-hold-answered.v1':
      return withoutHold(part);
    case 'org.bulfinch.normalization.documents-refused.v1':
      return { ...withoutHold(part), refused: { reason: event.data.reason, at: event.time } };
    case 'org.bulfinch.normalization.transfer-withdrawn.v1':
      return { ...withoutHold(part), withdrawnAt: event.time };
    default:
      return assertNever(event);
  }
}

function followConsent(part: Heard['consent'], event: EventOn<'bulfinch.consent.v1'>): Heard['consent'] {
  switch (event.type) {
    case 'org.bulfinch.consent.review-started.v1':
      return { ...part, reviewAt: event.time };
    case 'org.bulfinch.consent.release-held.v1':
      return { ...part, hold: event.data.hold };
    case 'org.bulfinch.consent.hold-answered.v1':
      return withoutHold(part);
    case 'org.bulfinch.consent.record-released.v1': {
      const { release, waiver } = event.data;
      return { ...withoutHold(part), released: { release, at: event.time, ...(waiver !== undefined && { waiver }) } };
    }
    case 'org.bulfinch.consent.release-refused.v1':
      return { ...withoutHold(part), refused: { reason: event.data.reason, at: event.time } };
    case 'org.bulfinch.consent.gate-closed.v1':
      return { ...withoutHold(part), closed: { because: event.data.because, left: event.data.left, at: event.time } };
    case 'org.bulfinch.consent.left-corrected.v1':
      return part.closed ? { ...part, closed: { ...part.closed, left: event.data.left } } : part;
    case 'org.bulfinch.consent.permit-granted.v1':
    case 'org.bulfinch.consent.permit-refused.v1':
    case 'org.bulfinch.consent.permit-ended.v1':
    case 'org.bulfinch.consent.gate-closing.v1':
      return part;
    default:
      return assertNever(event);
  }
}

function followDelivery(part: Heard['delivery'], event: EventOn<'bulfinch.delivery.v1'>): Heard['delivery'] {
  switch (event.type) {
    case 'org.bulfinch.delivery.delivery-opened.v1':
      return { ...part, opened: { deliveryId: event.data.deliveryId, at: event.time } };
    case 'org.bulfinch.delivery.attempt-started.v1':
      return { ...part, attempts: attemptsAfter(part, event, 'started') };
    case 'org.bulfinch.delivery.attempt-failed.v1':
      return { ...part, attempts: attemptsAfter(part, event, 'failed') };
    case 'org.bulfinch.delivery.attempt-unknown.v1':
      return { ...part, attempts: attemptsAfter(part, event, 'unknown') };
    case 'org.bulfinch.delivery.delivered.v1':
      return {
        ...withoutHold(part),
        attempts: attemptsAfter(part, event, 'delivered'),
        deliveredAt: part.deliveredAt ?? event.time,
        evidence: event.data.evidence.reduce(withEvidence, part.evidence ?? []),
      };
    case 'org.bulfinch.delivery.evidence-added.v1':
      return { ...part, evidence: withEvidence(part.evidence ?? [], event.data.evidence) };
    case 'org.bulfinch.delivery.delivery-held.v1':
      return { ...part, hold: event.data.hold };
    case 'org.bulfinch.delivery.delivery-hold-answered.v1':
      return withoutHold(part);
    case 'org.bulfinch.delivery.delivery-stopped.v1':
      return { ...withoutHold(part), stopped: { reason: event.data.reason, at: event.time } };
    case 'org.bulfinch.delivery.package-built.v1':
    case 'org.bulfinch.delivery.permit-asked.v1':
    case 'org.bulfinch.delivery.permit-voided.v1':
      return part;
    default:
      return assertNever(event);
  }
}

/** An outcome may be told late, of an earlier attempt: the count never falls. */
function attemptsAfter(
  part: Heard['delivery'],
  event: { readonly time: string; readonly data: { readonly attempt: number; readonly reason?: string; readonly nextAt?: string } },
  last: Attempts['last'],
): Attempts {
  const { attempt, reason, nextAt } = event.data;
  return {
    count: Math.max(attempt, part.attempts?.count ?? 0),
    last,
    at: event.time,
    ...(reason !== undefined && { reason }),
    ...(nextAt !== undefined && { nextAt }),
  };
}

/** Evidence is a set of coded facts: a fact told again keeps its first time. */
function withEvidence(evidence: readonly EvidenceFact[], fact: EvidenceFact): readonly EvidenceFact[] {
  return evidence.some((known) => known.fact === fact.fact) ? evidence : [...evidence, fact];
}

function withoutHold<Part extends { readonly hold?: Hold }>(part: Part): Omit<Part, 'hold'> {
  const { hold: _answered, ...rest } = part;
  return rest;
}
