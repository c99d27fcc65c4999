import { assertNever } from '#libs/shared/domain';
import type { Attempt, Delivery, DeliveryFact, Progress, TransferDeliveries } from './delivery.js';

/** The place of a fact: the id of the event it was published as. */
interface Place {
  readonly eventId: string | undefined;
}

export function evolve(state: TransferDeliveries, fact: DeliveryFact, place: Place): TransferDeliveries {
  if (fact.type === 'DeliveryOpened') return { deliveries: [...state.deliveries, opened(fact)] };
  return {
    deliveries: state.deliveries.map((delivery) => (delivery.deliveryId === fact.deliveryId ? evolveOne(delivery, fact, place) : delivery)),
  };
}

function opened(fact: Extract<DeliveryFact, { type: 'DeliveryOpened' }>): Delivery {
  return {
    deliveryId: fact.deliveryId,
    release: fact.release,
    patientId: fact.patientId,
    direction: fact.direction,
    content: fact.content,
    recipient: fact.recipient,
    gate: 'open',
    openedAt: fact.at,
    budgetFrom: fact.at,
    attempts: [],
    voids: 0,
    looks: 0,
    progress: { status: 'building' },
    evidence: [],
    acknowledgements: [],
    answers: [],
  };
}

function evolveOne(delivery: Delivery, fact: Exclude<DeliveryFact, { type: 'DeliveryOpened' }>, place: Place): Delivery {
  const { progress } = delivery;
  switch (fact.type) {
    case 'PackageBuilt':
      return { ...delivery, package: fact.package, packageMode: fact.mode, progress: { status: 'due', at: fact.at, look: false } };
    case 'PermitAsked': {
      if (place.eventId === undefined) throw new Error('a permit is asked for by an event: its id is the permit id');
      return { ...delivery, recipient: fact.recipient, progress: { status: 'asking', permitId: place.eventId, asker: fact.asker } };
    }
    case 'PermitHeard': {
      if (progress.status !== 'asking' || progress.asker === undefined) return delivery;
      return { ...delivery, progress: { status: 'permitted', permitId: fact.permitId, asker: progress.asker, lifeMs: fact.lifeMs } };
    }
    case 'AskLeft':
      return { ...delivery, progress: { status: 'asking', permitId: fact.permitId } };
    case 'PermitVoided': {
      const own = (progress.status === 'asking' || progress.status === 'permitted') && progress.permitId === fact.permitId;
      // The void of a permit that nobody waited for any more (already delivered) moves nothing.
      return own ? { ...delivery, voids: delivery.voids + 1, progress: { status: 'due', at: fact.nextAt, look: false } } : delivery;
    }
    case 'AttemptStarted': {
      if (progress.status !== 'permitted') return delivery;
      const attempt: Attempt = {
        number: fact.attempt,
        permitId: fact.permitId,
        startedAt: fact.at,
        recipientVersion: fact.recipientVersion,
      };
      return {
        ...delivery,
        voids: 0,
        attempts: [...delivery.attempts, attempt],
        progress: { status: 'sending', permitId: fact.permitId, asker: progress.asker },
      };
    }
    case 'AttemptFailed': {
      const next: Progress | undefined = fact.nextAt === undefined ? undefined : { status: 'due', at: fact.nextAt, look: false };
      return ended(delivery, fact, { outcome: 'failed', reason: fact.reason, httpStatus: fact.httpStatus, nextAt: fact.nextAt }, next);
    }
    case 'AttemptUnknown': {
      const next: Progress | undefined = fact.next && { status: 'due', ...fact.next };
      return ended(delivery, fact, { outcome: 'unknown', reason: fact.reason, httpStatus: fact.httpStatus, nextAt: fact.next?.at }, next);
    }
    case 'LookFoundNothing': {
      // The receiver has nothing under our identifier: what was unknown is now known not to have been taken.
      const attempts = delivery.attempts.map((attempt) =>
        attempt.outcome === 'unknown' ? { ...attempt, outcome: 'failed' as const } : attempt,
      );
      return { ...delivery, attempts, looks: 0, progress: { status: 'due', at: fact.at, look: false } };
    }
    case 'LookUnanswered':
      return { ...delivery, looks: delivery.looks + 1, progress: { status: 'due', at: fact.nextAt, look: true } };
    case 'Delivered': {
      const change = {
        outcome: 'delivered' as const,
        httpStatus: fact.httpStatus,
        location: fact.location,
        locations: fact.locations,
        reason: undefined,
        nextAt: undefined,
      };
      const after = ended(delivery, fact, change, { status: 'delivered', at: fact.at });
      const waitsForPerson = progress.status === 'held' && delivery.readBack?.status === 'different';
      return {
        ...after,
        // A late fact of an earlier attempt does not answer the person's question about what was read back.
        progress: waitsForPerson ? progress : { status: 'delivered', at: fact.at },
        ...(fact.readBackAt === undefined || delivery.readBack ? {} : { readBack: { status: 'due', at: fact.readBackAt, tries: 0 } }),
        evidence: [...delivery.evidence, ...fact.evidence],
      };
    }
    case 'ReadBackEqual':
      return { ...delivery, readBack: { status: 'equal', at: fact.at }, evidence: [...delivery.evidence, fact.evidence] };
    case 'ReadBackDifferent':
      return { ...delivery, readBack: { status: 'different', difference: fact.difference, at: fact.at } };
    case 'ReadBackUnreadable':
      return { ...delivery, readBack: { status: 'unreadable', at: fact.at } };
    case 'ReadBackUnanswered': {
      const tries = delivery.readBack?.status === 'due' ? delivery.readBack.tries + 1 : 1;
      return { ...delivery, readBack: { status: 'due', at: fact.nextAt, tries } };
    }
    case 'Acknowledged':
      return {
        ...delivery,
        evidence: [...delivery.evidence, fact.evidence],
        acknowledgements: [...delivery.acknowledgements, fact.acknowledgement],
      };
    case 'DeliveryHeld':
      return { ...delivery, progress: { status: 'held', hold: fact.hold } };
    case 'HoldAnswered':
      return holdAnswered(delivery, fact);
    case 'GateShut':
      return { ...delivery, gate: fact.gate };
    case 'DeliveryStopped':
      return { ...delivery, progress: { status: 'stopped', reason: fact.reason, at: fact.at } };
    default:
      return assertNever(fact);
  }
}

