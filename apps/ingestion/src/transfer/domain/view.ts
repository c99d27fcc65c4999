import type { EvidenceFact, Hold } from '#libs/contracts';
import { showReference } from '#libs/shared/domain';
import { undescribed } from './document.js';
import { leftBefore, openHolds, type Standing } from './standing.js';
import { isOverdue, type OpenTransfer, turnNow } from './transfer.js';

/**
 * Who looks: the hospital's people; the clinic that sent the records in; the clinic that has received them. A clinic that is to receive
 * records sees nothing before they have arrived: a hold or a refusal would hint at what is withheld (domain.md section 4).
 */
export type Audience = 'staff' | 'sender' | 'recipient';

/** How the caller stands to a transfer, or undefined: then it does not exist for them. `partyId` is undefined for the hospital's people. */
export function audienceOf(transfer: OpenTransfer, partyId: string | undefined): Audience | undefined {
  if (partyId === undefined) return 'staff';
  if (transfer.facts.senderId === partyId) return 'sender';
  return transfer.facts.recipientId === partyId && transfer.heard.delivery.deliveredAt !== undefined ? 'recipient' : undefined;
}

/** `K7QM-3XPC-2`: the transfer as people say it. */
export function speak(transfer: Pick<OpenTransfer, 'reference' | 'number'>): string {
  return `${showReference(transfer.reference)}-${transfer.number}`;
}

/** One line of a list. A clinic never gets a patientId. */
export interface TransferSummary extends Standing {
  readonly id: string;
  readonly reference: string;
  readonly referralId?: string;
  readonly patientId?: string;
  readonly direction: string;
  readonly senderId: string;
  readonly recipientId: string;
  readonly purpose: string;
  readonly basis: string;
  readonly openedAt: string;
  readonly whoseTurn: string;
  readonly needsAttention: boolean;
}

/** Everything a caller may know of one transfer, as `GET /ingestion/transfers/{id}` tells it. */
export interface TransferView extends TransferSummary {
  readonly nextStep: string;
  readonly deadline?: string;
  readonly attention?: { readonly reason: string; readonly since: string };
  readonly holds: readonly Hold[];
  readonly waiver?: string;
  readonly consentIds?: readonly string[];
  readonly neededBy?: string;
  readonly documents: readonly object[];
  readonly timeline: readonly object[];
  readonly evidence: readonly EvidenceFact[];
  readonly evidenceLevel: number | null;
  readonly report?: object;
  readonly attempts?: object;
  readonly reason?: string;
  readonly endAsked?: { readonly how: string; readonly at: string };
  readonly leftBefore: string;
  readonly revokedAfter?: string;
}

/** Evidence levels of design.md section 6. A 2xx answer (`stored`) proves no more than that the channel took it; `taken` is read back equal. */
const evidenceLevels: Record<EvidenceFact['fact'], number> = {
  handed: 0,
  stored: 0,
  fetched: 1,
  unlocked: 2,
  identified: 3,
  taken: 4,
  acknowledged: 5,
  countersigned: 6,
};

export function summarize(id: string, transfer: OpenTransfer, audience: Audience): TransferSummary {
  const { facts, openedAt } = transfer;
  const isStaff = audience === 'staff';
  const { state, since } = standingFor(transfer, audience);
  return {
    id,
    reference: speak(transfer),
    ...(audience !== 'recipient' && { referralId: facts.referralId }),
    ...(isStaff && { patientId: facts.patientId }),
    direction: facts.direction,
    senderId: facts.senderId,
    recipientId: facts.recipientId,
    purpose: facts.purpose,
    basis: facts.basis,
    state,
    since,
    openedAt,
    whoseTurn: isStaff ? turnNow(transfer).whoseTurn : outsideTurn(state),
    needsAttention: isStaff && isOverdue(transfer),
  };
}

/** What is true of a transfer after a person asked something of it. */
export interface TransferTruth {
  readonly id: string;
  readonly reference: string;
  readonly state: string;
}

export function truth(id: string, transfer: OpenTransfer, audience: Audience): TransferTruth {
  return { id, reference: speak(transfer), state: standingFor(transfer, audience).state };
}

/** Lines of those transfers that are the caller's. */
export function summaries(
  found: readonly { readonly id: string; readonly transfer: OpenTransfer }[],
  partyId: string | undefined,
): readonly TransferSummary[] {
  return found.flatMap(({ id, transfer }) => {
    const audience = audienceOf(transfer, partyId);
    return audience ? [summarize(id, transfer, audience)] : [];
  });
}

export function view(id: string, transfer: OpenTransfer, audience: Audience): TransferView {
  const { heard, documents, timeline } = transfer;
  const evidence = heard.delivery.evidence ?? [];
  const isStaff = audience === 'staff';
  const summary = summarize(id, transfer, audience);
  const turn = turnNow(transfer);
  return {
    ...summary,
    nextStep: isStaff || summary.state === transfer.standing.state ? turn.nextStep : 'The hospital works on the transfer.',
    ...(isStaff && turn.deadline !== undefined && { deadline: turn.deadline }),
    ...(isStaff &&
      isOverdue(transfer) && { attention: { reason: `${transfer.standing.state}-overdue`, since: turn.deadline ?? summary.since } }),
    holds: isStaff ? openHolds(transfer) : [],
    documents:
      audience === 'recipient'
        ? []
        : documents.map(({ documentId, type, blob, fileName, description = undescribed, at }) => ({
            documentId,
            type,
            sha256: blob.sha256,
            size: blob.sizeBytes,
            at,
            ...description,
            ...(isStaff && fileName !== undefined && { title: fileName }),
          })),
    timeline: isStaff ? timeline : timeline.filter((line) => toldOutside.has(line.what)),
    evidence,
    evidenceLevel: evidence.length > 0 ? Math.max(...evidence.map((known) => evidenceLevels[known.fact])) : null,
    leftBefore: leftBefore(transfer),
    ...(audience !== 'recipient' && heard.normalization.report && { report: heard.normalization.report }),
    ...(isStaff && staffOnly(transfer)),
  };
}

function staffOnly({ heard, facts, asked, ending }: OpenTransfer): Partial<TransferView> {
  const refused = heard.consent.refused ?? heard.normalization.refused ?? heard.delivery.stopped;
  const { closed, released } = heard.consent;
  const { attempts, deliveredAt } = heard.delivery;
  return {
    consentIds: facts.consentIds,
    ...(asked.neededBy !== undefined && { neededBy: asked.neededBy }),
    ...(released?.waiver !== undefined && { waiver: released.waiver }),
    ...(attempts && { attempts }),
    ...(refused && { reason: refused.reason }),
    ...(ending && { endAsked: { how: ending.how, at: ending.at } }),
    ...(deliveredAt !== undefined && closed?.because === 'revoked' && { revokedAfter: closed.at }),
  };
}

/** Steps that say nothing about what the hospital decided. */
const toldOutside: ReadonlySet<string> = new Set([
  'transfer-created',
  'document-received',
  'transfer-submitted',
  'transfer-cancelled',
  'transfer-recalled',
  'documents-refused',
  'delivered',
  'evidence-added',
]);

function standingFor(transfer: OpenTransfer, audience: Audience): Standing {
  return audience === 'staff' ? transfer.standing : transfer.outside;
}

function outsideTurn(state: Standing['state']): string {
  if (state === 'draft') return 'requester';
  return state === 'delivered' ? 'recipient' : 'hospital';
}
