import type { DraftOn } from '#libs/contracts';
import { assertNever } from '#libs/shared/domain';
import type { DeliveryFact } from './delivery.js';

/** Epoch ms as events write instants. */
export function instantOf(atMs: number): string {
  return new Date(atMs).toISOString();
}

/** The event of a fact; undefined for bookkeeping. Locations, names, reasons and addresses stay behind. */
export function publish(fact: DeliveryFact): DraftOn<'bulfinch.delivery.v1'> | undefined {
  const ofDelivery = { deliveryId: fact.deliveryId, release: fact.release };
  const ofAttempt = 'permitId' in fact && 'attempt' in fact ? { ...ofDelivery, attempt: fact.attempt, permitId: fact.permitId } : undefined;
  switch (fact.type) {
    case 'DeliveryOpened': {
      const { recipientId, version, country } = fact.recipient;
      return { type: 'org.bulfinch.delivery.delivery-opened.v1', data: { ...ofDelivery, recipientId, recipientVersion: version, country } };
    }
    case 'PackageBuilt':
      return {
        type: 'org.bulfinch.delivery.package-built.v1',
        data: { ...ofDelivery, sha256: fact.package.sha256, sizeBytes: fact.package.sizeBytes },
      };
    case 'PermitAsked':
      return { type: 'org.bulfinch.delivery.permit-asked.v1', data: { ...ofDelivery, attempt: fact.attempt } };
    case 'PermitVoided':
      return { type: 'org.bulfinch.delivery.permit-voided.v1', data: attemptOf(ofAttempt) };
    case 'AttemptStarted':
      return {
        type: 'org.bulfinch.delivery.attempt-started.v1',
        data: { ...attemptOf(ofAttempt), recipientId: fact.recipientId, recipientVersion: fact.recipientVersion },
      };
    case 'AttemptFailed':
      return { type: 'org.bulfinch.delivery.attempt-failed.v1', data: { ...attemptOf(ofAttempt), ...why(fact), ...next(fact.nextAt) } };
    case 'AttemptUnknown':
      return { type: 'org.bulfinch.delivery.attempt-unknown.v1', data: { ...attemptOf(ofAttempt), ...why(fact), ...next(fact.next?.at) } };
    case 'Delivered':
      return {
        type: 'org.bulfinch.delivery.delivered.v1',
        data: { ...attemptOf(ofAttempt), recipientId: fact.recipientId, evidence: [...fact.evidence] },
      };
    case 'ReadBackEqual':
      return { type: 'org.bulfinch.delivery.evidence-added.v1', data: { ...ofDelivery, evidence: fact.evidence, how: 'read-back' } };
    case 'Acknowledged': {
      const { how, actor } = fact.acknowledgement;
      return { type: 'org.bulfinch.delivery.evidence-added.v1', data: { ...ofDelivery, evidence: fact.evidence, how, actor } };
    }
    case 'DeliveryHeld':
      return { type: 'org.bulfinch.delivery.delivery-held.v1', data: { ...ofDelivery, hold: fact.hold } };
    case 'HoldAnswered': {
      const { holdId, decision, actor } = fact;
      return { type: 'org.bulfinch.delivery.delivery-hold-answered.v1', data: { ...ofDelivery, holdId, decision, actor } };
    }
    case 'DeliveryStopped':
      return { type: 'org.bulfinch.delivery.delivery-stopped.v1', data: { ...ofDelivery, reason: fact.reason } };
    case 'PermitHeard':
    case 'AskLeft':
    case 'LookFoundNothing':
    case 'LookUnanswered':
    case 'ReadBackDifferent':
    case 'ReadBackUnreadable':
    case 'ReadBackUnanswered':
    case 'GateShut':
      return undefined;
    default:
      return assertNever(fact);
  }
}

function attemptOf<Identity>(identity: Identity | undefined): Identity {
  if (identity === undefined) throw new Error('a fact about an attempt names its attempt and permit');
  return identity;
}

function why<Reason>(fact: { readonly reason: Reason; readonly httpStatus?: number }): { reason: Reason; httpStatus?: number } {
  return { reason: fact.reason, ...(fact.httpStatus === undefined ? {} : { httpStatus: fact.httpStatus }) };
}

function next(atMs: number | undefined): { nextAt?: string } {
  return atMs === undefined ? {} : { nextAt: instantOf(atMs) };
}
