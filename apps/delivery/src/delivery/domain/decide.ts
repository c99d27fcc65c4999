import { accept, assertNever, type Decision, refuse } from '#libs/shared/domain';
import { attemptEnded, deliveredFacts, held, looked, stopped, voided, workerLost } from './after-attempt.js';
import type { Delivery, DeliveryFact, DeliveryInput, DeliveryRefusal, RecipientFacts, TransferDeliveries } from './delivery.js';
import { instantOf } from './publish.js';
import { readBack } from './read-back.js';
import { type RetryPolicy, waitMs } from './retry.js';

type Verdict = Decision<DeliveryFact, DeliveryRefusal>;
type Input<Type extends DeliveryInput['type']> = Extract<DeliveryInput, { type: Type }>;

/** The law of delivery: never twice, never after a revocation, and honest about what is known (design.md sections 5 and 6). */
export function decide(policy: RetryPolicy, state: TransferDeliveries, input: DeliveryInput): Verdict {
  if (input.type === 'Released') return released(state, input);
  if (input.type === 'PermitGranted' || input.type === 'PermitRefused') {
    const delivery = state.deliveries.findLast((one) => one.release === input.release);
    if (!delivery) return refuse('unknown-permit');
    return input.type === 'PermitGranted' ? granted(policy, delivery, input) : refusedPermit(delivery, input);
  }
  if (input.type === 'GateShut') {
    const delivery = state.deliveries.at(-1);
    return delivery ? gateShut(delivery, input) : accept();
  }
  if (input.type === 'AnswerHold') {
    const delivery = state.deliveries.find((one) => one.progress.status === 'held' && one.progress.hold.id === input.holdId);
    return delivery ? holdAnswered(delivery, input) : refuse('no-such-hold');
  }
  const delivery = state.deliveries.find((one) => one.deliveryId === input.deliveryId);
  return delivery ? decideOne(policy, delivery, input) : refuse('no-such-delivery');
}

function decideOne(
  policy: RetryPolicy,
  delivery: Delivery,
  input: Exclude<Extract<DeliveryInput, { deliveryId: string }>, { type: 'Released' }>,
): Verdict {
  switch (input.type) {
    case 'Built': {
      if (delivery.progress.status !== 'building') return refuse('not-building');
      return accept({ type: 'PackageBuilt', ...of(delivery), package: input.package, mode: input.mode, at: input.now });
    }
    case 'Ask':
      return ask(delivery, input);
    case 'LetGo': {
      const { progress } = delivery;
      const own = progress.status === 'asking' && progress.permitId === input.permitId && progress.asker === input.asker;
      return own ? accept({ type: 'AskLeft', ...of(delivery), permitId: input.permitId }) : refuse('permit-not-held');
    }
    case 'Void': {
      if (!holdsPermit(delivery, input)) return refuse('permit-not-held');
      return accept(voided(delivery, input.permitId, afterVoid(policy, delivery, input.now)));
    }
    case 'TakeOver':
      return takeOver(policy, delivery, input);
    case 'Start': {
      if (!holdsPermit(delivery, input)) return refuse('permit-not-held');
      const { recipientId, version } = delivery.recipient;
      const attempt = delivery.attempts.length + 1;
      return accept({
        type: 'AttemptStarted',
        ...of(delivery),
        attempt,
        permitId: input.permitId,
        recipientId,
        recipientVersion: version,
        at: input.now,
      });
    }
    case 'Ended':
      return attemptEnded(policy, delivery, input);
    case 'Looked':
      return looked(policy, delivery, input);
    case 'ReadBack':
      return readBack(policy, delivery, input);
    case 'Acknowledge':
      return acknowledged(delivery, input);
    default:
      return assertNever(input);
  }
}

function released(state: TransferDeliveries, input: Input<'Released'>): Verdict {
  if (state.deliveries.some((one) => one.release >= input.release || one.deliveryId === input.deliveryId)) return refuse('release-known');
  const { deliveryId, release, now } = input;
  // A delivery without a recipient has no state to keep: it is told as ended, and the transfer shows it.
  if (!input.recipient) return accept({ type: 'DeliveryStopped', deliveryId, release, reason: 'recipient-unknown', at: now });
  const { patientId, direction, content, recipient } = input;
  return accept({ type: 'DeliveryOpened', deliveryId, release, patientId, direction, content, recipient, at: now });
}

/** Its proof of identity may run out between the release and the push: 72 h of retries are long. */
function mayReceive({ suspended, verifiedUntil }: RecipientFacts, now: number): boolean {
  return !suspended && (verifiedUntil === undefined || Date.parse(verifiedUntil) > now);
}

/** One ask at a time, only when due, only to the recipient that was released to. */
function ask(delivery: Delivery, input: Input<'Ask'>): Verdict {
  const { progress } = delivery;
  if (progress.status !== 'due' || progress.look || progress.at > input.now) return refuse('not-due');
  if (delivery.gate !== 'open') return refuse('gate-not-open');
  const { recipient } = input;
  if (!recipient || !mayReceive(recipient, input.now) || recipient.channelHash !== delivery.recipient.channelHash)
    return accept(held(delivery, 'recipient', input));
  return accept({ type: 'PermitAsked', ...of(delivery), attempt: delivery.attempts.length + 1, asker: input.asker, recipient });
}

