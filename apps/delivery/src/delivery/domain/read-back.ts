import { accept, assertNever, type Decision, refuse } from '#libs/shared/domain';
import { held } from './after-attempt.js';
import type { Delivery, DeliveryFact, DeliveryInput, DeliveryRefusal } from './delivery.js';
import { instantOf } from './publish.js';
import { type RetryPolicy, waitMs } from './retry.js';

/** Asks for what was stored that may stay without an answer: beyond, the receiver is left in peace and *stored* is all that is known. */
const readBackTriesMax = 6;

/**
 * What reading back has shown (domain.md section 5): equal is *taken*; different is for a person, for what the recipient holds is not what was
 * released; where nothing can be read, *stored* stays all that is known.
 */
export function readBack(
  policy: RetryPolicy,
  delivery: Delivery,
  input: Extract<DeliveryInput, { type: 'ReadBack' }>,
): Decision<DeliveryFact, DeliveryRefusal> {
  if (delivery.readBack?.status !== 'due') return refuse('not-reading-back');
  const { deliveryId, release } = delivery;
  const { result, now } = input;
  const unreadable: DeliveryFact = { type: 'ReadBackUnreadable', deliveryId, release, at: now };
  switch (result.type) {
    case 'equal':
      return accept({ type: 'ReadBackEqual', deliveryId, release, evidence: { fact: 'taken', at: instantOf(now) }, at: now });
    case 'different': {
      const { difference } = result;
      return accept({ type: 'ReadBackDifferent', deliveryId, release, difference, at: now }, held(delivery, 'operator', input));
    }
    case 'unreadable':
      return accept(unreadable);
    case 'unanswered': {
      const tries = delivery.readBack.tries + 1;
      if (tries >= readBackTriesMax) return accept(unreadable);
      return accept({ type: 'ReadBackUnanswered', deliveryId, release, nextAt: now + waitMs(policy, tries + 1, input.jitter) });
    }
    default:
      return assertNever(result);
  }
}
