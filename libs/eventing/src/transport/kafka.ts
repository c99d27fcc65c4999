import { randomUUID } from 'node:crypto';
import kafkajs, { type Consumer, type Kafka, type Producer } from 'kafkajs';
import { echoesTopic, type ServiceName } from '#libs/contracts';
import { type Logger, nameOf, stderrLogger } from '../logger.js';
import { clientConfig } from './kafka-client.js';
import { KafkaServer, maxWaitTimeInMs } from './kafka-server.js';
import type { AnyTopic, OutgoingMessage, Transport, TransportStatus } from './transport.js';

export interface KafkaTransportOptions {
  readonly brokers: readonly string[] | string;
  readonly service: ServiceName;
  readonly clientId?: string;
  readonly groupId?: string;
  readonly logger?: Logger;
  /** Reading has ended for good: the process must end. Default: it does, with exit code 1. */
  readonly onFatal?: (reason: string) => void;
  /** Only a test of the guard says false (engines.md section 7). */
  readonly fromBeginning?: boolean;
}

/** The consumer group of a service. */
export function groupOf(service: ServiceName): string {
  return `bulfinch-${service}`;
}

/** One service's port to Kafka: one consumer over all its topics, one producer, one awaited batch at a time. */
export function kafkaTransport(options: KafkaTransportOptions): Transport {
  return new KafkaTransport(options);
}

class KafkaTransport implements Transport {
  readonly kind = 'kafka';
  readonly strategy: KafkaServer;
  readonly #kafka: Kafka;
  readonly #service: ServiceName;
  readonly #logger: Logger;
  readonly #onFatal: (reason: string) => void;
  readonly #echoListeners: ((value: Buffer) => void)[] = [];
  #producer: Promise<Producer> | undefined;
  #echoes: Consumer | undefined;
  #published = 0;

  constructor(options: KafkaTransportOptions) {
    const { service, clientId = `bulfinch-${service}`, groupId = groupOf(service) } = options;
    const brokers = typeof options.brokers === 'string' ? options.brokers.split(',') : [...options.brokers];
    this.#service = service;
    this.#logger = options.logger ?? stderrLogger;
    this.#onFatal = options.onFatal ?? (() => process.exit(1));
    this.#kafka = new kafkajs.Kafka(clientConfig({ brokers, clientId, service, logger: this.#logger }));
    const { fromBeginning } = options;
    this.strategy = new EchoingServer(
      {
        service,
        brokers,
        clientId,
        groupId,
        logger: this.#logger,
        onFatal: this.#onFatal,
        ...(fromBeginning === undefined ? {} : { fromBeginning }),
      },
      { open: () => this.#openEchoes(), close: () => this.#closeEchoes() },
    );
  }

  async publish(topic: AnyTopic, messages: readonly OutgoingMessage[]): Promise<void> {
    const producer = await this.#connectedProducer();
    // acks -1: all in-sync replicas have it.
    await producer.send({
      topic,
      acks: -1,
      messages: messages.map(({ key, value, headers }) => ({ key, value, headers: { ...headers } })),
    });
    this.#published += messages.length;
  }

  onEchoes(listener: (value: Buffer) => void): void {
    this.#echoListeners.push(listener);
  }

  redeliver(...args: Parameters<Transport['redeliver']>): Promise<boolean> {
    return this.strategy.redeliver(...args);
  }

  status(): TransportStatus {
    return this.strategy.readiness;
  }

  metrics(): Readonly<Record<string, number>> {
    return {
      kafkaPublished: this.#published,
      kafkaReceived: this.strategy.received,
      kafkaRetried: this.strategy.retried,
      kafkaOffsetsGone: this.strategy.offsetsGone,
    };
  }

  async close(): Promise<void> {
    const producer = await this.#producer?.catch(() => undefined); // It never came to be: nothing to close.
    this.#producer = undefined;
    await producer?.disconnect();
  }

  #connectedProducer(): Promise<Producer> {
    this.#producer ??= this.#connect().catch((error: unknown) => {
      this.#producer = undefined;
      throw error;
    });
    return this.#producer;
  }

  async #connect(): Promise<Producer> {
    // idempotent: true with kafkajs 2.2.4 can lose an acknowledged message (engines.md section 6); readers drop what comes twice.
    const producer = this.#kafka.producer({ idempotent: false, allowAutoTopicCreation: false });
    await producer.connect();
    return producer;
  }

  /** Every process hears all echoes, from the end, under a group of its own that leaves nothing behind (design.md section 4). */
  async #openEchoes(): Promise<void> {
    const consumer = this.#kafka.consumer({
      groupId: `bulfinch-echoes-${this.#service}-${randomUUID()}`,
      allowAutoTopicCreation: false,
      maxWaitTimeInMs,
    });
    this.#echoes = consumer;
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      this.#logger.error('echoes-crashed', { service: this.#service, error: nameOf(payload.error), restarts: payload.restart });
      if (!payload.restart) this.#onFatal(`reading echoes crashed: ${nameOf(payload.error)}`);
    });
    await consumer.connect();
    await consumer.subscribe({ topics: [echoesTopic.name], fromBeginning: false });
    await consumer.run({
      autoCommit: false,
      eachMessage: async ({ message }) => {
        if (message.value) for (const listener of this.#echoListeners) listener(message.value);
      },
    });
  }

  async #closeEchoes(): Promise<void> {
    await this.#echoes?.disconnect();
    this.#echoes = undefined;
  }
}

/** The server of the transport: echoes are read as long as the topics are. */
class EchoingServer extends KafkaServer {
  readonly #echoes: { open(): Promise<void>; close(): Promise<void> };

  constructor(options: ConstructorParameters<typeof KafkaServer>[0], echoes: { open(): Promise<void>; close(): Promise<void> }) {
    super(options);
    this.#echoes = echoes;
  }

  override async start(callback: () => void): Promise<void> {
    await super.start(() => undefined);
    await this.#echoes.open();
    callback();
  }

  override async close(): Promise<void> {
    await super.close();
    await this.#echoes.close();
  }
}
