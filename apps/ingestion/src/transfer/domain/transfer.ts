import type { Actor, BlobRef, DraftOn, TransferFacts } from '#libs/contracts';
import { accept, assertNever, type Decision, refuse } from '#libs/shared/domain';
import {
  type DescriptionChange,
  type DocumentDescription,
  type DocumentRefusal,
  decideDescription,
  decideDocument,
  described,
  handedOn,
  listed,
  type TransferDocument,
} from './document.js';
import { follow, type Heard, type LaterEvent, nothingHeard, type TimelineEntry, timelineOf } from './later.js';
import { openHolds, progressOf, type Standing, standing } from './standing.js';
import { type Turn, turnOf } from './turn.js';

/** Attempts shown on the timeline; the budget of 72 h ends far below it, and the case must stay small. */
const attemptsShownMax = 100;

/** What the person who opened the transfer asked for beside the facts that travel. Codes and ids only. */
export interface Asked {
  readonly requester: { readonly kind: string; readonly personId?: string; readonly onBehalfOf?: string };
  readonly neededBy?: string;
  readonly replaces?: string;
  readonly inReplyTo?: string;
}

/** A person's wish that nothing more leaves. `reason` is free text, so patient data: never published. */
export interface Ending {
  readonly how: 'cancel' | 'recall';
  readonly at: string;
  readonly reason: string;
  readonly actor: Actor;
}

/** `standing`, `outside` and `holdKinds` follow from the rest and are kept beside it because lists ask by them. */
export interface OpenTransfer {
  readonly status: 'open';
  readonly facts: TransferFacts;
  /** 8 characters of the referral, and the transfer's number in it. */
  readonly reference: string;
  readonly number: number;
  readonly asked: Asked;
  readonly openedAt: string;
  readonly documents: readonly TransferDocument[];
  readonly submittedAt?: string;
  readonly ending?: Ending;
  readonly heard: Heard;
  readonly timeline: readonly TimelineEntry[];
  /** The deadline that passed: it calls for a person as long as the transfer stands where it stood then. */
  readonly overdue?: Standing & { readonly deadline: string };
  readonly standing: Standing;
  /** Where it stands for a clinic: a hold would tell that the house wonders about the patient, so it shows how far the transfer has come. */
  readonly outside: Standing;
  readonly holdKinds: readonly string[];
}
export type Transfer = { readonly status: 'absent' } | OpenTransfer;

export type TransferInput =
  | ({ readonly type: 'Open'; readonly at: string } & Opening)
  | { readonly type: 'AddDocument'; readonly document: TransferDocument; readonly actor: Actor }
  | ({ readonly type: 'DescribeDocument'; readonly actor: Actor } & DescriptionChange)
  /** `patient`: what the register says of the patient, sealed to normalization. */
  | { readonly type: 'Submit'; readonly patient?: BlobRef; readonly actor: Actor; readonly at: string }
  | ({ readonly type: 'End' } & Ending)
  | { readonly type: 'Hear'; readonly event: LaterEvent }
  | { readonly type: 'CheckDeadline'; readonly at: string };
export type Opening = Pick<OpenTransfer, 'facts' | 'reference' | 'number' | 'asked'>;

export type TransferFact =
  | ({ readonly type: 'TransferOpened'; readonly at: string } & Opening)
  | { readonly type: 'DocumentReceived'; readonly document: TransferDocument; readonly actor: Actor }
  | {
      readonly type: 'DocumentDescribed';
      readonly documentId: string;
      readonly description: DocumentDescription;
      readonly actor: Actor;
    }
  | {
      readonly type: 'TransferSubmitted';
      readonly facts: TransferFacts;
      readonly documents: readonly TransferDocument[];
      readonly patient?: BlobRef;
      readonly actor: Actor;
      readonly at: string;
    }
  | ({ readonly type: 'EndAsked' } & Ending)
  | { readonly type: 'LaterHeard'; readonly event: LaterEvent }
  | { readonly type: 'DeadlinePassed'; readonly deadline: string };

export type TransferRefusal = 'already-open' | 'unknown-transfer' | DocumentRefusal | 'no-documents' | 'not-submitted' | 'transfer-ended';

