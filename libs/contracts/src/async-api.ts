import { z } from 'zod';
import { type EventKind, echoBatch, envelopeShape } from './envelope.js';
import { echoesTopic, READERS, topicNames, topics } from './topics.js';

type Json = Record<string, unknown>;

/** Our schemas use what JSON Schema draft-07 knows, which AsyncAPI 3's default schema format builds on. */
const asSchema = (schema: z.ZodType): Json => {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { target: 'draft-7' }) as Json;
  return rest;
};

/** The AsyncAPI 3.0 document of every topic and event, made from the schemas that are checked when events are sent and received. */
export function asyncApi(): Json {
  const channels: Json = {};
  const operations: Json = {};
  const messages: Json = {};
  for (const topic of topicNames) {
    const kinds: readonly EventKind[] = topics[topic].events;
    channels[topic] = {
      address: topic,
      description: `Keyed by subject, ${topics[topic].partitions} partitions. Read by ${READERS[topic].join(', ')}.`,
      messages: Object.fromEntries(kinds.map((kind) => [kind.type, { $ref: `#/components/messages/${kind.type}` }])),
      bindings: { kafka: { partitions: topics[topic].partitions } },
    };
    operations[`send.${topic}`] = { action: 'send', channel: { $ref: `#/channels/${topic}` } };
    for (const kind of kinds) messages[kind.type] = messageOf(kind);
  }
  channels[echoesTopic.name] = {
    address: echoesTopic.name,
    description: 'How far readers have durably heard. No events: they may be lost.',
    messages: { echoes: { $ref: '#/components/messages/echoes' } },
    bindings: { kafka: { partitions: echoesTopic.partitions, topicConfiguration: { 'retention.ms': echoesTopic.retentionMs } } },
  };
  messages['echoes'] = { name: 'echoes', contentType: 'application/json', payload: asSchema(echoBatch) };
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Bulfinch events',
      version: '1',
      description:
        'CloudEvents 1.0 in structured JSON. Ids and codes only: clinical content lies in the vault and is referred to by blobId and SHA-256.',
      license: { name: 'Apache-2.0' },
    },
    defaultContentType: 'application/cloudevents+json',
    channels,
    operations,
    components: { messages },
  };
}

function messageOf(kind: EventKind): Json {
  return {
    name: kind.type,
    title: kind.says,
    contentType: 'application/cloudevents+json',
    payload: asSchema(z.object({ ...envelopeShape, type: z.literal(kind.type), data: kind.data })),
    'x-data-example': kind.example,
  };
}