function granted(policy: RetryPolicy, delivery: Delivery, input: Input<'PermitGranted'>): Verdict {
  const { progress } = delivery;
  const isKnown = 'permitId' in progress && progress.permitId === input.permitId;
  if (!isKnown || progress.status !== 'asking') {
    const isUsed = isKnown || delivery.attempts.some((attempt) => attempt.permitId === input.permitId);
    return isUsed ? accept() : accept(voided(delivery, input.permitId, input.now));
  }
  // The gate shut while we asked: the permit is given back unused.
  if (delivery.gate !== 'open') return accept(voided(delivery, input.permitId, input.now), stopped(delivery, 'permit-refused', input.now));
  // Whoever asked has gone, and with it the clock that the life counts on.
  if (progress.asker === undefined) return accept(voided(delivery, input.permitId, afterVoid(policy, delivery, input.now)));
  return accept({ type: 'PermitHeard', ...of(delivery), permitId: input.permitId, lifeMs: input.lifeMs });
}

function refusedPermit(delivery: Delivery, input: Input<'PermitRefused'>): Verdict {
  const { progress } = delivery;
  if (progress.status !== 'asking' || progress.permitId !== input.permitId) return accept();
  return accept(stopped(delivery, 'permit-refused', input.now));
}

/** Another worker has the lease: what the former one held is void, what it had begun is unknown (design.md section 5). */
function takeOver(policy: RetryPolicy, delivery: Delivery, input: Input<'TakeOver'>): Verdict {
  const { progress } = delivery;
  if (!('asker' in progress) || progress.asker !== input.from) return refuse('nothing-to-take-over');
  switch (progress.status) {
    case 'asking':
      return accept({ type: 'AskLeft', ...of(delivery), permitId: progress.permitId });
    case 'permitted':
      return accept(voided(delivery, progress.permitId, afterVoid(policy, delivery, input.now)));
    case 'sending':
      return workerLost(policy, delivery, progress.permitId, input);
    default:
      return assertNever(progress);
  }
}

/** No further attempt. What is being sent may end within its permit's life; what is unknown may still be looked up. */
function gateShut(delivery: Delivery, input: Input<'GateShut'>): Verdict {
  if (delivery.gate === 'closed' || delivery.gate === input.gate) return accept();
  const shut: DeliveryFact = { type: 'GateShut', ...of(delivery), gate: input.gate };
  const stop = stopped(delivery, 'permit-refused', input.now);
  const { progress } = delivery;
  switch (progress.status) {
    case 'building':
      return accept(shut, stop);
    case 'due':
      return progress.look ? accept(shut) : accept(shut, stop);
    case 'permitted':
      return accept(shut, voided(delivery, progress.permitId, input.now), stop);
    case 'held':
      // A person may still say that an unknown attempt was received.
      return progress.hold.kind === 'recipient' ? accept(shut, stop) : accept(shut);
    case 'asking':
      // Closed, the gate can only refuse: an answer that was lost or discarded must not keep the delivery waiting for ever.
      return input.gate === 'closed' ? accept(shut, stop) : accept(shut);
    case 'sending':
    case 'delivered':
    case 'stopped':
      return accept(shut);
    default:
      return assertNever(progress);
  }
}

function holdAnswered(delivery: Delivery, input: Input<'AnswerHold'>): Verdict {
  const { holdId, decision, reason, actor, now } = input;
  const recipient = input.recipient ?? delivery.recipient;
  const answered: DeliveryFact = { type: 'HoldAnswered', ...of(delivery), holdId, decision, reason, actor, recipient, at: now };
  switch (decision) {
    case 'send-again':
      if (delivery.gate !== 'open') return refuse('gate-not-open');
      if (!input.recipient || !mayReceive(input.recipient, now)) return refuse('recipient-unknown');
      return accept(answered);
    case 'was-received': {
      // What was read back differs, and a person has looked at it: that it was delivered is known already.
      if (isDelivered(delivery)) return accept(answered);
      const attempt = delivery.attempts.findLast((one) => one.outcome === 'unknown');
      return attempt ? accept(answered, ...deliveredFacts(delivery, attempt, { now, evidence: ['handed'] })) : refuse('nothing-handed');
    }
    case 'give-up':
      if (isDelivered(delivery)) return accept(answered);
      return accept(answered, stopped(delivery, 'person-gave-up', now));
    default:
      return assertNever(decision);
  }
}

/** The recipient says by name and role that it has it: this also settles an attempt that nobody knew the end of. */
function acknowledged(delivery: Delivery, input: Input<'Acknowledge'>): Verdict {
  if (delivery.evidence.some((one) => one.fact === 'acknowledged')) return refuse('already-acknowledged');
  const { acknowledgement } = input;
  const evidence = { fact: 'acknowledged', at: instantOf(acknowledgement.at) } as const;
  const fact: DeliveryFact = { type: 'Acknowledged', ...of(delivery), evidence, acknowledgement };
  if (isDelivered(delivery)) return accept(fact);
  // Only what nobody knows the end of: an attempt under way tells its own, and its permit must stand until then.
  const attempt = delivery.attempts.findLast((one) => one.outcome === 'unknown');
  if (!attempt) return refuse('nothing-handed');
  return accept(...deliveredFacts(delivery, attempt, { now: acknowledgement.at, evidence: ['handed'] }), fact);
}

/** The first void is asked anew at once; more in a row wait, so that a broken clock does not flood consent with asks. */
function afterVoid(policy: RetryPolicy, delivery: Delivery, now: number): number {
  return delivery.voids === 0 ? now : now + waitMs(policy, delivery.voids, 1);
}

function holdsPermit(delivery: Delivery, input: { readonly permitId: string; readonly asker: string }): boolean {
  const { progress } = delivery;
  return progress.status === 'permitted' && progress.permitId === input.permitId && progress.asker === input.asker;
}

function of(delivery: Delivery): { readonly deliveryId: string; readonly release: number } {
  return { deliveryId: delivery.deliveryId, release: delivery.release };
}

/** Something of this delivery is known to have arrived: whatever is decided later, it is not undone. */
function isDelivered(delivery: Delivery): boolean {
  return delivery.attempts.some((one) => one.outcome === 'delivered');
}
