import type { EvidenceFact } from '#libs/contracts';
import type { Attempt, Delivery } from './domain/delivery.js';
import { instantOf } from './domain/publish.js';
import type { ReadBack } from './domain/reading.js';

/** Level that each fact of evidence proves (design.md section 6). `stored` says that the channel's other end has it, not that a person took it. */
const levels: Record<EvidenceFact['fact'], number> = {
  handed: 0,
  stored: 0,
  fetched: 1,
  unlocked: 2,
  identified: 3,
  taken: 4,
  acknowledged: 5,
  countersigned: 6,
};

/** The highest level that the facts prove; undefined without any. */
export function evidenceLevel(evidence: readonly EvidenceFact[]): number | undefined {
  return evidence.length === 0 ? undefined : Math.max(...evidence.map(({ fact }) => levels[fact]));
}

/** A delivery as staff see it. Times are instants. */
export function deliveryView(delivery: Delivery): object {
  const { deliveryId, release, gate, recipient, progress, evidence } = delivery;
  return {
    deliveryId,
    release,
    gate,
    state: progress.status,
    ...(progress.status === 'due' ? { nextAttemptAt: instantOf(progress.at), next: progress.look ? 'look' : 'send' } : {}),
    ...(progress.status === 'stopped' ? { reason: progress.reason, stoppedAt: instantOf(progress.at) } : {}),
    holds: progress.status === 'held' ? [progress.hold] : [],
    recipient: { id: recipient.recipientId, version: recipient.version, country: recipient.country, retry: recipient.retry },
    openedAt: instantOf(delivery.openedAt),
    attemptsCountFrom: instantOf(delivery.budgetFrom),
    package: delivery.package && { sha256: delivery.package.sha256, sizeBytes: delivery.package.sizeBytes },
    attempts: delivery.attempts.map(attemptView),
    evidence,
    evidenceLevel: evidenceLevel(evidence),
    readBack: delivery.readBack && readBackView(delivery.readBack),
    acknowledgements: delivery.acknowledgements.map(({ at, name, role, how }) => ({ at: instantOf(at), name, role, how })),
    answers: delivery.answers.map(({ holdId, decision, reason, actor, at }) => ({
      holdId,
      decision,
      reason,
      by: actor.id,
      at: instantOf(at),
    })),
  };
}

/** Where what was read back differs is told as a code: what it says stays with the receiver. */
function readBackView(readBack: ReadBack): object {
  const { status, at } = readBack;
  return { status, at: instantOf(at), ...(readBack.status === 'different' ? { difference: readBack.difference } : {}) };
}

function attemptView(attempt: Attempt): object {
  const { number, startedAt, endedAt, outcome, reason, httpStatus, nextAt, location, locations, recipientVersion } = attempt;
  return {
    number,
    startedAt: instantOf(startedAt),
    endedAt: endedAt === undefined ? undefined : instantOf(endedAt),
    outcome: outcome ?? 'under-way',
    reason,
    httpStatus,
    nextAt: nextAt === undefined ? undefined : instantOf(nextAt),
    location,
    locations,
    recipientVersion,
  };
}
