import { type AuthorityRow, authorityRow, type PartyKind, type TransferFacts } from '#libs/contracts';
import { speaksOf, timeOf } from '../../consent/domain/coverage.js';
import { type Directive } from '../../consent/domain/directive.js';
import { isVerified, type RecipientFacts } from '../../directory/domain/recipient.js';
import type { DocumentBundle } from './content/bundle.js';
import { type CoarseClass, coarseClass } from './content/coarse-class.js';
import { type Originals, originalsOf } from './content/originals.js';
import type { RefusedReason } from './release.js';

/** A consent as it was read for the decision; `state` undefined where no such consent is known. */
export interface NamedConsent {
  readonly consentId: string;
  readonly state?: { readonly isActive: boolean; readonly directive: Directive };
}

/** All that a decision rests on. `directives`: every active one of the patient, named or not. `now`: epoch ms. */
export interface Grounds {
  readonly facts: TransferFacts;
  readonly record: DocumentBundle;
  readonly consents: readonly NamedConsent[];
  readonly directives: readonly Directive[];
  readonly recipient: RecipientFacts;
  /** Name of the policy under which unread content may leave without a look, where the house has one. */
  readonly waiver: string | undefined;
  readonly now: number;
}

export type ItemReason = 'authorized' | 'received' | 'original-not-named' | 'trace-of-original';
/** One line of the decision, for staff. `index`: place in the record's Bundle. */
export interface Item {
  readonly index: number;
  readonly resourceType: string;
  readonly class: CoarseClass;
  readonly decision: 'included' | 'withheld' | 'not-asked';
  readonly reason: ItemReason;
  /** No rule set has read it: outbound it leaves only after a look or under a waiver (domain.md section 4). */
  readonly isUnread: boolean;
}

/** Why a person must look before anything leaves. A waiver answers `unread` and nothing else. */
export type ReviewReason = 'unread' | 'scope-not-applied' | 'original-not-found';

export interface Plan {
  readonly items: readonly Item[];
  readonly review: readonly ReviewReason[];
  /** Set when the waiver was needed and used. */
  readonly waiver?: string;
}
export type ReleaseDecision =
  | ({ readonly decision: 'may-leave' } & Plan)
  | { readonly decision: 'refused'; readonly reason: RefusedReason };

/** What of the record may leave to this recipient for this purpose on this authority (domain.md sections 3 and 4). */
export function decideRelease(grounds: Grounds): ReleaseDecision {
  const { facts, recipient } = grounds;
  const row = rowFor(facts, recipient.kind);
  if (!row) return refused('no-authority');
  if (!isVerified(recipient, grounds.now)) return refused('recipient-not-verified');
  const against = facts.direction === 'inbound' ? undefined : consentsAgainst(grounds, row);
  if (against) return refused(against);
  return { decision: 'may-leave', ...planOf(grounds) };
}

function refused(reason: RefusedReason): ReleaseDecision {
  return { decision: 'refused', reason };
}

function rowFor({ direction, basis, purpose }: TransferFacts, recipientKind: PartyKind): AuthorityRow | undefined {
  return authorityRow({ direction, basis, purpose, recipientKind });
}

/** Every consent that was named must stand, also where the authority asks for none: whoever named it rests the transfer on it. */
function consentsAgainst({ facts, consents, directives, now }: Grounds, row: AuthorityRow): RefusedReason | undefined {
  for (const { state } of consents) {
    if (!state) return 'consent-missing';
    if (state.directive.patientId !== facts.patientId) return 'consent-other-patient';
    if (timeOf(state.directive, now) === 'expired') return 'consent-expired';
    if (!state.isActive || timeOf(state.directive, now) === 'not-begun') return 'consent-not-active';
  }
  // A deny binds every basis, also where it was not named (45 CFR 164.522; domain.md section 3).
  const denies = directives.filter((one) => one.type === 'deny' && timeOf(one, now) === 'in-force');
  if (denies.some((deny) => speaksOf(deny, facts))) return 'consent-does-not-cover';
  if (row.requires === 'free') return undefined;
  if (consents.length === 0) return 'consent-missing';
  const covers = consents.some(({ state }) => state?.directive.type === 'permit' && speaksOf(state.directive, facts));
  return covers ? undefined : 'consent-does-not-cover';
}

/** What comes in keeps its originals. */
const everything: Originals = { entries: new Set(), missing: [] };

function planOf({ facts, record, waiver }: Grounds): Plan {
  const isInbound = facts.direction === 'inbound';
  const { entries, missing } = isInbound ? everything : originalsOf(record, facts.scope.originals ?? []);
  const items = record.entry.map(({ resource }, index): Item => {
    const { resourceType } = resource;
    const common = { index, resourceType, class: coarseClass(resource) };
    if (!entries.has(index))
      return { ...common, decision: 'included', reason: isInbound ? 'received' : 'authorized', isUnread: !isInbound };
    const isTrace = resourceType !== 'Binary' && resourceType !== 'DocumentReference';
    return { ...common, decision: 'not-asked', reason: isTrace ? 'trace-of-original' : 'original-not-named', isUnread: false };
  });
  const isUnread = items.some((item) => item.decision === 'included' && item.isUnread);
  const review: ReviewReason[] = [];
  // Dates and classes cannot be told of every kind of resource yet (a narrative has neither), so a part of the record is not cut out by
  // machine: a person sees that the whole would leave, and says so or refuses.
  if (isPartial(facts)) review.push('scope-not-applied');
  if (missing.length > 0) review.push('original-not-found');
  if (isUnread && waiver === undefined) review.push('unread');
  return { items, review, ...(isUnread && waiver !== undefined ? { waiver } : {}) };
}

function isPartial({ scope }: TransferFacts): boolean {
  const { from, to, classes, form } = scope;
  return from !== undefined || to !== undefined || classes !== undefined || (form !== undefined && form !== 'record');
}

/** The entries that do not go into the release. */
export function droppedOf(plan: Plan): ReadonlySet<number> {
  return new Set(plan.items.filter((item) => item.decision !== 'included').map((item) => item.index));
}

/** Whether a person's approval is of exactly these bytes to this channel. */
export function isApproved(
  approved: { readonly release: number; readonly sha256: string; readonly channelHash: string } | undefined,
  now: { readonly release: number; readonly sha256: string; readonly channelHash: string },
): boolean {
  return approved?.release === now.release && approved.sha256 === now.sha256 && approved.channelHash === now.channelHash;
}