/** The law of a transfer. A repeated wish is accepted and changes nothing; only what cannot be is refused. */
export function decide(transfer: Transfer, input: TransferInput): Decision<TransferFact, TransferRefusal> {
  if (input.type === 'Open') return transfer.status === 'open' ? refuse('already-open') : accept({ ...input, type: 'TransferOpened' });
  if (transfer.status === 'absent') return refuse('unknown-transfer');
  switch (input.type) {
    case 'AddDocument':
      return decideDocument(transfer, input);
    case 'DescribeDocument':
      return decideDescription(transfer, input);
    case 'Submit':
      return decideSubmit(transfer, input);
    case 'End':
      return decideEnd(transfer, input);
    case 'Hear':
      return accept({ type: 'LaterHeard', event: input.event });
    case 'CheckDeadline': {
      const due = dueOf(transfer);
      if (due === undefined || due.at > Date.parse(input.at)) return accept();
      return accept({ type: 'DeadlinePassed', deadline: due.deadline });
    }
    default:
      return assertNever(input);
  }
}

function decideSubmit(
  transfer: OpenTransfer,
  { patient, actor, at }: Extract<TransferInput, { type: 'Submit' }>,
): Decision<TransferFact, TransferRefusal> {
  if (transfer.submittedAt !== undefined) return accept();
  if (transfer.standing.state !== 'draft') return refuse('transfer-ended');
  const documents = handedOn(transfer.documents);
  if (documents.length === 0) return refuse('no-documents');
  return accept({ type: 'TransferSubmitted', facts: transfer.facts, documents, ...(patient && { patient }), actor, at });
}

function decideEnd(transfer: OpenTransfer, input: Extract<TransferInput, { type: 'End' }>): Decision<TransferFact, TransferRefusal> {
  // A recall may follow a cancellation that came too late; the same wish again, or a lesser one, adds nothing.
  if (transfer.ending && (transfer.ending.how === input.how || transfer.ending.how === 'recall')) return accept();
  if (input.how === 'recall' && transfer.submittedAt === undefined) return refuse('not-submitted');
  if (isBeyondRecall(transfer)) return refuse('transfer-ended');
  return accept({ ...input, type: 'EndAsked' });
}

/** Nothing has left or can leave, and its gate is shut or was never made. A failed or delivered transfer still has an open gate. */
function isBeyondRecall({ standing: { state } }: OpenTransfer): boolean {
  return ['refused', 'cancelled', 'recalled', 'revoked', 'expired', 'superseded'].includes(state);
}

export function evolve(transfer: Transfer, fact: TransferFact): Transfer {
  if (fact.type === 'TransferOpened') return opened(fact);
  if (transfer.status === 'absent') throw new Error('only opening makes a transfer');
  return withStanding(changed(transfer, fact));
}

function opened({ facts, reference, number, asked, at }: Extract<TransferFact, { type: 'TransferOpened' }>): OpenTransfer {
  return {
    status: 'open',
    facts,
    reference,
    number,
    asked,
    openedAt: at,
    documents: [],
    heard: nothingHeard,
    timeline: [{ at, what: 'transfer-created', service: 'ingestion' }],
    standing: { state: 'draft', since: at },
    outside: { state: 'draft', since: at },
    holdKinds: [],
  };
}

function changed(transfer: OpenTransfer, fact: Exclude<TransferFact, { type: 'TransferOpened' }>): OpenTransfer {
  switch (fact.type) {
    case 'DocumentReceived':
      return {
        ...transfer,
        documents: [...transfer.documents, fact.document],
        timeline: told(transfer, { at: fact.document.at, what: 'document-received', service: 'ingestion' }),
      };
    case 'DocumentDescribed':
      return { ...transfer, documents: described(transfer.documents, fact) };
    case 'TransferSubmitted':
      return {
        ...transfer,
        submittedAt: fact.at,
        timeline: told(transfer, { at: fact.at, what: 'transfer-submitted', service: 'ingestion' }),
      };
    case 'EndAsked': {
      const { how, at, reason, actor } = fact;
      return {
        ...transfer,
        ending: { how, at, reason, actor },
        timeline: told(transfer, { at, what: how === 'cancel' ? 'transfer-cancelled' : 'transfer-recalled', service: 'ingestion' }),
      };
    }
    case 'LaterHeard': {
      const heard = follow(transfer.heard, fact.event);
      const entry = timelineOf(fact.event);
      const isShown =
        entry !== undefined && !(entry.what.startsWith('attempt-') && (heard.delivery.attempts?.count ?? 0) > attemptsShownMax);
      return { ...transfer, heard, timeline: isShown ? told(transfer, entry) : transfer.timeline };
    }
    case 'DeadlinePassed':
      return { ...transfer, overdue: { ...transfer.standing, deadline: fact.deadline } };
    default:
      return assertNever(fact);
  }
}

