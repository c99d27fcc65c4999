import {
  checkEvent,
  type Envelope,
  type EventOn,
  type EventProblem,
  envelope,
  eventBytesMax,
  type ServiceName,
  serviceName,
  type TopicName,
} from '#libs/contracts';
import type { IncomingMessage } from './definition.js';

/** Nesting of an event that can be kept. Our own have some five levels; MongoDB stores 100, and parking adds three. */
const depthMax = 60;

/** A message as read: the event, or why it is none. Without `envelope` nobody can say whose it is: it is counted and dropped. */
export type Reading<T extends TopicName> =
  | { readonly ok: true; readonly event: EventOn<T>; readonly publisher: ServiceName }
  | {
      readonly ok: false;
      readonly problem: EventProblem;
      readonly where: string;
      readonly envelope: Envelope;
      readonly publisher: ServiceName;
    }
  | { readonly ok: false; readonly problem: 'no-envelope'; readonly where: string; readonly envelope?: undefined };

/** Reads the raw bytes of a message and checks them against the contract of the topic. Never throws; `where` names fields, never values. */
export function readMessage<T extends TopicName>(topic: T, message: IncomingMessage): Reading<T> {
  const candidate = parse(message.value);
  if (candidate === undefined) return { ok: false, problem: 'no-envelope', where: 'value' };
  const read = envelope.safeParse(candidate);
  if (!read.success)
    return {
      ok: false,
      problem: 'no-envelope',
      where: read.error.issues
        .map((issue) => issue.path.join('.'))
        .join(' ')
        .slice(0, 200),
    };
  const publisher = serviceName.parse(read.data.source.slice('/bulfinch/'.length));
  const broken = (problem: EventProblem, where: string): Reading<T> => ({ ok: false, problem, where, envelope: read.data, publisher });
  const check = checkEvent(topic, read.data);
  if (!check.ok) return broken(check.problem, check.where);
  // A type says who publishes it: marks are kept by publisher, so one service must not speak for another.
  if (!check.event.type.startsWith(`org.bulfinch.${publisher}.`)) return broken('identity-differs', 'source type');
  return { ok: true, event: check.event, publisher };
}

function parse(value: Buffer | null): object | undefined {
  if (value === null || value.length > eventBytesMax) return undefined;
  try {
    const parsed: unknown = JSON.parse(value.toString('utf8'));
    return typeof parsed === 'object' && parsed !== null && isStorable(parsed, 0) ? parsed : undefined;
  } catch {
    // Not JSON, or nested so deep that the parser gave up: no envelope can be read.
    return undefined;
  }
}

/** MongoDB refuses deeper nesting and keys with a null character: such an event could not even be parked. */
function isStorable(value: object, depth: number): boolean {
  if (depth > depthMax) return false;
  return Object.entries(value).every(
    ([key, item]) => !key.includes('\0') && (typeof item !== 'object' || item === null || isStorable(item, depth + 1)),
  );
}
