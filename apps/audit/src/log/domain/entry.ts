import { detailsOf } from './details.js';
import type { Details } from './entry-details.js';
import type { AnyEvent, ServiceName, TopicName } from './event.js';

/**
 * One line of the log: the clear part, ids and codes only (domain.md section 6). One event is one entry, and the event's id is the entry's.
 * An entry says what its event says and nothing more: what only other events of the same transfer say is joined when people ask
 * (domain/subject.ts), because events of two services come in any order and an entry is never changed.
 */
export interface Entry extends Details {
  readonly id: string;
  /** When the publisher says it happened: an ISO instant. */
  readonly at: string;
  readonly topic: TopicName;
  readonly type: string;
  readonly service: ServiceName;
  readonly subject: string;
  readonly sequence: number;
}

/** The entry of an event, whatever its kind. The event has been checked against the contract. */
export function entryOf(topic: TopicName, event: AnyEvent): Entry {
  return {
    id: event.id,
    at: event.time,
    topic,
    type: event.type,
    service: serviceOf(event.source),
    subject: event.subject,
    sequence: event.sequence,
    ...detailsOf(event),
  };
}

function serviceOf(source: string): ServiceName {
  // The cast is what the contract's pattern of `source` has shown: `/bulfinch/<service>`.
  return source.slice('/bulfinch/'.length) as ServiceName;
}
