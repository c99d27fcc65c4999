import type { PartyKind } from '#libs/contracts';
import { accept, type Decision } from '#libs/shared/domain';

/** What the directory has said of a party: codes only. Times are ISO instants. */
export interface RecipientFacts {
  readonly version: number;
  readonly kind: PartyKind;
  readonly verifiedUntil?: string;
  readonly suspended: boolean;
  /** Address, key and kind in one hash: it changes when a person must look again. */
  readonly channelHash: string;
}
export type Recipient = { readonly status: 'unknown' } | ({ readonly status: 'known' } & RecipientFacts);
export type RecipientInput = { readonly type: 'PartyChanged' } & RecipientFacts;
export type RecipientFact = { readonly type: 'PartyNoted' } & RecipientFacts;

export const unknownRecipient: Recipient = { status: 'unknown' };

/** Versions of one party come in order from one publisher; an older one would be a late fact and changes nothing. */
export function decide(recipient: Recipient, input: RecipientInput): Decision<RecipientFact, never> {
  if (recipient.status === 'known' && recipient.version >= input.version) return accept();
  return accept({ ...input, type: 'PartyNoted' });
}

export function evolve(_: Recipient, { type: _type, ...facts }: RecipientFact): Recipient {
  return { status: 'known', ...facts };
}

/** Whether the party's proof of identity holds at `now` (epoch ms). A proof without an end has none. */
export function isVerified(recipient: RecipientFacts, now: number): boolean {
  return !recipient.suspended && (recipient.verifiedUntil === undefined || Date.parse(recipient.verifiedUntil) > now);
}
