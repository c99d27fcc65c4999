import { Inject, Injectable } from '@nestjs/common';
import type { Cases } from '#libs/eventing';
import type { PartyInput, PartyRefusal, PartyState } from './domain/party.js';
import type { PartyQuery } from './party.requests.js';

/** Token of the cases of the directory. */
export const PARTIES = 'delivery:parties';
export type PartyCases = Cases<PartyState, PartyInput, PartyRefusal>;
/** Parties in one answer: a directory is read by people, who search on when they see this many. */
const partiesMax = 200;

export interface KnownParty extends Extract<PartyState, { status: 'known' }> {
  readonly id: string;
}

@Injectable()
export class DirectoryRepository {
  constructor(@Inject(PARTIES) private readonly cases: PartyCases) {}

  async find(id: string): Promise<KnownParty | undefined> {
    const state = (await this.cases.load(id))?.state;
    return state?.status === 'known' ? { id, ...state } : undefined;
  }

  /** Parties by a part of their name, country, kind; in the order of their ids. */
  async search({ q, country, kind }: PartyQuery): Promise<readonly KnownParty[]> {
    const found = await this.cases.model
      .find({
        'state.status': 'known',
        ...(q === undefined ? {} : { 'state.party.name': { $regex: q.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'), $options: 'i' } }),
        ...(country === undefined ? {} : { 'state.party.countries': country }),
        ...(kind === undefined ? {} : { 'state.party.kind': kind }),
      })
      .sort({ _id: 1 })
      .limit(partiesMax)
      .select({ state: 1 })
      .lean<{ _id: string; state: PartyState }[]>();
    return found.flatMap(({ _id, state }) => (state.status === 'known' ? [{ id: _id, ...state }] : []));
  }
}
