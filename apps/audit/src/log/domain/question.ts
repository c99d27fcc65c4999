import { topicNames, topics } from '#libs/contracts';
import type { Entry } from './entry.js';
import type { KnownFacts } from './subject.js';

/** What is asked of the log (doors.md, `GET /audit/entries`). Several together: all must hold. */
export interface Question {
  readonly transfer?: string;
  readonly referral?: string;
  readonly patient?: string;
  readonly recipient?: string;
  readonly country?: string;
  readonly actor?: string;
  /** A type, or the name of a fact: `attempt-started`. */
  readonly type?: string;
  readonly basis?: string;
  /** ISO instants: from included, to not included. */
  readonly from?: string;
  readonly to?: string;
}

/** Place of an entry in the order newest first; a page goes on after it. */
export interface Cursor {
  readonly atMs: number;
  readonly id: string;
}

/** Questions that are about the transfer and not about the single event: the field of the entry, and of what is known of the transfer. */
export const transferQuestions = {
  referral: 'referralId',
  patient: 'patientId',
  recipient: 'recipientId',
  country: 'country',
  basis: 'basis',
} as const satisfies Partial<Record<keyof Question, keyof KnownFacts & keyof Entry>>;
export type TransferQuestion = keyof typeof transferQuestions;

const everyType: readonly string[] = topicNames.flatMap((topic) => topics[topic].events.map((kind) => kind.type));

/** The event types that a person means by a type or the name of a fact; several services may say the same fact. Empty: there is none. */
export function typesMeant(typed: string): readonly string[] {
  return everyType.filter((type) => type === typed || type.split('.')[3] === typed);
}

/** The end of a range: a day means until its end (UTC), an instant itself. */
export function endOfRange(to: string): string {
  return isDay(to) ? `${nextDay(to)}T00:00:00.000Z` : to;
}

/** The start of a range: a day means from its start (UTC). */
export function startOfRange(from: string): string {
  return isDay(from) ? `${from}T00:00:00.000Z` : from;
}

function isDay(value: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(value);
}

const dayMs = 86_400_000;
function nextDay(day: string): string {
  // A given instant, not the clock: the same day always has the same next day.
  return new Date(Date.parse(day) + dayMs).toISOString().slice(0, 10);
}

/** The entry as people see it: what its transfer's other events say stands beside what it says itself, which wins. */
export function joined(entry: Entry, facts: KnownFacts | undefined): Entry {
  return facts === undefined || entry.transferId !== entry.subject ? entry : { ...facts, ...entry };
}
