import { Inject, Injectable } from '@nestjs/common';
import type { QueryFilter } from 'mongoose';
import type { CaseDocument } from '#libs/eventing';
import { type AccountedDisclosure, accountingOf } from './domain/accounting.js';
import type { Entry } from './domain/entry.js';
import {
  type Cursor,
  endOfRange,
  joined,
  type Question,
  startOfRange,
  type TransferQuestion,
  transferQuestions,
  typesMeant,
} from './domain/question.js';
import type { KnownFacts, SubjectState } from './domain/subject.js';
import { type EntryDocument, EntryRepository } from './entry.repository.js';
import { SUBJECTS, type SubjectCases } from './subject.cases.js';

/** Most transfers of a word that are named in the query; where a word means more, they are common enough to be met on a walk through the entries. */
const transfersMax = 2000;
/** Most entries an accounting reads: some hundred transfers of one patient. */
const accountingEntriesMax = 20_000;

/** `too-wide`: the question means more than can be answered at once. */
export type Page = { readonly entries: readonly Entry[]; readonly next?: Cursor } | { readonly refused: 'too-wide' };
export type Accounting = { readonly disclosures: readonly AccountedDisclosure[] } | { readonly refused: 'too-wide' };

/** Answers questions to the log. What only other events of a transfer say is joined here, so that it does not matter when it was heard. */
@Injectable()
export class LogQuery {
  constructor(
    @Inject(SUBJECTS) private readonly subjects: SubjectCases,
    private readonly entries: EntryRepository,
  ) {
    // The indexes of the joins, made by the migrate step with those of every model.
    for (const field of Object.values(transferQuestions))
      this.subjects.model.schema.index(
        { [`state.facts.${field}`]: 1 },
        { partialFilterExpression: { [`state.facts.${field}`]: { $exists: true } } },
      );
  }

  /** Newest first, at most `limit`, after `cursor`. */
  async page(question: Question, limit: number, cursor?: Cursor): Promise<Page> {
    const { filter, wide } = await this.filterOf(question, cursor);
    const join = { collection: this.subjects.model.collection.name, conditions: wide };
    const found = wide.length === 0 ? await this.entries.find(filter, limit + 1) : await this.entries.findJoined(filter, join, limit + 1);
    if (found === undefined) return { refused: 'too-wide' };
    const last = found.length > limit ? found[limit - 1] : undefined;
    const entries = await this.joinedWithFacts(found.slice(0, limit).map(entryFrom));
    return { entries, ...(last ? { next: { atMs: last.at.getTime(), id: last._id } } : {}) };
  }

  /** The full history of disclosures of one patient in a range of time. */
  async accounting(patient: string, from?: string, to?: string): Promise<Accounting> {
    const transfers = await this.transfersWhere('patient', patient);
    if (transfers === undefined) return { refused: 'too-wide' };
    // Deliveries are told on one topic; the range is judged by the first byte, after the attempts are folded.
    const filter: QueryFilter<EntryDocument> = { transferId: { $in: transfers }, topic: 'bulfinch.delivery.v1' };
    const found = await this.entries.find(filter, accountingEntriesMax + 1);
    if (found.length > accountingEntriesMax) return { refused: 'too-wide' };
    const start = from === undefined ? '' : startOfRange(from);
    const end = to === undefined ? undefined : endOfRange(to);
    const disclosures = accountingOf(await this.joinedWithFacts(found.map(entryFrom)));
    return { disclosures: disclosures.filter(({ first, last }) => last >= start && (end === undefined || first < end)) };
  }

  private async joinedWithFacts(entries: readonly Entry[]): Promise<readonly Entry[]> {
    const ids = [...new Set(entries.flatMap(({ transferId }) => transferId ?? []))];
    const known = new Map<string, KnownFacts>();
    const cases = await this.subjects.model
      .find({ _id: { $in: ids } }, { 'state.facts': 1 })
      .lean<Pick<CaseDocument<SubjectState>, '_id' | 'state'>[]>();
    for (const { _id, state } of cases) known.set(_id, state.facts);
    return entries.map((entry) => joined(entry, entry.transferId === undefined ? undefined : known.get(entry.transferId)));
  }

  /** `wide`: conditions on an entry joined with its transfer, for words that mean too many transfers to name them. */
  private async filterOf(
    question: Question,
    cursor: Cursor | undefined,
  ): Promise<{ filter: QueryFilter<EntryDocument>; wide: QueryFilter<EntryDocument>[] }> {
    const all = own(question);
    const wide: QueryFilter<EntryDocument>[] = [];
    // The table's own keys: the cast only gives them their names back.
    for (const word of Object.keys(transferQuestions) as TransferQuestion[]) {
      const value = question[word];
      if (value === undefined) continue;
      const transfers = await this.transfersWhere(word, value);
      if (transfers === undefined) wide.push({ $or: [...said(word, value), { [`known.state.facts.${transferQuestions[word]}`]: value }] });
      else all.push({ $or: [...said(word, value), { transferId: { $in: transfers } }] });
    }
    if (cursor) all.push(...after(cursor));
    return { filter: all.length === 0 ? {} : { $and: all }, wide };
  }

  /** Ids of the transfers of which this is known; undefined when they are too many. */
  private async transfersWhere(word: TransferQuestion, value: string): Promise<readonly string[] | undefined> {
    const cases = await this.subjects.model
      .find({ [`state.facts.${transferQuestions[word]}`]: value }, { _id: 1 })
      .limit(transfersMax + 1)
      .lean<{ _id: string }[]>();
    return cases.length > transfersMax ? undefined : cases.map(({ _id }) => _id);
  }
}

/** What is asked of the entry itself. */
function own({ transfer, actor, type, from, to }: Question): QueryFilter<EntryDocument>[] {
  const all: QueryFilter<EntryDocument>[] = [];
  if (transfer !== undefined) all.push({ transferId: transfer });
  if (actor !== undefined) all.push({ 'actor.id': actor });
  if (type !== undefined) all.push({ type: { $in: typesMeant(type) } });
  if (from !== undefined) all.push({ at: { $gte: new Date(startOfRange(from)) } });
  if (to !== undefined) all.push({ at: { $lt: new Date(endOfRange(to)) } });
  return all;
}

/** Entries that say it themselves. */
function said(word: TransferQuestion, value: string): QueryFilter<EntryDocument>[] {
  const itself = { [transferQuestions[word]]: value };
  return word === 'country' ? [itself, { countries: value }] : [itself];
}

function after({ atMs, id }: Cursor): QueryFilter<EntryDocument>[] {
  const at = new Date(atMs);
  // The first line bounds the index range; the second is the exact place.
  return [{ at: { $lte: at } }, { $or: [{ at: { $lt: at } }, { at, _id: { $lt: id } }] }];
}

function entryFrom({ _id, at, ...rest }: EntryDocument): Entry {
  return { id: _id, at: at.toISOString(), ...rest };
}