function holdAnswered(delivery: Delivery, fact: Extract<DeliveryFact, { type: 'HoldAnswered' }>): Delivery {
  const { holdId, decision, reason, actor, at, recipient } = fact;
  const answered = { ...delivery, answers: [...delivery.answers, { holdId, decision, reason, actor, at }] };
  if (decision === 'send-again') {
    // What is sent now is read back anew.
    const { readBack: _before, ...afresh } = answered;
    // Built once for a way of sending; a person who sends it another way has it built for that.
    const isBuilt = (delivery.packageMode ?? 'document') === (recipient.mode ?? 'document');
    const progress: Progress = isBuilt ? { status: 'due', at, look: false } : { status: 'building' };
    return { ...afresh, recipient, budgetFrom: at, progress };
  }
  const arrived = delivery.attempts.findLast((attempt) => attempt.outcome === 'delivered');
  return arrived ? { ...answered, progress: { status: 'delivered', at: arrived.endedAt ?? at } } : answered;
}

/** Writes the end of an attempt; the delivery moves on only where it was this attempt's sending that it waited for. */
function ended(
  delivery: Delivery,
  fact: { readonly permitId: string; readonly at: number },
  change: Partial<Attempt>,
  next: Progress | undefined,
): Delivery {
  const attempts = delivery.attempts.map((attempt) =>
    attempt.permitId === fact.permitId ? withoutUndefined({ ...attempt, ...change, endedAt: attempt.endedAt ?? fact.at }) : attempt,
  );
  const isCurrent = delivery.progress.status === 'sending' && delivery.progress.permitId === fact.permitId;
  return { ...delivery, attempts, progress: isCurrent && next ? next : delivery.progress };
}

/** Storage would keep an undefined field as null, which is another thing. */
function withoutUndefined<Whole extends object>(whole: Whole): Whole {
  // The cast is right: only fields that may be absent can be undefined.
  return Object.fromEntries(Object.entries(whole).filter(([, value]) => value !== undefined)) as Whole;
}
