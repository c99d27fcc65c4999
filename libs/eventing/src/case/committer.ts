import mongoose, { type AnyBulkWriteOperation, type Model } from 'mongoose';
import type { CaseDocument } from '../definition.js';

/** Changes in one bulk write. MongoDB allows 100,000; this keeps one write short, so that the next group starts soon. */
const groupMax = 200;
const duplicateKey = 11000;

export interface Change {
  readonly id: string;
  readonly revision: number;
  readonly update: Record<string, Record<string, unknown>>;
}
interface Waiting extends Change {
  readonly answer: PromiseWithResolvers<boolean>;
}

/**
 * Group commit: while one bulk write is under way, further compare-and-sets wait and go together (costs.md).
 * Each change is an upsert on `{_id, revision}`: a lost race meets the duplicate key of its own `_id`, by its index in the group.
 */
export class Committer<State> {
  readonly #model: Model<CaseDocument<State>>;
  #waiting: Waiting[] = [];
  #isRunning = false;

  constructor(model: Model<CaseDocument<State>>) {
    this.#model = model;
  }

  /** True: written by a majority and journaled. False: another write came first. Throws when storage fails; then it may be written or not. */
  commit(change: Change): Promise<boolean> {
    const answer = Promise.withResolvers<boolean>();
    this.#waiting.push({ ...change, answer });
    if (!this.#isRunning) {
      this.#isRunning = true;
      // In the next tick, so that what is decided in this one goes together.
      setImmediate(() => void this.#run());
    }
    return answer.promise;
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      const group = this.#waiting.splice(0, groupMax);
      try {
        await this.#write(group);
      } catch (error) {
        for (const change of group) change.answer.reject(error);
      }
    }
    this.#isRunning = false;
  }

  async #write(group: readonly Waiting[]): Promise<void> {
    const operations = group.map((change) => ({
      updateOne: { filter: { _id: change.id, revision: change.revision }, update: change.update, upsert: true },
    }));
    // The operations are built from the case's own fields; State is generic, so the driver's types cannot follow.
    const writes = operations as unknown as AnyBulkWriteOperation<CaseDocument<State>>[];
    const faults = new Map<number, unknown>();
    let made: Readonly<Record<number, unknown>> = {};
    try {
      const result = await this.#model.bulkWrite(writes, { ordered: false, writeConcern: { w: 'majority' }, ignoreUndefined: true });
      made = result.upsertedIds;
    } catch (error) {
      if (!(error instanceof mongoose.mongo.MongoBulkWriteError) || error.result.getWriteConcernError()) throw error;
      for (const fault of [error.writeErrors].flat()) faults.set(fault.index, fault.code === duplicateKey ? undefined : fault);
      made = error.result.upsertedIds;
    }
    for (const [index, change] of group.entries()) {
      const fault = faults.get(index);
      if (fault !== undefined) change.answer.reject(new Error(`case ${change.id}: the write was refused`, { cause: fault }));
      else if (faults.has(index)) change.answer.resolve(false);
      else if (made[index] !== undefined && change.revision > 0) await this.#unmake(change);
      else change.answer.resolve(true);
    }
  }

  /** The case was deleted under us and the upsert made a stump of it: take that away and say so. */
  async #unmake(change: Waiting): Promise<void> {
    await this.#model.deleteOne({ _id: change.id, revision: change.revision + 1 } as never);
    change.answer.reject(new Error(`case ${change.id}: it was deleted`));
  }
}
