import { type CustomTransportStrategy, Server } from '@nestjs/microservices';
import { echoesTopic, READERS, type ServiceName, type TopicName, topicNames } from '#libs/contracts';
import type { IncomingMessage } from '../definition.js';
import { type Logger, nameOf, stderrLogger } from '../logger.js';
import { type Handle, handleOf, readerOf, topicOf } from './handlers.js';
import { KeyQueue } from './key-queue.js';
import type { AnyTopic, OutgoingMessage, Transport, TransportStatus } from './transport.js';

/** Messages that wait for one reader; a publisher waits for room. */
const waitingMax = 10_000;
/** Cases one reader works on side by side. */
const keysMax = 64;
/** Running handlers may end this long after the close, ms. */
const closeGraceMs = 5_000;

interface Reader {
  readonly name: string;
  readonly handle: Handle;
  readonly queue: KeyQueue<IncomingMessage>;
}

/** The topics of one process: the same bytes through the same handlers as over Kafka. Keeps nothing: the outboxes do. */
export class InProcessBus {
  readonly strategy: InProcessStrategy;
  readonly #readers = new Map<TopicName, Reader[]>();
  readonly #echoListeners: ((value: Buffer) => void)[] = [];
  readonly #logger: Logger;
  #state: 'new' | 'open' | 'closed' = 'new';
  delivered = 0;
  retried = 0;

  constructor(options: { logger?: Logger } = {}) {
    this.#logger = options.logger ?? stderrLogger;
    this.strategy = new InProcessStrategy(this);
  }

  /** One more reader of a topic, with a queue of its own per key. `name`: the reading service. */
  subscribe(topic: TopicName, name: string, handle: Handle): void {
    const onRetry = (_message: IncomingMessage, error: unknown, attempt: number): void => {
      this.retried++;
      this.#logger.warn('handler-failed', { topic, reader: name, attempt, error: nameOf(error) });
    };
    const queue = new KeyQueue<IncomingMessage>({ keysMax, onRetry, handle });
    this.#readers.set(topic, [...(this.#readers.get(topic) ?? []), { name, handle, queue }]);
  }

  /** All readers are subscribed: from now on messages are taken. Before, a publish fails and the relay tries again. */
  open(): void {
    this.#state = 'open';
    const present = new Set([...this.#readers.values()].flat().map((reader) => reader.name));
    for (const topic of topicNames)
      for (const reader of READERS[topic])
        if (present.has(reader) && !this.#readers.get(topic)?.some(({ name }) => name === reader))
          // Its echo would never come, and what is said there would be sent again for ever.
          this.#logger.error('reader-without-handler', { topic, reader });
  }

  async publish(topic: AnyTopic, messages: readonly OutgoingMessage[]): Promise<void> {
    if (this.#state !== 'open') throw new Error(`the in-process bus is ${this.#state}`);
    if (topic === echoesTopic.name) {
      for (const { value } of messages) for (const listener of this.#echoListeners) listener(value);
      return;
    }
    for (const reader of this.#readers.get(topic) ?? []) {
      await reader.queue.roomBelow(waitingMax);
      for (const { key, value, headers } of messages) reader.queue.push(key, { topic, value, headers });
    }
    this.delivered += messages.length;
  }

  onEchoes(listener: (value: Buffer) => void): void {
    this.#echoListeners.push(listener);
  }

  async redeliver(topic: TopicName, service: ServiceName, message: IncomingMessage): Promise<boolean> {
    const own = (this.#readers.get(topic) ?? []).filter((reader) => reader.name === service);
    for (const reader of own) await reader.handle(message);
    return own.length > 0;
  }

  status(): TransportStatus {
    return this.#state === 'open' ? { ready: true } : { ready: false, reason: `the in-process bus is ${this.#state}` };
  }

  /** Takes no more; what is not handled yet comes again from the outboxes at the next start. */
  async close(): Promise<void> {
    this.#state = 'closed';
    await Promise.all([...this.#readers.values()].flat().map((reader) => reader.queue.close(closeGraceMs)));
  }
}

/** Nest's side of the bus: registers every `@EventPattern` handler as a reader of its own. */
export class InProcessStrategy extends Server implements CustomTransportStrategy {
  /** A failed handler is tried again by the bus: Nest need not report it too. */
  override readonly propagatesEventHandlerErrors = true;
  readonly #bus: InProcessBus;

  constructor(bus: InProcessBus) {
    super();
    this.#bus = bus;
  }

  /** Nest would chain the handlers of one topic; here each is a reader of its own, so that one that fails stops no other. */
  override addHandler(
    pattern: unknown,
    callback: Parameters<Server['addHandler']>[1],
    _isEventHandler?: boolean,
    extras?: Record<string, unknown>,
  ): void {
    this.#bus.subscribe(topicOf(pattern), readerOf(extras) ?? 'unnamed', handleOf(callback));
  }

  listen(callback: () => void): void {
    this.#bus.open();
    callback();
  }

  close(): Promise<void> {
    return this.#bus.close();
  }

  override on(): never {
    throw new Error('the in-process transport has no events of its own');
  }

  override unwrap<T>(): T {
    // The only thing there is to unwrap.
    return this.#bus as T;
  }
}

/** One service's port to the bus it shares with the other services of the process. */
export function inProcessTransport(bus: InProcessBus, service: ServiceName): Transport {
  return {
    kind: 'in-process',
    strategy: bus.strategy,
    publish: (topic, messages) => bus.publish(topic, messages),
    onEchoes: (listener) => bus.onEchoes(listener),
    redeliver: (topic, message) => bus.redeliver(topic, service, message),
    status: () => bus.status(),
    metrics: () => ({ delivered: bus.delivered, retried: bus.retried }),
    // The bus is closed by Nest through its strategy; a service that stops leaves it to the others.
    close: () => Promise.resolve(),
  };
}
