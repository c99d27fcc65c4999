import { z } from 'zod';
import { instant, type ServiceName, serviceName } from './words.js';

/** Longest event Bulfinch publishes or reads, bytes of JSON. Kafka's default `message.max.bytes` is 1,048,588; content never travels here. */
export const eventBytesMax = 256 * 1024;

/** The CloudEvents 1.0 attributes every event has (design.md section 4). `data` is checked by the schema of its type. */
export const envelopeShape = {
  specversion: z.literal('1.0'),
  /** `<topic>/<subject>/<sequence>`: a re-send is byte-identical. */
  id: z.string().max(200),
  source: z.string().regex(/^\/bulfinch\/(ingestion|normalization|consent|delivery|audit)$/),
  subject: z.string().min(1).max(128),
  partitionkey: z.string().min(1).max(128),
  sequence: z.int().positive(),
  time: instant,
  datacontenttype: z.literal('application/json'),
  /** The transfer the fact belongs to; on `access.v1` and `directory.v1` the subject's own id. */
  correlationid: z.string().max(128),
  /** Id of the event or command that caused this one. */
  causationid: z.string().max(200).optional(),
  /** W3C Trace Context. */
  traceparent: z
    .string()
    .regex(/^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/)
    .optional(),
} as const;

export const envelope = z.object({ ...envelopeShape, type: z.string().max(120), data: z.unknown() });
/** An event whose data has not been checked yet: enough to know whose it is and which place it has. */
export type Envelope = z.infer<typeof envelope>;

/** One kind of event: its type, the topic it goes to, the schema of its data, and an example that the schema accepts. */
export interface EventKind<Type extends string = string, Data extends z.ZodType = z.ZodType> {
  readonly type: Type;
  readonly service: ServiceName;
  readonly says: string;
  readonly data: Data;
  readonly example: z.infer<Data>;
}

/** Declares an event kind; the type is `org.bulfinch.<service>.<fact>.v1`. */
export function eventKind<const Service extends ServiceName, const Fact extends string, Data extends z.ZodType>(kind: {
  service: Service;
  fact: Fact;
  says: string;
  data: Data;
  example: z.infer<Data>;
}): EventKind<`org.bulfinch.${Service}.${Fact}.v1`, Data> {
  return {
    type: `org.bulfinch.${kind.service}.${kind.fact}.v1`,
    service: kind.service,
    says: kind.says,
    data: kind.data,
    example: kind.example,
  };
}

/** A reader's word to a publisher how far it has durably heard (design.md section 3, echoes). No event: no outbox, no mark, no audit. */
export const echo = z.object({
  service: serviceName,
  subject: z.string().min(1).max(128),
  reader: serviceName,
  mark: z.int().nonnegative(),
});
export type Echo = z.infer<typeof echo>;
export const echoBatch = z.object({ echoes: z.array(echo).max(1000) });
