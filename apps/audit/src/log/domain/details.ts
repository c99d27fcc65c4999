import type { AccessData, Actor, TransferFacts } from '#libs/contracts';
import type { Details } from './entry-details.js';
import type { AnyEvent } from './event.js';

type DetailsOf<Type extends AnyEvent['type']> = (event: Extract<AnyEvent, { type: Type }>) => Details;

/**
 * What each kind of event puts into its entry: a kind that is new in the contract does not compile before it has its line here.
 * Left out on purpose: references to blobs, sizes, and whatever would hint at what was withheld.
 */
const table: { readonly [Type in AnyEvent['type']]: DetailsOf<Type> } = {
  'org.bulfinch.ingestion.transfer-created.v1': (event) => ({ ...inTransfer(event), ...facts(event.data) }),
  'org.bulfinch.ingestion.document-received.v1': (event) => ({
    ...inTransfer(event),
    documentId: event.data.documentId,
    documentType: event.data.type,
    actor: event.data.actor,
  }),
  'org.bulfinch.ingestion.document-described.v1': (event) => ({
    ...inTransfer(event),
    documentId: event.data.documentId,
    actor: event.data.actor,
    action: 'describe',
  }),
  'org.bulfinch.ingestion.transfer-submitted.v1': (event) => ({
    ...inTransfer(event),
    ...facts(event.data.facts),
    actor: event.data.actor,
    count: event.data.documents.length,
  }),
  'org.bulfinch.ingestion.transfer-cancelled.v1': (event) => ({ ...inTransfer(event), actor: event.data.actor, action: event.data.how }),

  'org.bulfinch.normalization.normalization-started.v1': (event) => ({ ...inTransfer(event), count: event.data.documents }),
  'org.bulfinch.normalization.record-normalized.v1': (event) => ({
    ...inTransfer(event),
    ...factsWithoutActor(event.data.facts),
    count: event.data.documentIds.length,
  }),
  'org.bulfinch.normalization.record-held.v1': (event) => ({ ...inTransfer(event), ...held(event.data.hold) }),
  'org.bulfinch.normalization.record-hold-answered.v1': (event) => ({ ...inTransfer(event), ...event.data }),
  'org.bulfinch.normalization.documents-refused.v1': (event) => ({ ...inTransfer(event), ...event.data }),
  'org.bulfinch.normalization.transfer-withdrawn.v1': (event) => ({
    ...inTransfer(event),
    actor: event.data.actor,
    action: event.data.how,
  }),

  'org.bulfinch.consent.review-started.v1': (event) => ({ ...inTransfer(event), patientId: event.data.patientId }),
  'org.bulfinch.consent.release-held.v1': (event) => ({ ...inTransfer(event), ...held(event.data.hold) }),
  'org.bulfinch.consent.hold-answered.v1': (event) => ({ ...inTransfer(event), ...event.data }),
  'org.bulfinch.consent.record-released.v1': (event) => ({
    ...inTransfer(event),
    ...factsWithoutActor(event.data.facts),
    release: event.data.release,
    sha256: event.data.sha256,
    decisionRef: event.data.decisionRef,
    ...(event.data.waiver === undefined ? {} : { waiver: event.data.waiver }),
  }),
  'org.bulfinch.consent.release-refused.v1': (event) => ({ ...inTransfer(event), ...event.data }),
  'org.bulfinch.consent.permit-granted.v1': (event) => ({
    ...inTransfer(event),
    permitId: event.data.permitId,
    release: event.data.release,
  }),
  'org.bulfinch.consent.permit-refused.v1': (event) => ({ ...inTransfer(event), ...event.data }),
  'org.bulfinch.consent.permit-ended.v1': (event) => ({ ...inTransfer(event), ...event.data }),
  'org.bulfinch.consent.gate-closing.v1': (event) => ({ ...inTransfer(event), ...event.data }),
  'org.bulfinch.consent.gate-closed.v1': (event) => ({ ...inTransfer(event), ...event.data }),
  'org.bulfinch.consent.left-corrected.v1': (event) => ({ ...inTransfer(event), ...event.data }),

  'org.bulfinch.delivery.delivery-opened.v1': (event) => ({ ...inTransfer(event), ...event.data }),
  'org.bulfinch.delivery.package-built.v1': (event) => ({
    ...inTransfer(event),
    deliveryId: event.data.deliveryId,
    release: event.data.release,
    sha256: event.data.sha256,
  }),
  // The id of the asking event is the permit's (design.md section 5).
  'org.bulfinch.delivery.permit-asked.v1': (event) => ({ ...inTransfer(event), ...event.data, permitId: event.id }),
  'org.bulfinch.delivery.permit-voided.v1': (event) => ({ ...inTransfer(event), ...event.data }),
  'org.bulfinch.delivery.attempt-started.v1': (event) => ({
    ...inTransfer(event),
    ...event.data,
    disclosure: { deliveryId: event.data.deliveryId, release: event.data.release, since: event.time },
  }),
  'org.bulfinch.delivery.attempt-failed.v1': (event) => ({ ...inTransfer(event), ...ended(event.data) }),
  'org.bulfinch.delivery.attempt-unknown.v1': (event) => ({ ...inTransfer(event), ...ended(event.data) }),
  'org.bulfinch.delivery.delivered.v1': (event) => ({
    ...inTransfer(event),
    ...event.data,
    evidence: event.data.evidence.map((evidence) => evidence.fact),
  }),
  'org.bulfinch.delivery.evidence-added.v1': (event) => ({
    ...inTransfer(event),
    deliveryId: event.data.deliveryId,
    release: event.data.release,
    evidence: [event.data.evidence.fact],
    action: event.data.how,
    ...by(event.data.actor),
  }),
  'org.bulfinch.delivery.delivery-held.v1': (event) => ({
    ...inTransfer(event),
    deliveryId: event.data.deliveryId,
    release: event.data.release,
    ...held(event.data.hold),
  }),
  'org.bulfinch.delivery.delivery-hold-answered.v1': (event) => ({ ...inTransfer(event), ...event.data }),
  'org.bulfinch.delivery.delivery-stopped.v1': (event) => ({ ...inTransfer(event), ...event.data }),

  'org.bulfinch.delivery.party-changed.v1': (event) => ({
    recipientId: event.subject,
    recipientVersion: event.data.version,
    countries: event.data.countries,
    actor: event.data.actor,
    action: event.data.suspended ? 'suspend' : 'change',
  }),

  'org.bulfinch.consent.consent-given.v1': (event) => ({
    consentIds: [event.subject],
    patientId: event.data.patientId,
    actor: event.data.actor,
  }),
  'org.bulfinch.consent.revocation-received.v1': (event) => ({
    consentIds: [event.subject],
    patientId: event.data.patientId,
    actor: event.data.actor,
    action: event.data.form,
    decision: event.data.by,
  }),
  'org.bulfinch.consent.revocation-accepted.v1': (event) => ({ consentIds: [event.subject], patientId: event.data.patientId }),
  'org.bulfinch.consent.revocation-confirmed.v1': (event) => ({
    consentIds: [event.subject],
    patientId: event.data.patientId,
    count: event.data.transfers.length,
  }),

  'org.bulfinch.ingestion.patients-joined.v1': (event) => linked(event.data, 'join'),
  'org.bulfinch.ingestion.patients-parted.v1': (event) => linked(event.data, 'part'),

  'org.bulfinch.ingestion.access-recorded.v1': (event) => looked(event.data),
  'org.bulfinch.normalization.access-recorded.v1': (event) => looked(event.data),
  'org.bulfinch.consent.access-recorded.v1': (event) => looked(event.data),
  'org.bulfinch.delivery.access-recorded.v1': (event) => looked(event.data),
  'org.bulfinch.audit.access-recorded.v1': (event) => looked(event.data),

  'org.bulfinch.ingestion.parked-decided.v1': (event) => operated(event.data),
  'org.bulfinch.normalization.parked-decided.v1': (event) => operated(event.data),
  'org.bulfinch.consent.parked-decided.v1': (event) => operated(event.data),
  'org.bulfinch.delivery.parked-decided.v1': (event) => operated(event.data),
  'org.bulfinch.audit.parked-decided.v1': (event) => operated(event.data),
};

