import { exampleActor, exampleBlob, exampleFacts, exampleIds, exampleTransferId, topics } from '#libs/contracts';
import type { TransferDocument } from './document.js';
import type { LaterEvent } from './later.js';
import type { TransferFact } from './transfer.js';

/** Facts and events for the specs of the transfer: one story of 24 November 2026, a minute a step. */
export const at = (minute: number): string => new Date(Date.UTC(2026, 10, 24, 12, minute)).toISOString();

export const document: TransferDocument = {
  documentId: exampleIds.document,
  type: 'ccda',
  blob: exampleBlob,
  fileName: 'Überweisung 李.xml',
  at: at(1),
};
export const opening = { facts: exampleFacts, reference: 'K7QM3XPC', number: 2, asked: { requester: { kind: 'physician' } } };
export const openedFact: TransferFact = { type: 'TransferOpened', at: at(0), ...opening };
export const received: TransferFact = { type: 'DocumentReceived', document, actor: exampleActor };
export const submitted: TransferFact = {
  type: 'TransferSubmitted',
  facts: exampleFacts,
  documents: [document],
  actor: exampleActor,
  at: at(2),
};
export const cancelAsked: TransferFact = { type: 'EndAsked', how: 'cancel', at: at(30), reason: 'sent twice', actor: exampleActor };
export const recallAsked: TransferFact = { type: 'EndAsked', how: 'recall', at: at(31), reason: 'wrong clinic', actor: exampleActor };

type LaterTopic = 'bulfinch.normalization.v1' | 'bulfinch.consent.v1' | 'bulfinch.delivery.v1';
const laterTopics: readonly LaterTopic[] = ['bulfinch.normalization.v1', 'bulfinch.consent.v1', 'bulfinch.delivery.v1'];
const kinds = laterTopics.flatMap((topic) => topics[topic].events.map((kind) => ({ topic, kind })));
/** Every event name of the later topics, e.g. `record-normalized`. */
export const laterNames = kinds.map(({ kind }) => nameOf(kind.type));

/** An event of a later topic by its name, with the example's data changed where told. */
export function event(name: string, minute: number, data: Record<string, unknown> = {}): LaterEvent {
  const found = kinds.find(({ kind }) => nameOf(kind.type) === name);
  if (!found) throw new Error(`no later event ${name}`);
  const { topic, kind } = found;
  const made = {
    specversion: '1.0',
    id: `${topic}/${exampleTransferId}/1`,
    source: `/bulfinch/${kind.service}`,
    subject: exampleTransferId,
    partitionkey: exampleTransferId,
    sequence: 1,
    time: at(minute),
    datacontenttype: 'application/json',
    correlationid: exampleTransferId,
    type: kind.type,
    data: { ...kind.example, ...data },
  };
  return made as LaterEvent; // the contract's own example under its own type
}

export function heard(name: string, minute: number, data: Record<string, unknown> = {}): TransferFact {
  return { type: 'LaterHeard', event: event(name, minute, data) };
}

function nameOf(type: string): string {
  return type.split('.')[3] ?? '';
}
