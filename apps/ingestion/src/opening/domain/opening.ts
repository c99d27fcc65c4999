import { authorityRow, type Basis, type Direction, type PartyKind, type Purpose } from '#libs/contracts';

/**
 * What ingestion knows of a party of the directory: no name, no address (domain.md section 1). Without `verifiedUntil` the proof of
 * identity has no expiry: staff vouched for the party when they entered it. Consent reads it the same way.
 */
export interface KnownParty {
  readonly kind: PartyKind;
  readonly isSuspended: boolean;
  readonly verifiedUntil?: string;
}

export type OpeningRefusal =
  | 'recipient-unknown'
  | 'recipient-suspended'
  | 'recipient-not-verified'
  | 'no-authority'
  | 'consent-missing'
  | 'sender-is-recipient';

export interface OpeningAsked {
  readonly direction: Direction;
  readonly senderId: string;
  readonly recipientId: string;
  readonly basis: Basis;
  readonly purpose: Purpose;
  readonly consentIds: readonly string[];
}

/**
 * Whether a transfer may be opened at all: its recipient is known, not suspended and verified, and the authority table has a row for it
 * (domain.md sections 1 and 3). Undefined when it may. `now`: ISO instant.
 */
export function refusalOf(asked: OpeningAsked, recipient: KnownParty | undefined, now: string): OpeningRefusal | undefined {
  if (asked.senderId === asked.recipientId) return 'sender-is-recipient';
  if (!recipient) return 'recipient-unknown';
  if (recipient.isSuspended) return 'recipient-suspended';
  if (recipient.verifiedUntil !== undefined && Date.parse(recipient.verifiedUntil) <= Date.parse(now)) return 'recipient-not-verified';
  const row = authorityRow({ ...asked, recipientKind: recipient.kind });
  if (!row) return 'no-authority';
  return row.requires === 'general-consent' && asked.consentIds.length === 0 ? 'consent-missing' : undefined;
}
