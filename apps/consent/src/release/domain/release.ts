import type { Actor, BlobRef, Hold, TransferFacts } from '#libs/contracts';
import type { Attempt, Leaving, Left } from './leaving.js';

export type Because = 'revoked' | 'cancelled' | 'recalled' | 'expired';
export type RefusedReason =
  | 'no-authority'
  | 'consent-missing'
  | 'consent-not-active'
  | 'consent-expired'
  | 'consent-other-patient'
  | 'consent-does-not-cover'
  | 'person-refused'
  | 'recipient-not-verified';

interface Subject {
  readonly facts: TransferFacts;
  /** The normalized record, sealed to consent. */
  readonly record: BlobRef;
  /** Ids of the consents that the transfer rests on, from the moment its record came: a revocation finds it from then on. */
  readonly restsOn: readonly string[];
  /** Answers that people gave to holds, oldest first. */
  readonly answers: readonly Answer[];
}
/** `reason` lies in the vault: it is a person's text. `at`: ISO instant. */
export interface Answer {
  readonly holdId: string;
  readonly decision: 'release' | 'refuse';
  readonly reason?: BlobRef;
  readonly actor: Actor;
  readonly at: string;
}
/** What a person would release: the bytes by their hash, and the recipient as it was (domain.md section 4). */
export interface Draft {
  readonly release: number;
  readonly sha256: string;
  /** Per item what leaves and why, for staff: in the vault, because it tells. Its id is the `decisionRef` of events. */
  readonly decision: BlobRef;
  readonly channelHash: string;
}
export interface Released {
  readonly release: number;
  /** Sealed to delivery: the only thing it ever sees. */
  readonly content: BlobRef;
  readonly sha256: string;
  readonly decision: BlobRef;
  readonly waiver?: string;
}

/** The consent case of one transfer: what may leave, and the gate (design.md section 5). `open`, `closing` and `closed` are the gate's. */
export type ReleaseCase =
  | { readonly status: 'absent' }
  | (Subject & { readonly status: 'deciding'; readonly release: number; readonly approved?: Draft })
  | (Subject & { readonly status: 'held'; readonly hold: Hold; readonly draft: Draft })
  | (Subject & { readonly status: 'refused'; readonly reason: RefusedReason; readonly decision: BlobRef })
  | (Subject & Released & { readonly status: 'open'; readonly leaving: Leaving })
  | (Subject & Released & { readonly status: 'closing'; readonly leaving: Leaving; readonly because: Because })
  | (Subject & Released & { readonly status: 'closed'; readonly leaving: Leaving; readonly because: Because; readonly left: Left })
  /** Closed before there was anything to release. `restsOn` stays, so that a revocation can name it. */
  | { readonly status: 'withdrawn'; readonly because: Because; readonly restsOn: readonly string[]; readonly facts?: TransferFacts };

/** A consent as it was read for one ask: linearizable, before the step. `expiresAt`, `startsAt`: epoch ms. */
export interface ConsentReading {
  readonly consentId: string;
  readonly isActive: boolean;
  readonly startsAt?: number;
  readonly expiresAt?: number;
}

/** How the worker's decision came out. */
export type Verdict =
  | ({ readonly outcome: 'release' } & Released)
  | { readonly outcome: 'hold'; readonly hold: Hold; readonly draft: Draft }
  | { readonly outcome: 'refuse'; readonly reason: RefusedReason; readonly decision: BlobRef };

export type ReleaseInput =
  | { readonly type: 'RecordNormalized'; readonly facts: TransferFacts; readonly record: BlobRef }
  | { readonly type: 'Withdrawn'; readonly how: 'cancel' | 'recall' }
  | { readonly type: 'Close'; readonly because: 'revoked' | 'expired' }
  | { readonly type: 'Decided'; readonly verdict: Verdict }
  | {
      readonly type: 'AnswerHold';
      readonly holdId: string;
      readonly decision: 'release' | 'refuse';
      readonly reason: BlobRef;
      readonly actor: Actor;
      readonly now: string;
    }
  /** `channelHash`: the recipient's as the directory says it now. */
  | {
      readonly type: 'Approve';
      readonly release: number;
      readonly sha256: string;
      readonly channelHash: string | undefined;
      readonly actor: Actor;
      readonly now: string;
    }
  | {
      readonly type: 'PermitAsked';
      readonly permitId: string;
      readonly release: number;
      readonly consents: readonly ConsentReading[];
      /** A deny of the patient that speaks of this recipient and purpose is in force. */
      readonly isDenied?: boolean;
      readonly lifeMs: number;
      readonly now: number;
    }
  /** `endsPermit`: the attempt it was for is over. */
  | { readonly type: 'AttemptHeard'; readonly attempt: Attempt; readonly permitId?: string; readonly endsPermit: boolean }
  /** Life and margin of every permit have passed on this process's monotonic clock since it first saw the gate closing. */
  | { readonly type: 'PermitLivesOver' };

export type ReleaseRefusal = 'not-deciding' | 'no-such-hold' | 'release-changed' | 'not-closing';

export type PermitRefusedReason = 'gate-not-open' | 'consent-not-active' | 'consent-expired' | 'no-such-release';
export type ReleaseFact =
  | { readonly type: 'ReviewStarted'; readonly facts: TransferFacts; readonly record: BlobRef; readonly restsOn: readonly string[] }
  | { readonly type: 'ReleaseHeld'; readonly hold: Hold; readonly draft: Draft }
  | ({ readonly type: 'HoldAnswered' } & Answer)
  | ({ readonly type: 'RecordReleased'; readonly facts: TransferFacts } & Released)
  | { readonly type: 'ReleaseRefused'; readonly reason: RefusedReason; readonly decision: BlobRef }
  | { readonly type: 'PermitGranted'; readonly permitId: string; readonly release: number; readonly lifeMs: number }
  | { readonly type: 'PermitRefused'; readonly permitId: string; readonly release: number; readonly reason: PermitRefusedReason }
  | { readonly type: 'PermitEnded'; readonly permitId: string }
  | { readonly type: 'AttemptNoted'; readonly attempt: Attempt; readonly permitId?: string }
  | { readonly type: 'GateClosing'; readonly because: Because }
  | { readonly type: 'GateClosed'; readonly because: Because; readonly left: Left }
  | { readonly type: 'LeftCorrected'; readonly left: Left };

/** Number of a transfer's first release. */
export const firstRelease = 1;
export const noRelease: ReleaseCase = { status: 'absent' };
