import type { Actor, BlobRef, Direction, EvidenceFact, Hold } from '#libs/contracts';
import type { Difference, ReadBack, ReadResult } from './reading.js';

/** A document Bundle that stays one, or a transaction that makes single resources of it. */
export type PackageMode = 'document' | 'transaction';

/** What a delivery must know of its recipient, as the directory said it when the release came or the last permit was asked. */
export interface RecipientFacts {
  readonly recipientId: string;
  readonly version: number;
  readonly country: string;
  /** Address, key and kind in one hash: when it differs from the one released to, a person looks first. */
  readonly channelHash: string;
  readonly suspended: boolean;
  /** End of the proof of identity, ISO instant; absent: staff vouch for the party without expiry. */
  readonly verifiedUntil?: string;
  /** How a receiver behaves towards a second sending of the same package (design.md section 6). */
  readonly retry: 'dedupes' | 'searchable' | 'blind';
  /** How the package goes out; absent in cases of before there were two. */
  readonly mode?: PackageMode;
  /** After the last connection ended, ms until the receiver can no longer be working on it. Unknown makes a searchable receiver blind. */
  readonly settleMs?: number;
  readonly answerTimeoutMs: number;
  /** Answers of 429 and 503 that this receiver promises to give only to what it has not taken. */
  readonly notTaken: readonly number[];
}

/** Why an attempt did not end with a 2xx, as the contract names it. */
export type AttemptReason =
  | 'not-connected'
  | 'http-4xx'
  | 'http-5xx'
  | 'not-taken'
  | 'connection-lost'
  | 'no-answer'
  | 'permit-over'
  | 'conflict'
  | 'worker-lost'
  | 'answer-not-readable';

/** How an attempt ended. `failed`: it is known that nothing was taken. `unknown`: nobody knows. Times in epoch ms, waits in ms. */
export type AttemptOutcome =
  | {
      readonly type: 'delivered';
      readonly evidence: readonly EvidenceFact['fact'][];
      readonly httpStatus: number;
      readonly location?: string;
      readonly locations?: readonly string[];
    }
  | {
      readonly type: 'failed';
      readonly reason: AttemptReason;
      readonly httpStatus?: number;
      readonly isFinal: boolean;
      readonly retryAfterMs?: number;
    }
  | { readonly type: 'unknown'; readonly reason: AttemptReason; readonly httpStatus?: number; readonly retryAfterMs?: number };

export interface Attempt {
  readonly number: number;
  readonly permitId: string;
  readonly startedAt: number;
  readonly recipientVersion: number;
  readonly endedAt?: number;
  readonly outcome?: 'delivered' | 'failed' | 'unknown';
  readonly reason?: AttemptReason;
  readonly httpStatus?: number;
  readonly nextAt?: number;
  /** The receiver's own address of what it stored. Stays in the state: it may hold the receiver's ids. */
  readonly location?: string;
  /** Of a transaction: the address of each entry, in the package's order. */
  readonly locations?: readonly string[];
}

/** Where a delivery stands. `asker` is the random id of the run of the worker that asked: what fences a worker that lost its lease. */
export type Progress =
  | { readonly status: 'building' }
  | { readonly status: 'due'; readonly at: number; readonly look: boolean }
  | { readonly status: 'asking'; readonly permitId: string; readonly asker?: string }
  | { readonly status: 'permitted'; readonly permitId: string; readonly asker: string; readonly lifeMs: number }
  | { readonly status: 'sending'; readonly permitId: string; readonly asker: string }
  | { readonly status: 'held'; readonly hold: Hold }
  | { readonly status: 'delivered'; readonly at: number }
  | { readonly status: 'stopped'; readonly reason: StopReason; readonly at: number };
export type StopReason = 'permit-refused' | 'refused-by-receiver' | 'budget-spent' | 'person-gave-up' | 'recipient-unknown';

/** The recipient's acknowledgement. Name and role stay here: events carry the fact alone. */
export interface Acknowledgement {
  readonly at: number;
  readonly name: string;
  readonly role: string;
  readonly how: 'portal' | 'phone' | 'fhir';
  readonly actor: Actor;
}

