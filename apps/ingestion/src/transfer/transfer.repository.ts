import { Inject, Injectable } from '@nestjs/common';
import type { CaseDocument, Cases } from '#libs/eventing';
import { Census } from '#libs/shared/service';
import type { TransferState } from './domain/standing.js';
import type { OpenTransfer, Transfer, TransferInput, TransferRefusal } from './domain/transfer.js';
import { firstIdAt } from './transfer-id.js';

export const TRANSFERS = 'ingestion:transfers';
export type TransferCases = Cases<Transfer, TransferInput, TransferRefusal>;

/** Longest count for `/metrics`, ms. */
const countMsMax = 5000;

/** What a list may ask. `partyId`: the clinic that asks; undefined for the hospital's people. `after`: the last id of the page before. */
export interface TransferQuery {
  readonly partyId?: string;
  readonly state?: TransferState;
  readonly hold?: string;
  readonly recipient?: string;
  /** Ids of one human being, as the register's links stand. */
  readonly patients?: readonly string[];
  readonly referralId?: string;
  readonly from?: Date;
  readonly to?: Date;
  readonly after?: string;
}

export interface FoundTransfer {
  readonly id: string;
  readonly transfer: OpenTransfer;
}

/** Queries of transfers. All writing goes through the cases. */
@Injectable()
export class TransferRepository {
  constructor(
    @Inject(TRANSFERS) private readonly cases: TransferCases,
    census: Census,
  ) {
    census.add({
      name: 'bulfinch_transfers',
      help: 'Transfers by the state that people see',
      label: 'state',
      read: () => this.byState(),
    });
    // Made by the cases' own index step. Ids sort by time, so each index serves "newest first" of one question.
    const { schema } = cases.model;
    for (const field of [
      'standing.state',
      'outside.state',
      'facts.recipientId',
      'facts.senderId',
      'facts.patientId',
      'facts.referralId',
      'holdKinds',
    ])
      schema.index({ [`state.${field}`]: 1, _id: -1 }, { name: `list ${field}` });
  }

  /** Walks the index of states alone, never the transfers. */
  private async byState(): Promise<ReadonlyMap<string, number>> {
    const found = await this.cases.model
      .aggregate<{ _id: string | null; count: number }>([{ $group: { _id: '$state.standing.state', count: { $sum: 1 } } }])
      .option({ hint: 'list standing.state', maxTimeMS: countMsMax });
    return new Map(found.flatMap(({ _id, count }) => (_id === null ? [] : [[_id, count] as const])));
  }

  async find(id: string): Promise<FoundTransfer | undefined> {
    const found = await this.cases.load(id);
    return found?.state.status === 'open' ? { id, transfer: found.state } : undefined;
  }

  /** A page, newest first. */
  async list(query: TransferQuery, limit: number): Promise<readonly FoundTransfer[]> {
    // Filters name fields of State, which the model's type does not know.
    const filter = filterOf(query) as never;
    const found = await this.cases.model
      .find(filter, { state: 1 })
      .sort({ _id: -1 })
      .limit(limit)
      .lean<Pick<CaseDocument<Transfer>, '_id' | 'state'>[]>()
      .exec();
    return found.flatMap(({ _id, state }) => (state.status === 'open' ? [{ id: _id, transfer: state }] : []));
  }
}

function filterOf(query: TransferQuery): Record<string, unknown> {
  const { partyId } = query;
  const conditions: Record<string, unknown>[] = [];
  // The same rule as `audienceOf`: what a clinic sent in, and what has arrived at it.
  if (partyId !== undefined)
    conditions.push({
      $or: [
        { 'state.facts.senderId': partyId },
        { 'state.facts.recipientId': partyId, 'state.heard.delivery.deliveredAt': { $exists: true } },
      ],
    });
  if (query.state) conditions.push({ [partyId === undefined ? 'state.standing.state' : 'state.outside.state']: query.state });
  if (query.hold) conditions.push({ 'state.holdKinds': query.hold });
  if (query.recipient) conditions.push({ 'state.facts.recipientId': query.recipient });
  if (query.patients) conditions.push({ 'state.facts.patientId': { $in: [...query.patients] } });
  if (query.referralId) conditions.push({ 'state.facts.referralId': query.referralId });
  if (query.from) conditions.push({ _id: { $gte: firstIdAt(query.from) } });
  if (query.to) conditions.push({ _id: { $lt: firstIdAt(query.to) } });
  if (query.after) conditions.push({ _id: { $lt: query.after } });
  return conditions.length > 0 ? { $and: conditions } : {};
}
