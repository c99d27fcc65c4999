import type { DocumentType } from '#libs/contracts';
import type { StatedPatient } from '../match/domain/match.js';
import type { LedgerSummary } from './domain/record.js';

/** What goes into the thread: bytes and what the record must state of itself. */
export interface ConversionTask {
  readonly patientId: string;
  readonly recordId: string;
  readonly recordedAt: string;
  readonly documents: readonly { readonly documentId: string; readonly type: DocumentType; readonly bytes: Uint8Array }[];
}

/** What comes out: JSON bytes of the record and of the ledger, or why there is no record. `documentId`: the one at fault, where it is one. */
export type ConversionResult =
  | {
      readonly ok: true;
      readonly record: Uint8Array;
      readonly ledger: Uint8Array;
      readonly summary: LedgerSummary;
      /** What each document says of its patient. */
      readonly stated: readonly StatedPatient[];
    }
  | { readonly ok: false; readonly reason: string; readonly documentId?: string };
