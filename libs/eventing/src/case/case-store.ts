import type { AnyBulkWriteOperation, Connection, Model } from 'mongoose';
import type { CaseDocument, Lease } from '../definition.js';
import { caseModel } from './case-schema.js';
import { updateOf } from './change.js';
import { Committer } from './committer.js';

/** A case as the sweep sees it: enough to know whether there is work. */
export type DueCase = Pick<CaseDocument<unknown>, '_id' | 'pending' | 'dueAt' | 'lease'>;

/** Reads and writes of one collection of cases. Every write of state goes through `commit`. */
export class CaseStore<State> {
  readonly model: Model<CaseDocument<State>>;
  /** The same model, for reads and writes that do not touch the state. */
  readonly #fields: Model<CaseDocument<unknown>>;
  readonly #committer: Committer<State>;

  /** `shape`: the newest shape of State that this process knows. */
  constructor(
    connection: Connection,
    collection: string,
    readonly shape: number,
  ) {
    this.model = caseModel<State>(connection, collection);
    // Only the type of the state is forgotten.
    this.#fields = this.model as unknown as Model<CaseDocument<unknown>>;
    this.#committer = new Committer(this.model);
  }

  async load(id: string): Promise<CaseDocument<State> | undefined> {
    // `lean` gives the plain document; its type is the schema's.
    return ((await this.model.findById(id).lean().exec()) as CaseDocument<State> | null) ?? undefined;
  }

  /** A case of a newer shape is left to newer processes (design.md section 3). */
  isNewer(document: CaseDocument<State>): boolean {
    return document.shape > this.shape;
  }

  /** The compare-and-set: true when `after` is written, false when another write came first. */
  commit(before: CaseDocument<State>, after: CaseDocument<State>): Promise<boolean> {
    return this.#committer.commit({ id: before._id, revision: before.revision, update: updateOf(before, after) });
  }

  /** Takes the lease of a case that still is as it was seen, beat and all. */
  async claim(seen: CaseDocument<State>, lease: Lease): Promise<boolean> {
    const filter = {
      _id: seen._id,
      revision: seen.revision,
      ...(seen.lease ? { 'lease.holder': seen.lease.holder, 'lease.beat': seen.lease.beat } : { lease: null }),
    };
    const result = await this.#fields.updateOne(filter, { $set: { lease }, $inc: { revision: 1 } }, { writeConcern: { w: 'majority' } });
    return result.matchedCount === 1;
  }

  /** One more beat of a lease; false when it is no longer this holder's. The revision stays: a beat never competes with a step. */
  async beat(id: string, holder: string): Promise<boolean> {
    const filter = { _id: id, 'lease.holder': holder };
    const result = await this.#fields.updateOne(filter, { $inc: { 'lease.beat': 1 } }, { writeConcern: { w: 'majority' } });
    return result.matchedCount === 1;
  }

  async due(until: Date, limit: number): Promise<DueCase[]> {
    const found = await this.#fields
      .find({ dueAt: { $lte: until } }, { pending: 1, dueAt: 1, lease: 1 })
      .sort({ dueAt: 1 })
      .limit(limit)
      .lean()
      .exec();
    return found as unknown as DueCase[]; // `lean` of the named fields.
  }

  async unheard(after: string, limit: number): Promise<Pick<CaseDocument<unknown>, '_id' | 'said' | 'heard'>[]> {
    const found = await this.#fields
      .find({ unheard: true, _id: { $gt: after } }, { said: 1, heard: 1 })
      .sort({ _id: 1 })
      .limit(limit)
      .lean()
      .exec();
    return found as unknown as Pick<CaseDocument<unknown>, '_id' | 'said' | 'heard'>[]; // `lean` of the named fields.
  }

  /** Marks heard, of many cases in one write. It may be lost: a case found unheard is only sent again. */
  async writeHeard(marks: readonly { id: string; heard: number; said: number }[]): Promise<void> {
    const operations = marks.map(({ id, heard, said }): AnyBulkWriteOperation<CaseDocument<unknown>> => {
      // Heard in full only as long as nothing more was said since.
      if (heard >= said) return { updateOne: { filter: { _id: id, said }, update: { $max: { heard }, $unset: { unheard: 1 } } } };
      return { updateOne: { filter: { _id: id }, update: { $max: { heard } } } };
    });
    await this.model.bulkWrite(operations, { ordered: false, writeConcern: { w: 1 } });
  }

  async parked(limit: number): Promise<Pick<CaseDocument<unknown>, '_id' | 'parked'>[]> {
    const found = await this.#fields
      .find({ parkedAt: { $type: 'date' } }, { parked: 1 })
      .sort({ parkedAt: 1 })
      .limit(limit)
      .lean()
      .exec();
    return found as unknown as Pick<CaseDocument<unknown>, '_id' | 'parked'>[]; // `lean` of the named fields.
  }

  async migrate(): Promise<void> {
    await this.model.createIndexes();
  }
}
