import { ServerKafka } from '@nestjs/microservices';
import type { Admin, Consumer, EachBatchPayload, Kafka, KafkaMessage } from 'kafkajs';
import { echoesTopic, READERS, type ServiceName, type TopicName, topicNames } from '#libs/contracts';
import type { IncomingMessage } from '../definition.js';
import { type Logger, nameOf } from '../logger.js';
import { pause } from '../timings.js';
import { type Handle, handleOf, topicOf } from './handlers.js';
import { clientConfig } from './kafka-client.js';
import { KeyQueue } from './key-queue.js';
import { OffsetTracker } from './offset-tracker.js';
import type { TransportStatus } from './transport.js';

/** Longest the broker waits to fill a fetch, ms. The default of 5,000 makes every stop and rebalance take 5 s (engines.md section 5). */
export const maxWaitTimeInMs = 200;
/** A member that is gone (kill -9) holds its partitions this long, ms. kafkajs' 30 s is long for a doctor; below 6 s the broker refuses. */
const sessionTimeoutMs = 10_000;
/** Three heartbeats in a session, and some. */
const heartbeatMs = 2_500;
/** Messages taken but not handled; beyond it nothing more is fetched. Bounds memory: 256 KiB each at most, mostly 1 KiB. */
const waitingMax = 2_000;
/** Cases worked on side by side. */
const keysMax = 64;
/** How often handled offsets are committed, ms. What a crash leaves uncommitted comes again and is dropped as repeated. */
const commitMs = 500;
/** Between looks for room in the queue, ms; each look also keeps the heartbeat going. */
const roomLookMs = 50;
/** Running handlers may end this long after the close, ms. */
const closeGraceMs = 8_000;

export interface KafkaServerOptions {
  readonly service: ServiceName;
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly groupId: string;
  readonly logger: Logger;
  /** Called when reading has ended for good: the process must end, so that it is started anew. */
  readonly onFatal: (reason: string) => void;
  /** New groups read from the beginning, or messages are lost (engines.md section 7). Only a test of that guard says otherwise. */
  readonly fromBeginning?: boolean;
}
interface Taken {
  readonly message: IncomingMessage;
  readonly topic: TopicName;
}

/**
 * Reads a service's topics through kafkajs and hands the raw bytes to its handlers: Nest's parser never touches key, value or headers.
 * Per case in order, cases side by side in a queue; offsets are committed by timer, only up to what is handled (costs.md).
 */
export class KafkaServer extends ServerKafka {
  readonly #options: KafkaServerOptions;
  readonly #handlers = new Map<TopicName, Handle[]>();
  readonly #queue: KeyQueue<Taken>;
  #trackers = new Map<string, OffsetTracker>();
  #status: TransportStatus = { ready: false, reason: 'not connected to Kafka yet' };
  #committing: NodeJS.Timeout | undefined;
  #isClosing = false;
  received = 0;
  retried = 0;
  /** Partitions whose unread messages retention had taken when this process started. */
  offsetsGone = 0;