/** One package for one recipient: one identity through all attempts (design.md section 6). */
export interface Delivery {
  readonly deliveryId: string;
  readonly release: number;
  readonly patientId: string;
  readonly direction: Direction;
  readonly content: BlobRef;
  readonly recipient: RecipientFacts;
  /** The gate as consent last told it; consent holds the true one. */
  readonly gate: 'open' | 'closing' | 'closed';
  readonly openedAt: number;
  /** The 72 h of attempts count from here: the opening, or a person's decision to send again. */
  readonly budgetFrom: number;
  readonly package?: BlobRef;
  /** As the package was built; absent: a document. */
  readonly packageMode?: PackageMode;
  readonly attempts: readonly Attempt[];
  /** Permits in a row that were void before their first byte. */
  readonly voids: number;
  /** Looks in a row that the receiver did not answer. */
  readonly looks: number;
  readonly progress: Progress;
  /** Absent until the receiver said that it stored the package. */
  readonly readBack?: ReadBack;
  readonly evidence: readonly EvidenceFact[];
  readonly acknowledgements: readonly Acknowledgement[];
  readonly answers: readonly {
    readonly holdId: string;
    readonly decision: HoldDecision;
    readonly reason: string;
    readonly actor: Actor;
    readonly at: number;
  }[];
}
export type HoldDecision = 'send-again' | 'was-received' | 'give-up';

/** The case: all deliveries of one transfer, oldest first. The gate of the next opens when that of the one before is closed. */
export interface TransferDeliveries {
  readonly deliveries: readonly Delivery[];
}
export const noDeliveries: TransferDeliveries = { deliveries: [] };

interface OfDelivery {
  readonly deliveryId: string;
  readonly release: number;
}
interface OfAttempt extends OfDelivery {
  readonly attempt: number;
  readonly permitId: string;
}
/** What happened. Facts without an event of the contract are bookkeeping that no one else is told (`publish`). */
export type DeliveryFact =
  | (OfDelivery & {
      readonly type: 'DeliveryOpened';
      readonly patientId: string;
      readonly direction: Direction;
      readonly content: BlobRef;
      readonly recipient: RecipientFacts;
      readonly at: number;
    })
  | (OfDelivery & { readonly type: 'PackageBuilt'; readonly package: BlobRef; readonly mode: PackageMode; readonly at: number })
  | (OfDelivery & { readonly type: 'PermitAsked'; readonly attempt: number; readonly asker: string; readonly recipient: RecipientFacts })
  | (OfDelivery & { readonly type: 'PermitHeard'; readonly permitId: string; readonly lifeMs: number })
  | (OfDelivery & { readonly type: 'AskLeft'; readonly permitId: string })
  | (OfAttempt & { readonly type: 'PermitVoided'; readonly nextAt: number })
  | (OfAttempt & { readonly type: 'AttemptStarted'; readonly recipientId: string; readonly recipientVersion: number; readonly at: number })
  | (OfAttempt & {
      readonly type: 'AttemptFailed';
      readonly reason: AttemptReason;
      readonly httpStatus?: number;
      readonly at: number;
      readonly nextAt?: number;
    })
  | (OfAttempt & {
      readonly type: 'AttemptUnknown';
      readonly reason: AttemptReason;
      readonly httpStatus?: number;
      readonly at: number;
      readonly next?: { readonly at: number; readonly look: boolean };
    })
  | (OfDelivery & { readonly type: 'LookFoundNothing'; readonly at: number })
  | (OfDelivery & { readonly type: 'LookUnanswered'; readonly nextAt: number })
  | (OfAttempt & {
      readonly type: 'Delivered';
      readonly recipientId: string;
      readonly evidence: readonly EvidenceFact[];
      readonly httpStatus?: number;
      readonly location?: string;
      readonly locations?: readonly string[];
      readonly at: number;
      /** When what was stored is read back; absent where the receiver did not say that it stored it. */
      readonly readBackAt?: number;
    })
  | (OfDelivery & { readonly type: 'ReadBackEqual'; readonly evidence: EvidenceFact; readonly at: number })
  | (OfDelivery & { readonly type: 'ReadBackDifferent'; readonly difference: Difference; readonly at: number })
  | (OfDelivery & { readonly type: 'ReadBackUnreadable'; readonly at: number })
  | (OfDelivery & { readonly type: 'ReadBackUnanswered'; readonly nextAt: number })
  | (OfDelivery & { readonly type: 'Acknowledged'; readonly evidence: EvidenceFact; readonly acknowledgement: Acknowledgement })
  | (OfDelivery & { readonly type: 'DeliveryHeld'; readonly hold: Hold })
  | (OfDelivery & {
      readonly type: 'HoldAnswered';
      readonly holdId: string;
      readonly decision: HoldDecision;
      readonly reason: string;
      readonly actor: Actor;
      readonly recipient: RecipientFacts;
      readonly at: number;
    })
  | (OfDelivery & { readonly type: 'GateShut'; readonly gate: 'closing' | 'closed' })
  | (OfDelivery & { readonly type: 'DeliveryStopped'; readonly reason: StopReason; readonly at: number });