/** Services in the order of the record's way. */
const way = ['ingestion', 'normalization', 'consent', 'delivery'];

/** Sorted by time, then by the record's way; one service's facts keep their order. Facts of two services come in any order and must show alike. */
function told(transfer: OpenTransfer, entry: TimelineEntry): readonly TimelineEntry[] {
  const isBefore = (line: TimelineEntry) =>
    Date.parse(line.at) < Date.parse(entry.at) ||
    (Date.parse(line.at) === Date.parse(entry.at) && way.indexOf(line.service) <= way.indexOf(entry.service));
  return transfer.timeline.toSpliced(transfer.timeline.findLastIndex(isBefore) + 1, 0, entry);
}

function withStanding(transfer: OpenTransfer): OpenTransfer {
  const now = standing(transfer);
  const outside = now.state === 'held' ? progressOf(transfer) : now;
  return { ...transfer, standing: now, outside, holdKinds: openHolds(transfer).map((hold) => hold.kind) };
}

/** Whose turn it is now, what comes next, and by when. */
export function turnNow(transfer: OpenTransfer): Turn {
  return turnOf(transfer.standing, {
    direction: transfer.facts.direction,
    hasDocuments: handedOn(transfer.documents).length > 0,
    holds: openHolds(transfer),
    ...(transfer.ending && { ending: transfer.ending }),
    delivery: transfer.heard.delivery,
  });
}

/** Whether the deadline of where the transfer stands now has passed. */
export function isOverdue({ overdue, ...transfer }: OpenTransfer): boolean {
  return overdue !== undefined && overdue.deadline === turnNow(transfer).deadline;
}

function dueOf(transfer: OpenTransfer): { readonly at: number; readonly deadline: string } | undefined {
  const { deadline } = turnNow(transfer);
  return deadline === undefined || isOverdue(transfer) ? undefined : { at: Date.parse(deadline), deadline };
}

function publish(fact: TransferFact): DraftOn<'bulfinch.ingestion.v1'> | undefined {
  switch (fact.type) {
    case 'TransferOpened':
      return { type: 'org.bulfinch.ingestion.transfer-created.v1', data: fact.facts };
    case 'DocumentReceived':
      return { type: 'org.bulfinch.ingestion.document-received.v1', data: { ...listed(fact.document), actor: fact.actor } };
    case 'DocumentDescribed': {
      const { documentId, description, actor } = fact;
      return { type: 'org.bulfinch.ingestion.document-described.v1', data: { documentId, ...description, actor } };
    }
    case 'TransferSubmitted':
      return {
        type: 'org.bulfinch.ingestion.transfer-submitted.v1',
        data: {
          facts: fact.facts,
          documents: fact.documents.map(listed),
          ...(fact.patient && { patient: fact.patient }),
          actor: fact.actor,
        },
      };
    case 'EndAsked':
      return { type: 'org.bulfinch.ingestion.transfer-cancelled.v1', data: { actor: fact.actor, how: fact.how } };
    case 'LaterHeard':
    case 'DeadlinePassed':
      return undefined;
    default:
      return assertNever(fact);
  }
}

/** The case of a transfer (shape of `CaseDefinition`, libs/eventing). */
export const transferDefinition = {
  service: 'ingestion',
  collection: 'transfers',
  shape: 1,
  topic: 'bulfinch.ingestion.v1',
  // Widened: the case begins absent and does not stay so.
  initial: { status: 'absent' } as Transfer,
  decide,
  evolve,
  publish,
  due: (transfer: Transfer) => {
    const due = transfer.status === 'open' ? dueOf(transfer) : undefined;
    return due && { kind: 'deadline', at: due.at };
  },
} as const;
