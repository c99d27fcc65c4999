/** A history of one delivery in facts, for the specs of the domain. */
import { deliveryDefinition } from '../delivery/domain/definition.js';
import type { AttemptOutcome, DeliveryFact, DeliveryInput, RecipientFacts } from '../delivery/domain/delivery.js';

export const policy = { firstMs: 1000, maxMs: 60_000, budgetMs: 72 * 3600 * 1000 };
export const domain = deliveryDefinition(policy);
export const { due } = domain;
export const t0 = Date.parse('2026-11-24T12:00:00.000Z');
export const at = (ms: number) => new Date(t0 + ms).toISOString();
export const deliveryId = '7f6e5d4c-3b2a-4190-8f7e-6d5c4b3a2906';
export const holdId = '1c2d3e4f-5a6b-4c7d-8e9f-0a1b2c3d4e07';
export const ofDelivery = { deliveryId, release: 1 };
export const blob = { blobId: '9a8b7c6d-5e4f-4a3b-8c1d-0e9f8a7b6c04', sha256: 'a'.repeat(64), sizeBytes: 100 };
export const actor = { kind: 'user', id: 'staff-17' } as const;
export const clinic: RecipientFacts = {
  recipientId: 'clinica-lisboa',
  version: 1,
  country: 'PT',
  channelHash: 'c'.repeat(64),
  suspended: false,
  retry: 'dedupes',
  answerTimeoutMs: 60_000,
  notTaken: [],
};
export const searchable: RecipientFacts = { ...clinic, retry: 'searchable', settleMs: 5000 };
export const blind: RecipientFacts = { ...clinic, retry: 'blind' };

export const release = { type: 'Released', deliveryId, release: 1, patientId: 'p', direction: 'outbound', content: blob, now: t0 } as const;
export const opened = (recipient = clinic): DeliveryFact => ({
  type: 'DeliveryOpened',
  ...ofDelivery,
  patientId: 'p',
  direction: 'outbound',
  content: blob,
  recipient,
  at: t0,
});
export const built: DeliveryFact = { type: 'PackageBuilt', ...ofDelivery, package: blob, mode: 'document', at: t0 };
export const asked = (recipient = clinic, attempt = 1): DeliveryFact => ({
  type: 'PermitAsked',
  ...ofDelivery,
  attempt,
  asker: 'run-1',
  recipient,
});
/** The n-th fact of a history has the place test/case/n. */
export const permit = (place: number) => `test/case/${place}`;
export const heard = (place: number): DeliveryFact => ({ type: 'PermitHeard', ...ofDelivery, permitId: permit(place), lifeMs: 30_000 });
export const started = (place: number, attempt = 1): DeliveryFact => ({
  type: 'AttemptStarted',
  ...ofDelivery,
  attempt,
  permitId: permit(place),
  recipientId: 'clinica-lisboa',
  recipientVersion: 1,
  at: t0,
});
export const sending = (recipient = clinic) => [opened(recipient), built, asked(recipient), heard(3), started(3)];
export const gateShut: DeliveryFact = { type: 'GateShut', ...ofDelivery, gate: 'closing' };
export const unknownFact = (
  place: number,
  reason: 'no-answer' | 'worker-lost' | 'conflict',
  next?: { at: number; look: boolean },
): DeliveryFact => ({
  type: 'AttemptUnknown',
  ...ofDelivery,
  attempt: 1,
  permitId: permit(place),
  reason,
  at: t0,
  ...(next ? { next } : {}),
});
export const stop = (
  reason: 'permit-refused' | 'refused-by-receiver' | 'budget-spent' | 'person-gave-up' | 'recipient-unknown',
  now = t0,
): DeliveryFact => ({
  type: 'DeliveryStopped',
  ...ofDelivery,
  reason,
  at: now,
});
export const holdFact = (kind: 'operator' | 'recipient', since = t0): DeliveryFact => ({
  type: 'DeliveryHeld',
  ...ofDelivery,
  hold: {
    id: holdId,
    kind,
    service: 'delivery',
    owner: 'records-staff',
    since: new Date(since).toISOString(),
    until: new Date(since + 72 * 3600 * 1000).toISOString(),
    next: kind === 'operator' ? 'decide-unknown-outcome' : 'fix-recipient',
  },
});
export const ended = (place: number, outcome: AttemptOutcome, now = t0): DeliveryInput => ({
  type: 'Ended',
  deliveryId,
  permitId: permit(place),
  outcome,
  now,
  jitter: 1,
  holdId,
});
export const ask = (recipient: RecipientFacts | undefined, now = t0): DeliveryInput => ({
  type: 'Ask',
  deliveryId,
  asker: 'run-1',
  recipient,
  now,
  holdId,
});
export const looked = (result: 'equal' | 'none' | 'different' | 'unsearchable' | 'unanswered', now = t0): DeliveryInput => ({
  type: 'Looked',
  deliveryId,
  result,
  now,
  jitter: 1,
  holdId,
});
export const stored: AttemptOutcome = { type: 'delivered', evidence: ['handed', 'stored'], httpStatus: 201, location: 'Bundle/7' };
export const delivered = (place: number, now = t0, attempt = 1): DeliveryFact => ({
  type: 'Delivered',
  ...ofDelivery,
  attempt,
  permitId: permit(place),
  recipientId: 'clinica-lisboa',
  evidence: [
    { fact: 'handed', at: new Date(now).toISOString() },
    { fact: 'stored', at: new Date(now).toISOString() },
  ],
  httpStatus: 201,
  location: 'Bundle/7',
  at: now,
  readBackAt: now + policy.firstMs,
});
