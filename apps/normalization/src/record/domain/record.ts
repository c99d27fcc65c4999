import type { Actor, BlobRef, DocumentType, DraftOn, TransferFacts } from '#libs/contracts';
import { accept, assertNever, type Decision, refuse } from '#libs/shared/domain';

/** One original of the transfer, as ingestion listed it. */
export interface SourceDocument {
  readonly documentId: string;
  readonly type: DocumentType;
  readonly blob: BlobRef;
}

/** What the conversion needs. `recordId` and `recordedAt` are fixed when the documents come in, so that every try gives the same bytes. */
export interface Task {
  readonly facts: TransferFacts;
  readonly documents: readonly SourceDocument[];
  /** Bundle.identifier of the record, a UUID. */
  readonly recordId: string;
  /** Time the record states for itself: an ISO instant. */
  readonly recordedAt: string;
}

/** Counts of the ledger: `statements` = `kept` + `lost`. */
export interface LedgerSummary {
  readonly statements: number;
  readonly kept: number;
  readonly lost: number;
  readonly warnings: number;
}

export interface NormalizedRecord {
  readonly record: BlobRef;
  readonly ledger: BlobRef;
  readonly summary: LedgerSummary;
}

/** The record of one transfer. `withdrawn` keeps what had been made before, for the report. */
export type RecordState =
  | { readonly status: 'absent' }
  | ({ readonly status: 'converting' } & Task)
  | ({ readonly status: 'normalized'; readonly patientId: string } & NormalizedRecord)
  | { readonly status: 'refused'; readonly patientId: string; readonly reason: string; readonly documentId?: string }
  | { readonly status: 'withdrawn'; readonly how: Withdrawal['how']; readonly patientId?: string; readonly ledger?: BlobRef };

interface Withdrawal {
  readonly actor: Actor;
  readonly how: 'cancel' | 'recall';
}

export type RecordInput =
  | ({ readonly type: 'Submitted' } & Task)
  | ({ readonly type: 'Cancelled' } & Withdrawal)
  | ({ readonly type: 'Converted' } & NormalizedRecord)
  | { readonly type: 'NotConvertible'; readonly reason: string; readonly documentId?: string };

/** `already-taken-up`: ingestion submitted twice. `not-converting`: a result that comes after a withdrawal or another result; it is thrown away. */
export type RecordRefusal = 'already-taken-up' | 'not-converting';

export type RecordFact =
  | ({ readonly type: 'ConversionStarted' } & Task)
  | ({ readonly type: 'RecordNormalized'; readonly facts: TransferFacts; readonly documentIds: readonly string[] } & NormalizedRecord)
  | { readonly type: 'DocumentsRefused'; readonly patientId: string; readonly reason: string; readonly documentId?: string }
  | ({ readonly type: 'TransferWithdrawn' } & Withdrawal);

export const initialRecord: RecordState = { status: 'absent' };

export function decide(state: RecordState, input: RecordInput): Decision<RecordFact, RecordRefusal> {
  switch (input.type) {
    case 'Submitted':
      if (state.status !== 'absent') return refuse('already-taken-up');
      return accept({ ...input, type: 'ConversionStarted' });
    case 'Cancelled':
      // Consent holds the gate, so every cancellation is passed on, whatever is done here; the same one twice says nothing new.
      if (state.status === 'withdrawn' && state.how === input.how) return accept();
      return accept({ type: 'TransferWithdrawn', actor: input.actor, how: input.how });
    case 'Converted':
      if (state.status !== 'converting') return refuse('not-converting');
      return accept({
        ...input,
        type: 'RecordNormalized',
        facts: state.facts,
        documentIds: state.documents.map((document) => document.documentId),
      });
    case 'NotConvertible':
      if (state.status !== 'converting') return refuse('not-converting');
      return accept({
        type: 'DocumentsRefused',
        patientId: state.facts.patientId,
        ...which(input),
      });
    default:
      return assertNever(input);
  }
}

export function evolve(state: RecordState, fact: RecordFact): RecordState {
  switch (fact.type) {
    case 'ConversionStarted':
      return {
        status: 'converting',
        facts: fact.facts,
        documents: fact.documents,
        recordId: fact.recordId,
        recordedAt: fact.recordedAt,
      };
    case 'RecordNormalized':
      return {
        status: 'normalized',
        patientId: fact.facts.patientId,
        record: fact.record,
        ledger: fact.ledger,
        summary: fact.summary,
      };
    case 'DocumentsRefused':
      return { status: 'refused', patientId: fact.patientId, ...which(fact) };
    case 'TransferWithdrawn':
      return { status: 'withdrawn', how: fact.how, ...madeBefore(state) };
    default:
      return assertNever(fact);
  }
}

/** The reason with the document it is about, where it is about one. */
function which(about: { readonly reason: string; readonly documentId?: string }): { reason: string; documentId?: string } {
  return about.documentId === undefined ? { reason: about.reason } : { reason: about.reason, documentId: about.documentId };
}

/** What a withdrawn transfer keeps for the report. */
function madeBefore(state: RecordState): { patientId?: string; ledger?: BlobRef } {
  const patientId = patientOf(state);
  const ledger = ledgerOf(state);
  return { ...(patientId ? { patientId } : {}), ...(ledger ? { ledger } : {}) };
}

/** Whose documents they are; undefined while no documents were submitted. */
export function patientOf(state: RecordState): string | undefined {
  switch (state.status) {
    case 'absent':
      return undefined;
    case 'converting':
      return state.facts.patientId;
    case 'normalized':
    case 'refused':
    case 'withdrawn':
      return state.patientId;
    default:
      return assertNever(state);
  }
}

/** The stored ledger, where a conversion has made one. */
export function ledgerOf(state: RecordState): BlobRef | undefined {
  return state.status === 'normalized' || state.status === 'withdrawn' ? state.ledger : undefined;
}

/** Every fact of the record is told to consent, ingestion and audit. */
export function publish(fact: RecordFact): DraftOn<'bulfinch.normalization.v1'> {
  switch (fact.type) {
    case 'ConversionStarted':
      return { type: 'org.bulfinch.normalization.normalization-started.v1', data: { documents: fact.documents.length } };
    case 'RecordNormalized':
      return {
        type: 'org.bulfinch.normalization.record-normalized.v1',
        data: { facts: fact.facts, documentIds: [...fact.documentIds], record: fact.record, ledger: fact.summary },
      };
    case 'DocumentsRefused':
      return {
        type: 'org.bulfinch.normalization.documents-refused.v1',
        data: which(fact),
      };
    case 'TransferWithdrawn':
      return { type: 'org.bulfinch.normalization.transfer-withdrawn.v1', data: { actor: fact.actor, how: fact.how } };
    default:
      return assertNever(fact);
  }
}

/** A conversion is due at once; nothing else waits. */
export function due(state: RecordState): { readonly kind: 'convert'; readonly at: 0 } | undefined {
  return state.status === 'converting' ? { kind: 'convert', at: 0 } : undefined;
}
