import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { Actor } from '#libs/contracts';
import { Vault } from '#libs/vault';
import type { RecipientFacts } from '../delivery/domain/delivery.js';
import type { SmartAuth } from '../delivery/smart-token.client.js';
import { ClientKeys } from './client-keys.js';
import { DirectoryRepository, type KnownParty, PARTIES, type PartyCases } from './directory.repository.js';
import type { Channel, Party, SmartChannelAuth } from './domain/party.js';
import type { PartyQuery, PartyRequest } from './party.requests.js';

/** Where and how a package is pushed. The token is clear here and nowhere else. */
export interface PushTarget {
  readonly baseUrl: string;
  /** Of the party as it was when this was read. */
  readonly channelHash: string;
  readonly token?: string;
  readonly smart?: SmartAuth;
  readonly isInternal: boolean;
  readonly answerTimeoutMs: number;
}
export type EnterRefusal = 'tls-required' | 'base-url-not-plain' | 'token-missing' | 'key-missing' | 'versions-spent';
export type Entered = { readonly party: KnownParty; readonly isNew: boolean } | { readonly refused: EnterRefusal };

/** The parties of the house and abroad: who they are, how they are reached, how they behave (domain.md section 1). */
@Injectable()
export class DirectoryService {
  constructor(
    @Inject(PARTIES) private readonly cases: PartyCases,
    private readonly parties: DirectoryRepository,
    private readonly vault: Vault,
    private readonly keys: ClientKeys,
  ) {}

  /** Enters or changes a party; the version rises only on a real change. @throws when storage fails. */
  async enter(id: string, request: PartyRequest, actor: Actor): Promise<Entered> {
    const { baseUrl, auth: asked } = request.channel;
    for (const url of [new URL(baseUrl), ...(asked.type === 'smart' ? [new URL(asked.tokenUrl)] : [])]) {
      if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') return { refused: 'base-url-not-plain' };
      if (url.protocol !== 'https:' && !request.internal) return { refused: 'tls-required' };
    }
    if (asked.type === 'smart' && !(await this.keys.find(id))) return { refused: 'key-missing' };
    const known = await this.parties.find(id);
    const auth = await this.authOf(id, request, known);
    if (!auth) return { refused: 'token-missing' };
    const party = partyOf(request, auth);
    const outcome = await this.cases.handle(id, { type: 'Enter', party, channelHash: channelHashOf(party), actor });
    if ('refused' in outcome) return outcome;
    if (outcome.state.status === 'absent') throw new Error('a party that was entered is known');
    return { party: { id, ...outcome.state }, isNew: outcome.state.version === 1 && outcome.events.length > 0 };
  }

  find(id: string): Promise<KnownParty | undefined> {
    return this.parties.find(id);
  }

  search(query: PartyQuery): Promise<readonly KnownParty[]> {
    return this.parties.search(query);
  }

  /** What a delivery must know of its recipient; undefined when the directory does not know it. */
  async recipient(id: string): Promise<RecipientFacts | undefined> {
    const known = await this.parties.find(id);
    if (!known) return undefined;
    const { party, version, channelHash } = known;
    const { mode, retry, settleSeconds, answerTimeoutSeconds, notTaken } = party.channel;
    return {
      recipientId: id,
      version,
      // A party has at least one country, by the schema of the door.
      country: party.countries[0] ?? '',
      channelHash,
      suspended: party.suspended,
      ...(party.verifiedUntil === undefined ? {} : { verifiedUntil: party.verifiedUntil }),
      retry,
      mode,
      ...(settleSeconds === undefined ? {} : { settleMs: settleSeconds * 1000 }),
      answerTimeoutMs: answerTimeoutSeconds * 1000,
      notTaken,
    };
  }

  /** Where to push, with the secret opened. @throws when the party is gone or its secret cannot be opened. */
  async target(id: string): Promise<PushTarget> {
    const known = await this.parties.find(id);
    if (!known) throw new Error('a delivery under way names a party that the directory does not have');
    const { channel, internal } = known.party;
    const { auth } = channel;
    const token = auth.type === 'bearer' ? Buffer.from(await this.vault.open(auth.token)).toString('utf8') : undefined;
    return {
      baseUrl: channel.baseUrl,
      channelHash: known.channelHash,
      isInternal: internal,
      answerTimeoutMs: channel.answerTimeoutSeconds * 1000,
      ...(token === undefined ? {} : { token }),
      ...(auth.type === 'smart' ? { smart: { recipientId: id, isInternal: internal, ...smartOf(auth) } } : {}),
    };
  }

  /** The secret goes to the vault; equal ones of a party are the same blob, so that the same request is no change. */
  private async authOf(id: string, { channel }: PartyRequest, known: KnownParty | undefined): Promise<Channel['auth'] | undefined> {
    if (channel.auth.type === 'none') return { type: 'none' };
    if (channel.auth.type === 'smart') return { type: 'smart', ...smartOf(channel.auth) };
    if (channel.auth.token === undefined) return known?.party.channel.auth.type === 'bearer' ? known.party.channel.auth : undefined;
    const token = await this.vault.put(Buffer.from(channel.auth.token), {
      patientId: `party:${id}`,
      readers: ['delivery'],
      heldBy: `party:${id}`,
    });
    return { type: 'bearer', token };
  }
}

function smartOf({ tokenUrl, clientId, scope }: Omit<SmartChannelAuth, 'type'>): Omit<SmartChannelAuth, 'type'> {
  return { tokenUrl, clientId, scope };
}

function partyOf(request: PartyRequest, auth: Channel['auth']): Party {
  const { name, kind, country, countries, languages, timeZone, verifiedUntil, suspended, internal } = request;
  const { type, baseUrl, mode, retry, settleSeconds, answerTimeoutSeconds, notTaken } = request.channel;
  return {
    name,
    kind,
    countries: countries ?? (country === undefined ? [] : [country]),
    languages,
    ...(timeZone === undefined ? {} : { timeZone }),
    channel: {
      type,
      baseUrl: baseUrl.replace(/\/+$/, ''),
      mode,
      auth,
      retry,
      ...(settleSeconds === undefined ? {} : { settleSeconds }),
      answerTimeoutSeconds,
      notTaken,
    },
    ...(verifiedUntil === undefined ? {} : { verifiedUntil }),
    suspended,
    internal,
  };
}

/** Address, way in and kind: what says who receives. A renewed token or another wait is the same receiver. */
function channelHashOf({ kind, channel }: Party): string {
  return createHash('sha256')
    .update(JSON.stringify([kind, channel.type, channel.baseUrl, channel.mode, channel.auth.type]))
    .digest('hex');
}