/** What the receiver holds under our identifier, as a search said. */
export type LookResult = 'equal' | 'none' | 'different' | 'unsearchable' | 'unanswered';

/** What a delivery is told. `now` is epoch ms, `jitter` a random number from 0 to 1, `holdId` a random id in case a hold follows. */
export type DeliveryInput =
  | {
      readonly type: 'Released';
      readonly deliveryId: string;
      readonly release: number;
      readonly patientId: string;
      readonly direction: Direction;
      readonly content: BlobRef;
      readonly recipient: RecipientFacts | undefined;
      readonly now: number;
    }
  | { readonly type: 'Built'; readonly deliveryId: string; readonly package: BlobRef; readonly mode: PackageMode; readonly now: number }
  | {
      readonly type: 'Ask';
      readonly deliveryId: string;
      readonly asker: string;
      readonly recipient: RecipientFacts | undefined;
      readonly now: number;
      readonly holdId: string;
    }
  | { readonly type: 'PermitGranted'; readonly permitId: string; readonly release: number; readonly lifeMs: number; readonly now: number }
  | { readonly type: 'PermitRefused'; readonly permitId: string; readonly release: number; readonly now: number }
  | { readonly type: 'LetGo'; readonly deliveryId: string; readonly permitId: string; readonly asker: string }
  | { readonly type: 'Void'; readonly deliveryId: string; readonly permitId: string; readonly asker: string; readonly now: number }
  | {
      readonly type: 'TakeOver';
      readonly deliveryId: string;
      readonly from: string;
      readonly now: number;
      readonly jitter: number;
      readonly holdId: string;
    }
  | { readonly type: 'Start'; readonly deliveryId: string; readonly permitId: string; readonly asker: string; readonly now: number }
  | {
      readonly type: 'Ended';
      readonly deliveryId: string;
      readonly permitId: string;
      readonly outcome: AttemptOutcome;
      readonly now: number;
      readonly jitter: number;
      readonly holdId: string;
    }
  | {
      readonly type: 'Looked';
      readonly deliveryId: string;
      readonly result: LookResult;
      readonly location?: string;
      readonly now: number;
      readonly jitter: number;
      readonly holdId: string;
    }
  | {
      readonly type: 'ReadBack';
      readonly deliveryId: string;
      readonly result: ReadResult;
      readonly now: number;
      readonly jitter: number;
      readonly holdId: string;
    }
  | { readonly type: 'GateShut'; readonly gate: 'closing' | 'closed'; readonly now: number }
  | { readonly type: 'Acknowledge'; readonly deliveryId: string; readonly acknowledgement: Acknowledgement }
  | {
      readonly type: 'AnswerHold';
      readonly holdId: string;
      readonly decision: HoldDecision;
      readonly reason: string;
      readonly actor: Actor;
      readonly recipient: RecipientFacts | undefined;
      readonly now: number;
    };

export type DeliveryRefusal =
  | 'release-known'
  | 'no-such-delivery'
  | 'not-building'
  | 'not-due'
  | 'unknown-permit'
  | 'permit-not-held'
  | 'nothing-to-take-over'
  | 'unknown-attempt'
  | 'already-ended'
  | 'not-looking'
  | 'not-reading-back'
  | 'nothing-handed'
  | 'already-acknowledged'
  | 'no-such-hold'
  | 'gate-not-open'
  | 'recipient-unknown';
