import type { DraftOn, EventOn, PartyKind } from '#libs/contracts';
import { accept, type Decision } from '#libs/shared/domain';

/** A party of the directory as ingestion follows it: what decides whether records may be opened to it. */
export type Party =
  | { readonly status: 'unknown' }
  | {
      readonly status: 'known';
      readonly version: number;
      readonly kind: PartyKind;
      readonly isSuspended: boolean;
      readonly verifiedUntil?: string;
    };

export type PartyInput = { readonly type: 'Hear'; readonly event: EventOn<'bulfinch.directory.v1'> };
export type PartyFact = { readonly type: 'PartyChanged'; readonly event: EventOn<'bulfinch.directory.v1'> };

function decide(party: Party, { event }: PartyInput): Decision<PartyFact, never> {
  return party.status === 'known' && event.data.version <= party.version ? accept() : accept({ type: 'PartyChanged', event });
}

function evolve(_party: Party, { event }: PartyFact): Party {
  const { version, kind, suspended, verifiedUntil } = event.data;
  return { status: 'known', version, kind, isSuspended: suspended, ...(verifiedUntil !== undefined && { verifiedUntil }) };
}

/** The case of a followed party; it publishes nothing. */
export const partyDefinition = {
  service: 'ingestion',
  collection: 'parties',
  shape: 1,
  topic: undefined,
  // Widened: the case begins unknown and does not stay so.
  initial: { status: 'unknown' } as Party,
  decide,
  evolve,
  publish: (): DraftOn<'bulfinch.access.v1'> | undefined => undefined,
} as const;
