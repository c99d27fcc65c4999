import { type AuthorityRow, authorityRow, type PartyKind, type TransferFacts } from '#libs/contracts';
import { speaksOf, timeOf } from '../../consent/domain/coverage.js';
import { isVerified } from '../../directory/domain/recipient.js';
import type { Grounds } from './grounds.js';
import type { Plan } from './plan.js';
import { planOf } from './plan-release.js';
import type { RefusedReason } from './release.js';

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
  const plan = planOf(grounds, row);
  // The document itself, or whom it is about, would have to be withheld: then there is nothing to send.
  return plan ? { decision: 'may-leave', ...plan } : refused('consent-does-not-cover');
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
  // A deny binds every basis, also where it was not named (45 CFR 164.522; domain.md section 3). One of a single kind binds its items only.
  const denies = directives.filter((one) => one.type === 'deny' && !one.kinds?.length && timeOf(one, now) === 'in-force');
  if (denies.some((deny) => speaksOf(deny, facts))) return 'consent-does-not-cover';
  if (row.requires !== 'general-consent') return undefined;
  if (consents.length === 0) return 'consent-missing';
  // A consent for one protected kind stands apart from any other and permits nothing else.
  const covers = consents.some(
    ({ state }) => state?.directive.type === 'permit' && !state.directive.kinds?.length && speaksOf(state.directive, facts),
  );
  return covers ? undefined : 'consent-does-not-cover';
}

/** The entries that do not go into the release. */
export function droppedOf(plan: Plan): ReadonlySet<number> {
  return new Set(plan.items.filter((item) => item.decision !== 'included').map((item) => item.index));
}

/** What of it a rule withholds: entries by index, sections of the Composition by path. */
export function withheldOf(plan: Plan): { readonly entries: ReadonlySet<number>; readonly sections: ReadonlySet<string> } {
  const entries = new Set(plan.items.filter((item) => item.decision === 'withheld').map((item) => item.index));
  return { entries, sections: new Set(plan.sectionsWithheld) };
}

/** Whether a person's approval is of exactly these bytes to this channel. */
export function isApproved(
  approved: { readonly release: number; readonly sha256: string; readonly channelHash: string } | undefined,
  now: { readonly release: number; readonly sha256: string; readonly channelHash: string },
): boolean {
  return approved?.release === now.release && approved.sha256 === now.sha256 && approved.channelHash === now.channelHash;
}