export function detailsOf(event: AnyEvent): Details {
  // The cast is what the table's type says: the line found under a type takes events of that type.
  const detailsOfType = table[event.type] as (event: AnyEvent) => Details;
  return detailsOfType(event);
}

function inTransfer(event: { readonly subject: string }): Details {
  return { transferId: event.subject };
}

function facts(of: TransferFacts): Details {
  return { ...factsWithoutActor(of), actor: of.actor };
}

/** A service that passes the facts on does not act for the person who opened the transfer. */
function factsWithoutActor(of: TransferFacts): Details {
  return {
    patientId: of.patientId,
    referralId: of.referralId,
    senderId: of.senderId,
    recipientId: of.recipientId,
    direction: of.direction,
    purpose: of.purpose,
    basis: of.basis,
    consentIds: of.consentIds,
  };
}

/** The stop without its owner, deadline and next step: these are for the service's own pages. */
function held(hold: { readonly id: string; readonly kind: string }): Details {
  return { holdId: hold.id, holdKind: hold.kind };
}

interface EndedAttempt {
  readonly deliveryId: string;
  readonly release: number;
  readonly attempt: number;
  readonly permitId: string;
  readonly reason: string;
  readonly httpStatus?: number;
}

function ended({ deliveryId, release, attempt, permitId, reason, httpStatus }: EndedAttempt): Details {
  return { deliveryId, release, attempt, permitId, reason, ...(httpStatus === undefined ? {} : { httpStatus }) };
}

function looked(data: AccessData): Details {
  const { kind, id } = data.object;
  return {
    action: data.action,
    object: data.object,
    actor: data.actor,
    ...(kind === 'transfer' && id !== undefined ? { transferId: id } : {}),
    ...(kind === 'referral' && id !== undefined ? { referralId: id } : {}),
    ...(kind === 'recipient' && id !== undefined ? { recipientId: id } : {}),
    ...(data.patientId === undefined ? {} : { patientId: data.patientId }),
  };
}

function linked(data: { readonly patientId: string; readonly to: string; readonly actor: Actor }, action: 'join' | 'part'): Details {
  return { action, patientId: data.patientId, object: { kind: 'patient', id: data.to }, actor: data.actor };
}

function operated(data: { readonly actor: Actor; readonly action: 'retry' | 'discard'; readonly caseId: string }): Details {
  return { action: data.action, object: { kind: 'parked', id: data.caseId }, actor: data.actor };
}

function by(actor: Actor | undefined): Details {
  return actor === undefined ? {} : { actor };
}
