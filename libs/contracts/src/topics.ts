import { z } from 'zod';
import { accessEvents } from './access.js';
import { consentEvents } from './consent.js';
import { deliveryEvents } from './delivery.js';
import { directoryEvents } from './directory.js';
import { type EventKind, envelopeShape, eventBytesMax } from './envelope.js';
import { ingestionEvents } from './ingestion.js';
import { normalizationEvents } from './normalization.js';
import type { ServiceName } from './words.js';

/** Every topic of Bulfinch (design.md section 4), its partitions, and its events. Created by an explicit step, never by auto-creation. */
export const topics = {
  'bulfinch.ingestion.v1': { partitions: 12, events: ingestionEvents },
  'bulfinch.normalization.v1': { partitions: 12, events: normalizationEvents },
  'bulfinch.consent.v1': { partitions: 12, events: consentEvents },
  'bulfinch.delivery.v1': { partitions: 12, events: deliveryEvents },
  'bulfinch.access.v1': { partitions: 12, events: accessEvents },
  'bulfinch.directory.v1': { partitions: 3, events: directoryEvents },
} as const satisfies Record<string, { partitions: number; events: readonly EventKind[] }>;

export type TopicName = keyof typeof topics;
export const topicNames = Object.keys(topics) as TopicName[];
/** Echoes are no events; one partition, kept one day (design.md section 4). */
export const echoesTopic = { name: 'bulfinch.echoes.v1', partitions: 1, retentionMs: 24 * 3600 * 1000 } as const;

/** Who reads a topic; `heard` of a case is the lowest mark among them (design.md section 3). Audit reads all. */
export const READERS: Record<TopicName, readonly ServiceName[]> = {
  'bulfinch.ingestion.v1': ['normalization', 'audit'],
  'bulfinch.normalization.v1': ['ingestion', 'consent', 'audit'],
  'bulfinch.consent.v1': ['ingestion', 'delivery', 'audit'],
  'bulfinch.delivery.v1': ['ingestion', 'consent', 'audit'],
  'bulfinch.access.v1': ['audit'],
  'bulfinch.directory.v1': ['ingestion', 'consent', 'audit'],
};

type Kinds<T extends TopicName> = (typeof topics)[T]['events'][number];
type EventOf<K> = K extends EventKind<infer Type, infer Data> ? CloudEvent<Type, z.infer<Data>> : never;
/** A CloudEvent whose data is known by its type. */
export interface CloudEvent<Type extends string = string, Data = unknown> extends z.infer<z.ZodObject<typeof envelopeShape>> {
  readonly type: Type;
  readonly data: Data;
}
/** Every event that may stand on topic T: a union by `type`. */
export type EventOn<T extends TopicName> = EventOf<Kinds<T>>;
type DraftOf<K> = K extends EventKind<infer Type, infer Data> ? { readonly type: Type; readonly data: z.infer<Data> } : never;
/** What a service says, before libs/eventing gives it its place, time and causes. */
export type DraftOn<T extends TopicName> = DraftOf<Kinds<T>>;
export type AnyDraft = { readonly type: string; readonly data: unknown };

const schemas = new Map<string, z.ZodType>();
for (const topic of topicNames)
  for (const kind of topics[topic].events)
    schemas.set(`${topic} ${kind.type}`, z.object({ ...envelopeShape, type: z.literal(kind.type), data: kind.data }));

/** The schema of one event, or undefined where the topic has no such type. */
export function eventSchema(topic: string, type: string): z.ZodType | undefined {
  return schemas.get(`${topic} ${type}`);
}

export type EventProblem = 'unknown-type' | 'not-valid' | 'too-large' | 'identity-differs';
/** Answer of `checkEvent`: the event, or why it is none. `where` names fields, never values. */
export type EventCheck<T extends TopicName> = { ok: true; event: EventOn<T> } | { ok: false; problem: EventProblem; where: string };

/** Checks an event of a topic, both when it is sent and when it is received (design.md section 4). */
export function checkEvent<T extends TopicName>(topic: T, candidate: { type: string } & Record<string, unknown>): EventCheck<T> {
  const schema = eventSchema(topic, candidate.type);
  if (!schema) return { ok: false, problem: 'unknown-type', where: 'type' };
  const parsed = schema.safeParse(candidate);
  if (!parsed.success)
    return {
      ok: false,
      problem: 'not-valid',
      where: parsed.error.issues
        .map((issue) => issue.path.join('.'))
        .slice(0, 10)
        .join(' '),
    };
  // The cast is what the schema of (topic, type) has just shown.
  const event = parsed.data as EventOn<T>;
  const wanted = `${topic}/${event.subject}/${event.sequence}`;
  if (event.id !== wanted || event.partitionkey !== event.subject)
    return { ok: false, problem: 'identity-differs', where: 'id partitionkey' };
  return { ok: true, event };
}

export { eventBytesMax };
