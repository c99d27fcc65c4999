import type { Actor, BlobRef, DraftOn, PartyKind } from '#libs/contracts';
import { accept, type Decision, refuse } from '#libs/shared/domain';

/** SMART Backend Services: tokens for a signed assertion. The key lies in a file of the house and is named by the party's id. */
export interface SmartChannelAuth {
  readonly type: 'smart';
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly scope: string;
}

/** How a party is reached. `auth.token` is a blob of the vault sealed to delivery: the secret itself stands in no case. */
export interface Channel {
  readonly type: 'fhir';
  readonly baseUrl: string;
  readonly mode: 'document' | 'transaction';
  readonly auth: { readonly type: 'none' } | { readonly type: 'bearer'; readonly token: BlobRef } | SmartChannelAuth;
  readonly retry: 'dedupes' | 'searchable' | 'blind';
  readonly settleSeconds?: number;
  readonly answerTimeoutSeconds: number;
  readonly notTaken: readonly number[];
}

/** What the directory knows of a party (domain.md section 1). Name, languages and channel stay in here: events carry facts and a hash. */
export interface Party {
  readonly name: string;
  readonly kind: PartyKind;
  readonly countries: readonly string[];
  readonly languages: readonly string[];
  readonly timeZone?: string;
  readonly channel: Channel;
  /** An instant. */
  readonly verifiedUntil?: string;
  readonly suspended: boolean;
  /** In the house's own network: private addresses are allowed. */
  readonly internal: boolean;
}

/** `channelHash`: SHA-256 over address, key and kind; when it changes, approvals given before no longer hold. */
export type PartyState =
  | { readonly status: 'absent' }
  | { readonly status: 'known'; readonly version: number; readonly party: Party; readonly channelHash: string };
export type PartyInput = { readonly type: 'Enter'; readonly party: Party; readonly channelHash: string; readonly actor: Actor };
export type PartyFact = {
  readonly type: 'PartyChanged';
  readonly version: number;
  readonly party: Party;
  readonly channelHash: string;
  readonly actor: Actor;
};
export type PartyRefusal = 'versions-spent';

/** More changes than this are a program gone wild; the outbox of a case is never cut. */
const versionsMax = 10_000;

export function decideParty(state: PartyState, input: PartyInput): Decision<PartyFact, PartyRefusal> {
  const { party, channelHash, actor } = input;
  // The same again is no change: the version says how often what is known of the party really changed.
  if (state.status === 'known' && isSame(state.party, party) && state.channelHash === channelHash) return accept();
  const version = state.status === 'known' ? state.version + 1 : 1;
  return version > versionsMax ? refuse('versions-spent') : accept({ type: 'PartyChanged', version, party, channelHash, actor });
}

export function evolveParty(_state: PartyState, fact: PartyFact): PartyState {
  return { status: 'known', version: fact.version, party: fact.party, channelHash: fact.channelHash };
}

export function publishParty(fact: PartyFact): DraftOn<'bulfinch.directory.v1'> {
  const { kind, countries, verifiedUntil, suspended } = fact.party;
  const { version, channelHash, actor } = fact;
  const verified = verifiedUntil === undefined ? {} : { verifiedUntil };
  return {
    type: 'org.bulfinch.delivery.party-changed.v1',
    data: { version, kind, countries: [...countries], ...verified, suspended, channelHash, actor },
  };
}

export const partyDefinition = {
  service: 'delivery',
  collection: 'parties',
  shape: 1,
  topic: 'bulfinch.directory.v1',
  // The cast widens the literal to the union that it is one of.
  initial: { status: 'absent' } as PartyState,
  decide: decideParty,
  evolve: evolveParty,
  publish: publishParty,
} as const;

/** Deep equality of plain data; a field that is absent equals one that is undefined. */
function isSame(one: unknown, other: unknown): boolean {
  if (typeof one !== 'object' || one === null || typeof other !== 'object' || other === null) return one === other;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const [left, right] = [new Map<string, unknown>(Object.entries(one)), new Map<string, unknown>(Object.entries(other))];
  return [...new Set([...left.keys(), ...right.keys()])].every((key) => isSame(left.get(key), right.get(key)));
}
