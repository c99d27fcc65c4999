import type { DraftOn } from '#libs/contracts';
import type { Decision } from '#libs/shared/domain';
import { decide } from './decide.js';
import {
  type Delivery,
  type DeliveryFact,
  type DeliveryInput,
  type DeliveryRefusal,
  noDeliveries,
  type TransferDeliveries,
} from './delivery.js';
import { evolve } from './evolve.js';
import { publish } from './publish.js';
import type { RetryPolicy } from './retry.js';

/** Kinds of slow work a delivery waits for. */
export const packageWork = 'build-package';
export const attemptWork = 'attempt';
export const readBackWork = 'read-back';

interface DeliveryCases {
  readonly service: 'delivery';
  readonly collection: 'deliveries';
  readonly shape: 1;
  readonly topic: 'bulfinch.delivery.v1';
  readonly initial: TransferDeliveries;
  decide(state: TransferDeliveries, input: DeliveryInput): Decision<DeliveryFact, DeliveryRefusal>;
  evolve: typeof evolve;
  publish(fact: DeliveryFact): DraftOn<'bulfinch.delivery.v1'> | undefined;
  due: typeof due;
}

/** The case of a transfer's deliveries, id = transferId, for a retry policy. */
export function deliveryDefinition(policy: RetryPolicy): DeliveryCases {
  return {
    service: 'delivery',
    collection: 'deliveries',
    shape: 1,
    topic: 'bulfinch.delivery.v1',
    initial: noDeliveries,
    decide: (state, input) => decide(policy, state, input),
    evolve,
    publish,
    due,
  };
}

/** Work that a delivery waits for. */
export interface DueDelivery {
  readonly kind: string;
  readonly at: number;
  readonly delivery: Delivery;
}

/** What is due first among the deliveries of a transfer: an older one may still have to be looked up when the next has begun. */
export function nextDue(state: TransferDeliveries): DueDelivery | undefined {
  return state.deliveries
    .flatMap(dueOf)
    .reduce<DueDelivery | undefined>((first, one) => (first && first.at <= one.at ? first : one), undefined);
}

function due(state: TransferDeliveries): { readonly kind: string; readonly at: number } | undefined {
  const next = nextDue(state);
  return next && { kind: next.kind, at: next.at };
}

/** A read-back waits beside whatever else the delivery does. */
function dueOf(delivery: Delivery): DueDelivery[] {
  const { readBack } = delivery;
  const reading = readBack?.status === 'due' ? [{ kind: readBackWork, at: readBack.at, delivery }] : [];
  return [...stepOf(delivery), ...reading];
}

function stepOf(delivery: Delivery): DueDelivery[] {
  const { progress } = delivery;
  switch (progress.status) {
    case 'building':
      return [{ kind: packageWork, at: 0, delivery }];
    case 'due':
      return [{ kind: attemptWork, at: progress.at, delivery }];
    case 'asking':
      // Without an asker nobody waits: the answer itself makes the case due again.
      return progress.asker === undefined ? [] : [{ kind: attemptWork, at: 0, delivery }];
    case 'permitted':
    case 'sending':
      return [{ kind: attemptWork, at: 0, delivery }];
    case 'held':
    case 'delivered':
    case 'stopped':
      return [];
  }
}
