import { z } from 'zod';
import { eventKind } from './envelope.js';
import { exampleActor, exampleBlob, exampleFacts, exampleIds, exampleInstant, exampleTransferId } from './examples.js';
import { actor, blobRef, hold, instant, permitId, sha256Hex, transferFacts } from './words.js';

/** Topic `bulfinch.consent.v1`, subject = transferId. No rule id, protected kind, consent kind or withheld count is ever in here (domain.md section 6). */
const decisionRef = z.string().regex(/^[0-9a-f-]{36}$/);
const whatLeft = z.enum(['nothing', 'left', 'not-known-yet']);

export const reviewStarted = eventKind({
  service: 'consent',
  fact: 'review-started',
  says: 'The record was taken up: what may leave is being decided.',
  data: z.object({ patientId: z.uuid() }),
  example: { patientId: exampleIds.patient },
});

export const releaseHeld = eventKind({
  service: 'consent',
  fact: 'release-held',
  says: 'A person must decide before anything leaves.',
  data: z.object({ hold }),
  example: {
    hold: {
      id: exampleIds.hold,
      kind: 'review',
      service: 'consent',
      owner: 'reviewer',
      since: exampleInstant,
      until: exampleInstant,
      next: 'answer-hold',
    },
  },
});

export const holdAnswered = eventKind({
  service: 'consent',
  fact: 'hold-answered',
  says: 'A person answered the hold; the reason lies in the service.',
  data: z.object({ holdId: z.uuid(), decision: z.enum(['release', 'refuse']), actor }),
  example: { holdId: exampleIds.hold, decision: 'release', actor: exampleActor },
});

export const recordReleased = eventKind({
  service: 'consent',
  fact: 'record-released',
  says: 'A numbered release was written and sealed to delivery; its gate is open.',
  data: z.object({
    facts: transferFacts,
    release: z.int().positive(),
    content: blobRef,
    sha256: sha256Hex,
    decisionRef,
    /** Name of the policy under which unread content leaves without a reviewer's look, where one was used. */
    waiver: z
      .string()
      .regex(/^[a-z][a-z0-9-]{0,59}$/)
      .optional(),
    availableUntil: instant.optional(),
  }),
  example: {
    facts: exampleFacts,
    release: 1,
    content: exampleBlob,
    sha256: exampleBlob.sha256,
    decisionRef: exampleIds.hold,
    waiver: 'embedded-demo',
  },
});

export const releaseRefused = eventKind({
  service: 'consent',
  fact: 'release-refused',
  says: 'Nothing may leave to this recipient for this purpose on this authority.',
  data: z.object({
    reason: z.enum([
      'no-authority',
      'consent-missing',
      'consent-not-active',
      'consent-expired',
      'consent-other-patient',
      'consent-does-not-cover',
      'person-refused',
      'recipient-not-verified',
    ]),
    decisionRef,
  }),
  example: { reason: 'consent-not-active', decisionRef: exampleIds.hold },
});

export const permitGranted = eventKind({
  service: 'consent',
  fact: 'permit-granted',
  says: 'Bytes of this release may leave for the life of the permit, counted from before it was asked for.',
  data: z.object({ permitId, release: z.int().positive(), lifeMs: z.int().positive() }),
  example: { permitId: `bulfinch.delivery.v1/${exampleTransferId}/2`, release: 1, lifeMs: 30_000 },
});

export const permitRefused = eventKind({
  service: 'consent',
  fact: 'permit-refused',
  says: 'No byte may leave under this ask.',
  data: z.object({
    permitId,
    release: z.int().positive(),
    reason: z.enum(['gate-not-open', 'consent-not-active', 'consent-expired', 'no-such-release']),
  }),
  example: { permitId: `bulfinch.delivery.v1/${exampleTransferId}/2`, release: 1, reason: 'gate-not-open' },
});

export const permitEnded = eventKind({
  service: 'consent',
  fact: 'permit-ended',
  says: 'A permit was taken off because the attempt it was for is over.',
  data: z.object({ permitId }),
  example: { permitId: `bulfinch.delivery.v1/${exampleTransferId}/2` },
});

export const gateClosing = eventKind({
  service: 'consent',
  fact: 'gate-closing',
  says: 'No permit is given any more; open ones run out.',
  data: z.object({ because: z.enum(['revoked', 'cancelled', 'recalled', 'expired']) }),
  example: { because: 'revoked' },
});

export const gateClosed = eventKind({
  service: 'consent',
  fact: 'gate-closed',
  says: 'Nothing leaves any more; what had left before.',
  data: z.object({ because: z.enum(['revoked', 'cancelled', 'recalled', 'expired']), left: whatLeft }),
  example: { because: 'revoked', left: 'nothing' },
});

export const leftCorrected = eventKind({
  service: 'consent',
  fact: 'left-corrected',
  says: 'A fact that came after the gate was closed corrects what had left.',
  data: z.object({ left: whatLeft }),
  example: { left: 'left' },
});

export const consentEvents = [
  reviewStarted,
  releaseHeld,
  holdAnswered,
  recordReleased,
  releaseRefused,
  permitGranted,
  permitRefused,
  permitEnded,
  gateClosing,
  gateClosed,
  leftCorrected,
] as const;
