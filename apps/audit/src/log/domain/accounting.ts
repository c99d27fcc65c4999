import type { Entry } from './entry.js';

/** How a delivery ended, as far as the log knows. An unknown outcome is a possible disclosure; so is one that is still under way. */
export type DisclosureOutcome = 'delivered' | 'not-taken' | 'unknown';

/** One disclosure: all attempts of one delivery of one release, folded: first, last, count (domain.md section 6). */
export interface AccountedDisclosure {
  readonly deliveryId: string;
  readonly release: number;
  readonly transferId: string;
  readonly patientId?: string;
  readonly senderId?: string;
  readonly recipientId?: string;
  readonly recipientVersion?: number;
  readonly country?: string;
  readonly purpose?: string;
  readonly basis?: string;
  readonly consentIds: readonly string[];
  readonly waiver?: string;
  /** First byte of the first and of the last attempt, ISO instants. */
  readonly first: string;
  readonly last: string;
  readonly attempts: number;
  readonly outcome: DisclosureOutcome;
}

/**
 * The full history of disclosures: every delivery whose first byte may have gone, oldest first.
 * Takes the joined entries of the transfers concerned, in any order. What a foreign clinic sent in is its disclosure, not ours (domain.md section 3).
 */
export function accountingOf(entries: readonly Entry[]): readonly AccountedDisclosure[] {
  const ofDelivery = new Map<string, Entry[]>();
  for (const entry of entries) {
    if (entry.deliveryId === undefined || entry.release === undefined || entry.direction === 'inbound') continue;
    const key = `${entry.deliveryId} ${entry.release}`;
    ofDelivery.set(key, [...(ofDelivery.get(key) ?? []), entry]);
  }
  return [...ofDelivery.values()]
    .map(folded)
    .filter((disclosure) => disclosure !== undefined)
    .sort((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : a.deliveryId < b.deliveryId ? -1 : 1));
}

function folded(entries: readonly Entry[]): AccountedDisclosure | undefined {
  const started = entries.filter((entry) => entry.disclosure !== undefined).sort((a, b) => (a.at < b.at ? -1 : 1));
  const first = started[0];
  const last = started.at(-1);
  if (!first?.disclosure || !last?.disclosure) return undefined;
  return {
    deliveryId: first.disclosure.deliveryId,
    release: first.disclosure.release,
    transferId: first.subject,
    patientId: first.patientId,
    senderId: first.senderId,
    recipientId: first.recipientId,
    recipientVersion: first.recipientVersion,
    country: first.country,
    purpose: first.purpose,
    basis: first.basis,
    consentIds: first.consentIds ?? [],
    waiver: first.waiver,
    first: first.disclosure.since,
    last: last.disclosure.since,
    attempts: started.length,
    outcome: outcomeOf(entries, started),
  };
}

const isFact = (entry: Entry, fact: string): boolean => entry.type === `org.bulfinch.delivery.${fact}.v1`;

function outcomeOf(entries: readonly Entry[], started: readonly Entry[]): DisclosureOutcome {
  if (entries.some((entry) => isFact(entry, 'delivered'))) return 'delivered';
  // Not taken only when every attempt is known to have failed: one that nobody has heard of again may have arrived.
  const failed = new Set(entries.filter((entry) => isFact(entry, 'attempt-failed')).map((entry) => entry.attempt));
  return started.every((entry) => failed.has(entry.attempt)) ? 'not-taken' : 'unknown';
}
