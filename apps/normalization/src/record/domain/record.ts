import type { Actor, BlobRef, DocumentType, DraftOn, TransferFacts } from '#libs/contracts';
import { accept, assertNever, type Decision, refuse } from '#libs/shared/domain';
import { answeredWith, type FoundMismatch, type Match, type MatchAnswer, matchFrom } from './match.js';

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
  /** What the register says of the patient, sealed to this service; undefined for a transfer of a process that did not tell it. */
  readonly patient?: BlobRef;
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

/** A record with what is told of it. */
export interface Made extends NormalizedRecord {
  readonly facts: TransferFacts;
  readonly documentIds: readonly string[];
}

/** The record of one transfer. `withdrawn` keeps what had been made before, for the report. `match`: the mismatch there was, and its answer. */
export type RecordState =
  | { readonly status: 'absent' }
  | ({ readonly status: 'converting' } & Task)
  | ({ readonly status: 'held'; readonly match: Match } & Made)
  | ({ readonly status: 'normalized'; readonly patientId: string; readonly match?: Match } & NormalizedRecord)
  | {
      readonly status: 'refused';
      readonly patientId: string;
      readonly match?: Match;
      readonly reason: string;
      readonly documentId?: string;
    }
  | {
      readonly status: 'withdrawn';
      readonly how: Withdrawal['how'];
      readonly patientId?: string;
      readonly ledger?: BlobRef;
      readonly match?: Match;
    };

interface Withdrawal {
  readonly actor: Actor;
  readonly how: 'cancel' | 'recall';
}

export type RecordInput =
  | ({ readonly type: 'Submitted' } & Task)
  | ({ readonly type: 'Cancelled' } & Withdrawal)
  | ({ readonly type: 'Converted'; readonly mismatch?: FoundMismatch } & NormalizedRecord)
  | ({ readonly type: 'AnswerHold'; readonly holdId: string } & MatchAnswer)
  | { readonly type: 'NotConvertible'; readonly reason: string; readonly documentId?: string };

/**
 * `already-taken-up`: ingestion submitted twice. `not-converting`: a result that comes after a withdrawal or another result; it is thrown away.
 * `no-such-hold`, `answered-otherwise`: to a person who answers.
 */
export type RecordRefusal = 'already-taken-up' | 'not-converting' | 'no-such-hold' | 'answered-otherwise';

export type RecordFact =
  | ({ readonly type: 'ConversionStarted' } & Task)
  | ({ readonly type: 'RecordHeld'; readonly match: Match } & Made)
  | ({ readonly type: 'HoldAnswered'; readonly holdId: string } & MatchAnswer)
  | ({ readonly type: 'RecordNormalized' } & Made)
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
      return state.status === 'converting' ? accept(converted(state, input)) : refuse('not-converting');
    case 'AnswerHold':
      return decideAnswer(state, input);
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

/** What the documents say of the patient stands against the register: the record waits until a person has said whose it is. */
function converted(task: Task, { record, ledger, summary, mismatch }: Extract<RecordInput, { type: 'Converted' }>): RecordFact {
  const documentIds = task.documents.map((document) => document.documentId);
  const made: Made = { record, ledger, summary, facts: task.facts, documentIds };
  if (!mismatch) return { type: 'RecordNormalized', ...made };
  return { type: 'RecordHeld', ...made, match: matchFrom(mismatch) };
}

/** The same answer again changes nothing, also after it was carried out; another one comes too late. */
function decideAnswer(state: RecordState, input: Extract<RecordInput, { type: 'AnswerHold' }>): Decision<RecordFact, RecordRefusal> {
  const match = matchOf(state);
  if (match?.hold.id !== input.holdId) return refuse('no-such-hold');
  if (match.answer) return match.answer.decision === input.decision ? accept() : refuse('answered-otherwise');
  // Withdrawn while it was held: there is nothing left to answer.
  if (state.status !== 'held') return refuse('no-such-hold');
  const { facts, documentIds, record, ledger, summary } = state;
  const answered: RecordFact = { ...input, type: 'HoldAnswered' };
  if (input.decision === 'other-person')
    return accept<RecordFact>(answered, { type: 'DocumentsRefused', patientId: facts.patientId, reason: 'other-patient' });
  return accept<RecordFact>(answered, { type: 'RecordNormalized', facts, documentIds, record, ledger, summary });
}

export function evolve(state: RecordState, fact: RecordFact): RecordState {
  switch (fact.type) {
    case 'ConversionStarted':
      return {
        status: 'converting',
        facts: fact.facts,
        documents: fact.documents,
        ...(fact.patient && { patient: fact.patient }),
        recordId: fact.recordId,
        recordedAt: fact.recordedAt,
      };
    case 'RecordHeld': {
      const { type: _held, ...made } = fact;
      return { status: 'held', ...made };
    }
    case 'HoldAnswered':
      return state.status === 'held' ? { ...state, match: answeredWith(state.match, fact) } : state;
    case 'RecordNormalized':
      return {
        status: 'normalized',
        patientId: fact.facts.patientId,
        record: fact.record,
        ledger: fact.ledger,
        summary: fact.summary,
        ...matched(state),
      };
    case 'DocumentsRefused':
      return { status: 'refused', patientId: fact.patientId, ...matched(state), ...which(fact) };
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
function madeBefore(state: RecordState): { patientId?: string; ledger?: BlobRef; match?: Match } {
  const patientId = patientOf(state);
  const ledger = ledgerOf(state);
  return { ...(patientId ? { patientId } : {}), ...(ledger ? { ledger } : {}), ...matched(state) };
}

/** Whose documents they are; undefined while no documents were submitted. */
export function patientOf(state: RecordState): string | undefined {
  switch (state.status) {
    case 'absent':
      return undefined;
    case 'converting':
    case 'held':
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
  return state.status === 'held' || state.status === 'normalized' || state.status === 'withdrawn' ? state.ledger : undefined;
}

/** The mismatch there is or was. */
export function matchOf(state: RecordState): Match | undefined {
  return state.status === 'absent' || state.status === 'converting' ? undefined : state.match;
}

function matched(state: RecordState): { match?: Match } {
  const match = matchOf(state);
  return match ? { match } : {};
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
    case 'RecordHeld':
      return { type: 'org.bulfinch.normalization.record-held.v1', data: { hold: fact.match.hold } };
    case 'HoldAnswered': {
      const { holdId, decision, actor } = fact;
      return { type: 'org.bulfinch.normalization.record-hold-answered.v1', data: { holdId, decision, actor } };
    }
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
