import type { CloudEvent, TopicName } from '#libs/contracts';
import { nameOf } from '../logger.js';
import type { Runtime } from '../runtime.js';
import { doubling, pause } from '../timings.js';
import type { OutgoingMessage, Transport } from '../transport/transport.js';

/** One batch: Kafka's default limit for one partition's part is 1,048,588 bytes, and one event may be 256 KiB. */
const batchEventsMax = 500;
const batchBytesMax = 512 * 1024;
/** Events that wait in memory for the transport. Beyond it a case is left to the re-sending, which reads it from storage. */
const waitingMax = 10_000;

interface Waiting {
  readonly topic: TopicName;
  readonly message: OutgoingMessage;
}

/** Sends what the cases say: in order, one awaited batch at a time over many cases, from the tick after the write (design.md section 3). */
export class Relay {
  readonly #transport: Transport;
  readonly #runtime: Runtime;
  readonly #stopping = new AbortController();
  #waiting: Waiting[] = [];
  #isRunning = false;

  constructor(transport: Transport, runtime: Runtime) {
    this.#transport = transport;
    this.#runtime = runtime;
  }

  get hasRoom(): boolean {
    return this.#waiting.length < waitingMax && !this.#stopping.signal.aborted;
  }

  /** Takes events of one case, in the order of its outbox. What is taken is sent, over failures, until the process stops. */
  send(topic: TopicName, events: readonly CloudEvent[]): void {
    for (const event of events) this.#waiting.push({ topic, message: messageOf(event) });
    if (this.#isRunning || this.#waiting.length === 0) return;
    this.#isRunning = true;
    setImmediate(() => void this.#run());
  }

  /** Waits at most `graceMs` for what is taken, then sends no more: the outboxes keep it. */
  async stop(graceMs: number): Promise<void> {
    const clock = performance.now();
    while (this.#isRunning && this.#transport.status().ready && performance.now() - clock < graceMs) await pause(10);
    this.#stopping.abort();
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0 && !this.#stopping.signal.aborted) await this.#sendBatch(this.#takeBatch());
    this.#isRunning = false;
  }

  #takeBatch(): Map<TopicName, OutgoingMessage[]> {
    const batch = new Map<TopicName, OutgoingMessage[]>();
    let bytes = 0;
    let count = 0;
    for (const { topic, message } of this.#waiting) {
      bytes += message.value.length;
      if (count > 0 && (count >= batchEventsMax || bytes > batchBytesMax)) break;
      count++;
      const messages = batch.get(topic) ?? [];
      batch.set(topic, messages);
      messages.push(message);
    }
    this.#waiting = this.#waiting.slice(count);
    return batch;
  }

  async #sendBatch(batch: Map<TopicName, OutgoingMessage[]>): Promise<void> {
    const { counters, logger, timings } = this.#runtime;
    for (const [topic, messages] of batch)
      for (let attempt = 0; !this.#stopping.signal.aborted; attempt++) {
        try {
          await this.#transport.publish(topic, messages);
          counters.published += messages.length;
          break;
        } catch (error) {
          counters.publishFailures++;
          logger.warn('publish-failed', { topic, events: messages.length, attempt, error: nameOf(error) });
          await pause(doubling(attempt, timings.publishRetryMs, timings.publishRetryMsMax), this.#stopping.signal);
        }
      }
  }
}

/** The same bytes each time it is sent: the event lies in the outbox as it was made. */
function messageOf(event: CloudEvent): OutgoingMessage {
  const headers = {
    'content-type': 'application/cloudevents+json',
    ...(event.traceparent === undefined ? {} : { traceparent: event.traceparent }),
  };
  return { key: event.partitionkey, value: Buffer.from(JSON.stringify(event)), headers };
}
