import { Inject, Injectable } from '@nestjs/common';
import { type Connection, type Model, type PipelineStage, type QueryFilter, Schema } from 'mongoose';
import { CONNECTION } from '#libs/shared/service';
import type { Entry } from './domain/entry.js';

/** An entry as it lies in MongoDB: the event's id is its key, `at` is a date so that ranges can be asked for. */
export type EntryDocument = Omit<Entry, 'id' | 'at'> & { readonly _id: string; readonly at: Date };

/** Entries of one write: MongoDB takes more, but one slow write should not hold thousands of messages. */
const batchSizeMax = 500;
/** MongoDB's code for a key that is there already: the entry was written before. */
const duplicateKey = 11_000;

/** MongoDB's code for a query that reached its time limit. */
const maxTimeExpired = 50;
/** Longest walk through entries, ms: people wait no longer, and the log must not be kept from its writes. */
const walkMsMax = 10_000;
/** What is told to be heard must survive a change of primary. */
const writeConcern = { w: 'majority', j: true } as const;

// Fields are those of domain/entry.ts, whole: Mongoose adds and casts nothing.
const entrySchema = new Schema<EntryDocument>(
  { _id: { type: String, required: true }, at: { type: Date, required: true } },
  {
    strict: false,
    strictQuery: false,
    versionKey: false,
    autoIndex: false,
    autoCreate: false,
    minimize: false,
    collection: 'entries',
    writeConcern,
  },
);
// Newest first under each question that can be asked; a page is one range of one index.
const asked = ['transferId', 'referralId', 'patientId', 'recipientId', 'country', 'countries', 'actor.id', 'type', 'basis'];
for (const field of asked) entrySchema.index({ [field]: 1, at: -1, _id: -1 }, { partialFilterExpression: { [field]: { $exists: true } } });
entrySchema.index({ at: -1, _id: -1 });
entrySchema.index({ transferId: 1, 'disclosure.since': 1 }, { partialFilterExpression: { disclosure: { $exists: true } } });

interface Waiting {
  readonly entry: EntryDocument;
  readonly written: () => void;
  readonly failed: (error: unknown) => void;
}

/** The only file that knows how entries lie in MongoDB. They are inserted and found, never changed and never removed. */
@Injectable()
export class EntryRepository {
  private readonly model: Model<EntryDocument>;
  private readonly waiting: Waiting[] = [];
  private isWriting = false;

  constructor(@Inject(CONNECTION) connection: Connection) {
    this.model = connection.model<EntryDocument>('Entry', entrySchema);
  }

  /**
   * Writes the entry once: of several with one id the first stays as it is. Resolves when a majority has it.
   * Entries that come while a write is under way go together in the next one. @throws when storage fails.
   */
  insert(entry: Entry): Promise<void> {
    const { id, at, ...rest } = entry;
    return new Promise((written, failed) => {
      this.waiting.push({ entry: { ...rest, _id: id, at: new Date(at) }, written, failed });
      if (!this.isWriting) void this.writeWaiting();
    });
  }

  /** Newest first. */
  async find(filter: QueryFilter<EntryDocument>, limit: number): Promise<readonly EntryDocument[]> {
    return this.model.find(filter).sort({ at: -1, _id: -1 }).limit(limit).lean<EntryDocument[]>();
  }

  /**
   * The same for conditions on what is known of an entry's transfer, where too many transfers meet them to be named: the entries are
   * walked newest first, each joined with its transfer. Undefined when that takes longer than people wait.
   */
  async findJoined(
    filter: QueryFilter<EntryDocument>,
    join: { readonly collection: string; readonly conditions: QueryFilter<EntryDocument>[] },
    limit: number,
  ): Promise<readonly EntryDocument[] | undefined> {
    const known = { from: join.collection, localField: 'transferId', foreignField: '_id', as: 'known' };
    const pipeline: PipelineStage[] = [
      { $match: filter },
      { $sort: { at: -1, _id: -1 } },
      { $lookup: known },
      { $match: { $and: join.conditions } },
      { $limit: limit },
      { $unset: 'known' },
    ];
    try {
      return await this.model.aggregate<EntryDocument>(pipeline).option({ maxTimeMS: walkMsMax });
    } catch (error) {
      if (codeOf(error) === maxTimeExpired) return undefined;
      throw error;
    }
  }

  private async writeWaiting(): Promise<void> {
    this.isWriting = true;
    while (this.waiting.length > 0) {
      const batch = this.waiting.splice(0, batchSizeMax);
      try {
        await this.writeAll(batch.map(({ entry }) => entry));
        for (const { written } of batch) written();
      } catch (error) {
        // Each of them is told and comes again: what was written of the batch is then there already.
        for (const { failed } of batch) failed(error);
      }
    }
    this.isWriting = false;
  }

  private async writeAll(entries: readonly EntryDocument[]): Promise<void> {
    try {
      // Through the collection: Model.insertMany takes no write concern. The entry was checked where it was made;
      // the cast: the driver's type of an untyped collection has only ObjectIds as keys.
      await this.model.collection.insertMany(entries as never, { ordered: false, writeConcern });
    } catch (error) {
      if (!isOnlyDuplicates(error)) throw error;
    }
  }
}

function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}

function isOnlyDuplicates(error: unknown): boolean {
  if (codeOf(error) !== duplicateKey) return false;
  const failures = (error as { writeErrors?: unknown }).writeErrors ?? []; // an object: it has a code
  return (Array.isArray(failures) ? failures : [failures]).every((failure: { code?: unknown }) => failure.code === duplicateKey);
}