  constructor(options: KafkaServerOptions) {
    super({
      client: clientConfig(options) as NonNullable<ConstructorParameters<typeof ServerKafka>[0]['client']>, // Nest re-declares kafkajs' types.
      consumer: { groupId: options.groupId, allowAutoTopicCreation: false, maxWaitTimeInMs },
      // Groups and client ids are named once, without a suffix of Nest's.
      postfixId: '',
    });
    this.#options = options;
    this.#queue = new KeyQueue({
      keysMax,
      handle: async ({ message, topic }) => {
        for (const handle of this.#handlers.get(topic) ?? []) await handle(message);
      },
      onRetry: ({ topic }, error, attempt) => {
        this.retried++;
        options.logger.warn('handler-failed', { topic, reader: options.service, attempt, error: nameOf(error) });
      },
    });
  }

  get readiness(): TransportStatus {
    return this.#status;
  }

  override addHandler(pattern: unknown, callback: Parameters<ServerKafka['addHandler']>[1]): void {
    const topic = topicOf(pattern);
    this.#handlers.set(topic, [...(this.#handlers.get(topic) ?? []), handleOf(callback)]);
  }

  /** Hands a message to the handlers at once, past the queue. */
  async redeliver(topic: TopicName, message: IncomingMessage): Promise<boolean> {
    const handlers = this.#handlers.get(topic) ?? [];
    for (const handle of handlers) await handle(message);
    return handlers.length > 0;
  }

  /** Connects the consumer only: what is published goes through the transport's own producer. Throws when a topic or a handler is missing. */
  override async start(callback: () => void): Promise<void> {
    const client: Kafka | null = this.client as unknown as Kafka | null; // Nest re-declares kafkajs' types.
    if (!client) throw new Error('the Kafka client is not there');
    this.#everyTopicHasAHandler();
    await this.#lookAtTopics(client);
    const consumer = client.consumer({
      groupId: this.#options.groupId,
      allowAutoTopicCreation: false,
      maxWaitTimeInMs,
      sessionTimeout: sessionTimeoutMs,
      heartbeatInterval: heartbeatMs,
    });
    this.consumer = consumer as unknown as typeof this.consumer; // As above.
    this.#listenToConsumer(consumer);
    await consumer.connect();
    await this.bindEvents(consumer as unknown as Parameters<ServerKafka['bindEvents']>[0]); // As above.
    this.#committing = setInterval(() => void this.#commit(consumer), commitMs);
    callback();
  }

  override async bindEvents(consumer: Parameters<ServerKafka['bindEvents']>[0]): Promise<void> {
    const topics = [...this.#handlers.keys()];
    if (topics.length === 0) return;
    await consumer.subscribe({ topics, fromBeginning: this.#options.fromBeginning ?? true });
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      eachBatch: (payload) => this.#take(payload as unknown as EachBatchPayload),
    }); // As above.
  }

  /** Takes no more, lets running handlers end, commits what is handled. */
  override async close(): Promise<void> {
    this.#isClosing = true;
    this.#status = { ready: false, reason: 'stopping' };
    clearInterval(this.#committing);
    await this.#queue.close(closeGraceMs);
    const consumer = this.consumer as unknown as Consumer | null; // As above.
    if (consumer) await this.#commit(consumer);
    await super.close();
  }

  /** Puts a fetched batch into the queue and returns: one slow case never holds up the fetch. The position moves, the commit does not. */
  async #take(payload: EachBatchPayload): Promise<void> {
    const { batch } = payload;
    const tracker = this.#trackerOf(batch.topic, batch.partition);
    const topic = topicOf(batch.topic);
    for (const message of batch.messages) {
      while (this.#queue.length >= waitingMax && payload.isRunning() && !this.#isClosing) {
        await pause(roomLookMs);
        await payload.heartbeat();
      }
      if (!payload.isRunning() || payload.isStale() || this.#isClosing) return;
      const key = message.key?.toString('utf8') ?? `${batch.topic} ${batch.partition}`;
      this.received++;
      this.#queue.push(
        key,
        { topic, message: { topic, value: message.value, headers: headersOf(message) } },
        tracker.take(BigInt(message.offset)),
      );
      payload.resolveOffset(message.offset);
    }
  }

  #trackerOf(topic: string, partition: number): OffsetTracker {
    const name = `${topic} ${partition}`;
    const tracker = this.#trackers.get(name) ?? new OffsetTracker();
    this.#trackers.set(name, tracker);
    return tracker;
  }

  async #commit(consumer: Consumer): Promise<void> {
    const moved = [...this.#trackers].flatMap(([name, tracker]) => {
      const offset = tracker.committable();
      const [topic = '', partition] = name.split(' ');
      return offset === undefined ? [] : [{ tracker, offset, topic, partition: Number(partition) }];
    });
    if (moved.length === 0) return;
    try {
      await consumer.commitOffsets(moved.map(({ topic, partition, offset }) => ({ topic, partition, offset: offset.toString() })));
      for (const { tracker, offset } of moved) tracker.committed(offset);
    } catch (error) {
      // Another member took the partition over, or the broker is away: what is not committed comes again and is dropped.
      this.#options.logger.warn('offsets-not-committed', { error: nameOf(error) });
    }
  }

  #listenToConsumer(consumer: Consumer): void {
    const { GROUP_JOIN, CRASH, REBALANCING } = consumer.events;
    consumer.on(GROUP_JOIN, () => {
      // A new generation starts at the committed offsets; what is still queued from before is handled, but commits nothing.
      this.#trackers = new Map();
      if (!this.#isClosing) this.#status = { ready: true };
    });
    consumer.on(REBALANCING, () => {
      this.#status = { ready: false, reason: 'the consumer group is rebalancing' };
    });
    consumer.on(CRASH, ({ payload }) => {
      const reason = `reading Kafka crashed: ${nameOf(payload.error)}`;
      this.#status = { ready: false, reason };
      this.#options.logger.error('consumer-crashed', {
        service: this.#options.service,
        error: nameOf(payload.error),
        restarts: payload.restart,
      });
      if (!payload.restart && !this.#isClosing) this.#options.onFatal(reason);
    });
  }

  /** A message whose topic has no handler would never be heard: every topic that READERS gives this service needs one. */
  #everyTopicHasAHandler(): void {
    const { service } = this.#options;
    const missing = topicNames.filter((topic) => READERS[topic].includes(service) && !this.#handlers.has(topic));
    if (missing.length > 0) throw new Error(`${service} has no handler for ${missing.join(', ')}, which READERS says it reads`);
  }

  async #lookAtTopics(client: Kafka): Promise<void> {
    const admin = client.admin();
    await admin.connect();
    try {
      const existing = await admin.listTopics();
      const missing = [...this.#handlers.keys(), echoesTopic.name].filter((topic) => !existing.includes(topic));
      if (missing.length > 0) throw new Error(`Kafka has no topic ${missing.join(', ')}: run create-topics`);
      await this.#tellWhatIsGone(admin);
    } finally {
      await admin.disconnect();
    }
  }

  /** Retention may have taken messages this group has not read: no client says so by itself (engines.md section 7). Echoes bring them again. */
  async #tellWhatIsGone(admin: Admin): Promise<void> {
    for (const topic of this.#handlers.keys()) {
      const [committed] = await admin.fetchOffsets({ groupId: this.#options.groupId, topics: [topic] });
      const starts = new Map((await admin.fetchTopicOffsets(topic)).map(({ partition, low }) => [partition, BigInt(low)]));
      for (const { partition, offset } of committed?.partitions ?? []) {
        const isGone = BigInt(offset) >= 0n && BigInt(offset) < (starts.get(partition) ?? 0n);
        if (!isGone) continue;
        this.offsetsGone++;
        this.#options.logger.error('offset-below-log-start', { topic, partition, service: this.#options.service });
      }
    }
  }
}

function headersOf(message: KafkaMessage): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(message.headers ?? {})) {
    const first = Array.isArray(value) ? value[0] : value;
    if (first !== undefined) headers[name] = first.toString('utf8');
  }
  return headers;
}
