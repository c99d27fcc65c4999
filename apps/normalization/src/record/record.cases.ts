import type { CaseDefinition, Cases } from '#libs/eventing';
import {
  decide,
  due,
  evolve,
  initialRecord,
  publish,
  type RecordFact,
  type RecordInput,
  type RecordRefusal,
  type RecordState,
} from './domain/record.js';

/** The record of each transfer: one case by transferId. */
export const recordDefinition: CaseDefinition<RecordState, RecordInput, RecordFact, RecordRefusal> = {
  service: 'normalization',
  collection: 'records',
  // 2: a record may be held until a person has said whose it is.
  shape: 2,
  topic: 'bulfinch.normalization.v1',
  initial: initialRecord,
  decide,
  evolve,
  publish,
  due,
};
export type RecordCases = Cases<RecordState, RecordInput, RecordRefusal>;
export const RECORDS = 'normalization:records';
