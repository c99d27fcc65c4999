import { checkEvent, type EventKind, exampleInstant, exampleTransferId } from '#libs/contracts';
import type { AnyEvent, TopicName } from './event.js';

/** An event of a kind, with the kind's example as data, as the contract accepts it. */
export function exampleEvent(topic: TopicName, kind: EventKind, sequence = 1): AnyEvent {
  const checked = checkEvent(topic, {
    specversion: '1.0',
    id: `${topic}/${exampleTransferId}/${sequence}`,
    source: `/bulfinch/${kind.service}`,
    subject: exampleTransferId,
    partitionkey: exampleTransferId,
    sequence,
    time: exampleInstant,
    datacontenttype: 'application/json',
    correlationid: exampleTransferId,
    type: kind.type,
    data: kind.example,
  });
  if (!checked.ok) throw new Error(`the example of ${kind.type} is not valid: ${checked.where}`);
  return checked.event;
}
