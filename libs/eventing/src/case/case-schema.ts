import mongoose, { type Connection, type Model } from 'mongoose';
import type { CaseDocument } from '../definition.js';

const { Mixed } = mongoose.Schema.Types;

/** The model of one kind of case. Nothing is created by itself: indexes are an explicit step (`Eventing.migrate`). */
export function caseModel<State>(connection: Connection, collection: string): Model<CaseDocument<State>> {
  const schema = new mongoose.Schema(
    {
      _id: { type: String },
      revision: { type: Number, required: true },
      shape: { type: Number, required: true },
      state: { type: Mixed },
      inbox: { type: Mixed, required: true },
      parked: { type: Mixed, required: true },
      parkedAt: { type: Date },
      outbox: { type: [Mixed], required: true },
      outboxBytes: { type: Number, required: true },
      said: { type: Number, required: true },
      heard: { type: Number, required: true },
      unheard: { type: Boolean },
      pending: { type: String },
      dueAt: { type: Date },
      lease: { type: Mixed },
      traceparent: { type: String },
    },
    { collection, versionKey: false, strict: true, minimize: false, autoIndex: false, autoCreate: false },
  );
  // Each index holds only the cases that wait for something: the rest cost no index entry.
  schema.index({ dueAt: 1 }, { name: 'due', partialFilterExpression: { dueAt: { $type: 'date' } } });
  schema.index({ unheard: 1, _id: 1 }, { name: 'unheard', partialFilterExpression: { unheard: true } });
  schema.index({ parkedAt: 1 }, { name: 'parked', partialFilterExpression: { parkedAt: { $type: 'date' } } });
  // The schema says what the type says, except that State is the service's own: Mixed here.
  return connection.model(collection, schema) as unknown as Model<CaseDocument<State>>;
}
