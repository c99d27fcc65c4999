import { Inject, Injectable } from '@nestjs/common';
import type { Cases, IncomingMessage, Settled } from '#libs/eventing';
import type { Party, PartyInput } from './domain/party.js';

export const PARTIES = 'ingestion:parties';
export type PartyCases = Cases<Party, PartyInput, never>;

/** A party entered a moment ago is on its way here by event, ms: so long an unknown one is waited for before it is refused. */
const arrivalMs = 2000;

/** The directory as ingestion follows it: what it must know to refuse a recipient. */
@Injectable()
export class DirectoryService {
  constructor(@Inject(PARTIES) private readonly parties: PartyCases) {}

  async find(partyId: string): Promise<Extract<Party, { status: 'known' }> | undefined> {
    const known = (await this.parties.load(partyId))?.state;
    const party = known ?? (await this.parties.waitFor(partyId, (state) => state.status === 'known', { timeoutMs: arrivalMs }));
    return party?.status === 'known' ? party : undefined;
  }

  hear(message: IncomingMessage): Promise<Settled> {
    return this.parties.receive('bulfinch.directory.v1', message, (event) => ({ type: 'Hear', event }));
  }
}
