import { z } from 'zod';
import { eventKind } from './envelope.js';
import { exampleActor, exampleBlob, exampleIds, exampleInstant } from './examples.js';
import { actor, hold, instant, partyId, permitId, sha256Hex } from './words.js';

/** Topic `bulfinch.delivery.v1`, subject = transferId. An event's own id is the permit id where it asks for one. */
const ofDelivery = { deliveryId: z.uuid(), release: z.int().positive() };
const ofAttempt = { ...ofDelivery, attempt: z.int().positive(), permitId };
const examplePermit = 'bulfinch.delivery.v1/0193a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b/2';
const exampleAttempt = { deliveryId: exampleIds.delivery, release: 1, attempt: 1, permitId: examplePermit };
/** Why an attempt did not end with a 2xx: a code, never the receiver's words. */
const attemptReason = z.enum([
  'not-connected',
  'http-4xx',
  'http-5xx',
  'not-taken',
  'connection-lost',
  'no-answer',
  'permit-over',
  'conflict',
  'worker-lost',
  'answer-not-readable',
]);
/** Coded facts of evidence (domain.md section 5); the level is derived from them. */
export const evidenceFact = z.object({
  fact: z.enum(['handed', 'fetched', 'unlocked', 'identified', 'stored', 'taken', 'acknowledged', 'countersigned']),
  at: instant,
});
export type EvidenceFact = z.infer<typeof evidenceFact>;

export const deliveryOpened = eventKind({
  service: 'delivery',
  fact: 'delivery-opened',
  says: 'A delivery of the release to the recipient was opened; its identity stays through all attempts.',
  data: z.object({ ...ofDelivery, recipientId: partyId, recipientVersion: z.int().positive(), country: z.string().length(2) }),
  example: { deliveryId: exampleIds.delivery, release: 1, recipientId: 'clinica-lisboa', recipientVersion: 1, country: 'PT' },
});

export const packageBuilt = eventKind({
  service: 'delivery',
  fact: 'package-built',
  says: 'The package was built once and stored; every attempt sends these bytes.',
  data: z.object({ ...ofDelivery, sha256: sha256Hex, sizeBytes: z.int().positive() }),
  example: { deliveryId: exampleIds.delivery, release: 1, sha256: exampleBlob.sha256, sizeBytes: 38_211 },
});

export const permitAsked = eventKind({
  service: 'delivery',
  fact: 'permit-asked',
  says: 'Delivery asks consent whether bytes may leave now. The id of this event is the permit id.',
  data: z.object({ ...ofDelivery, attempt: z.int().positive() }),
  example: { deliveryId: exampleIds.delivery, release: 1, attempt: 1 },
});

export const permitVoided = eventKind({
  service: 'delivery',
  fact: 'permit-voided',
  says: 'A permit was not used: its life was over or its asker was gone.',
  data: z.object(ofAttempt),
  example: exampleAttempt,
});

export const attemptStarted = eventKind({
  service: 'delivery',
  fact: 'attempt-started',
  says: 'Written before the first byte of the attempt: from here on a disclosure is possible.',
  data: z.object({ ...ofAttempt, recipientId: partyId, recipientVersion: z.int().positive() }),
  example: { ...exampleAttempt, recipientId: 'clinica-lisboa', recipientVersion: 1 },
});

export const attemptFailed = eventKind({
  service: 'delivery',
  fact: 'attempt-failed',
  says: 'The attempt is known not to have been taken; the next one is due at `nextAt`, or there is none.',
  data: z.object({ ...ofAttempt, reason: attemptReason, httpStatus: z.int().min(100).max(599).optional(), nextAt: instant.optional() }),
  example: { ...exampleAttempt, reason: 'not-connected', nextAt: exampleInstant },
});

export const attemptUnknown = eventKind({
  service: 'delivery',
  fact: 'attempt-unknown',
  says: 'Nobody knows whether the receiver has it: an unknown outcome is a possible disclosure.',
  data: z.object({ ...ofAttempt, reason: attemptReason, httpStatus: z.int().min(100).max(599).optional(), nextAt: instant.optional() }),
  example: { ...exampleAttempt, reason: 'http-5xx', httpStatus: 502, nextAt: exampleInstant },
});

export const delivered = eventKind({
  service: 'delivery',
  fact: 'delivered',
  says: 'The receiver has stored the package.',
  data: z.object({ ...ofAttempt, recipientId: partyId, evidence: z.array(evidenceFact).max(8) }),
  example: { ...exampleAttempt, recipientId: 'clinica-lisboa', evidence: [{ fact: 'stored', at: exampleInstant }] },
});

export const evidenceAdded = eventKind({
  service: 'delivery',
  fact: 'evidence-added',
  says: 'A further fact about how far the delivery got.',
  data: z.object({ ...ofDelivery, evidence: evidenceFact, how: z.enum(['read-back', 'portal', 'phone', 'fhir']), actor: actor.optional() }),
  example: {
    deliveryId: exampleIds.delivery,
    release: 1,
    evidence: { fact: 'acknowledged', at: exampleInstant },
    how: 'phone',
    actor: exampleActor,
  },
});

export const deliveryHeld = eventKind({
  service: 'delivery',
  fact: 'delivery-held',
  says: 'A person must decide: the recipient changed, or an outcome is unknown and cannot be looked up.',
  data: z.object({ ...ofDelivery, hold }),
  example: {
    deliveryId: exampleIds.delivery,
    release: 1,
    hold: {
      id: exampleIds.hold,
      kind: 'operator',
      service: 'delivery',
      owner: 'records-staff',
      since: exampleInstant,
      until: exampleInstant,
      next: 'decide-unknown-outcome',
    },
  },
});

export const deliveryHoldAnswered = eventKind({
  service: 'delivery',
  fact: 'delivery-hold-answered',
  says: 'A person answered the hold; the reason lies in the service.',
  data: z.object({ ...ofDelivery, holdId: z.uuid(), decision: z.enum(['send-again', 'was-received', 'give-up']), actor }),
  example: { deliveryId: exampleIds.delivery, release: 1, holdId: exampleIds.hold, decision: 'was-received', actor: exampleActor },
});

export const deliveryStopped = eventKind({
  service: 'delivery',
  fact: 'delivery-stopped',
  says: 'The delivery ended without a further attempt.',
  data: z.object({
    ...ofDelivery,
    reason: z.enum(['permit-refused', 'refused-by-receiver', 'budget-spent', 'person-gave-up', 'recipient-unknown']),
  }),
  example: { deliveryId: exampleIds.delivery, release: 1, reason: 'permit-refused' },
});

export const deliveryEvents = [
  deliveryOpened,
  packageBuilt,
  permitAsked,
  permitVoided,
  attemptStarted,
  attemptFailed,
  attemptUnknown,
  delivered,
  evidenceAdded,
  deliveryHeld,
  deliveryHoldAnswered,
  deliveryStopped,
] as const;
