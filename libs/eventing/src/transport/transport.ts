import type { CustomTransportStrategy } from '@nestjs/microservices';
import type { echoesTopic, TopicName } from '#libs/contracts';
import type { IncomingMessage } from '../definition.js';

export type AnyTopic = TopicName | typeof echoesTopic.name;

/** A message on its way out. Messages with one key stay in order. */
export interface OutgoingMessage {
  readonly key: string;
  readonly value: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

export interface TransportStatus {
  readonly ready: boolean;
  readonly reason?: string;
}

/** How events travel. Two adapters, one behaviour: testing/transport-contract.ts passes on both. */
export interface Transport {
  readonly kind: 'in-process' | 'kafka';
  /** For `app.connectMicroservice({ strategy })`. In-process: one and the same for all services of the process. */
  readonly strategy: CustomTransportStrategy;
  /** One batch, in order; resolves when it is durably taken, throws when it may not be. Only the relay and the echoes call it, one at a time. */
  publish(topic: AnyTopic, messages: readonly OutgoingMessage[]): Promise<void>;
  /** Called with the bytes of every echo message that comes in while the process runs. */
  onEchoes(listener: (value: Buffer) => void): void;
  /** Hands a message to this service's own handlers, as if it had come in again. False when there is none for the topic. */
  redeliver(topic: TopicName, message: IncomingMessage): Promise<boolean>;
  status(): TransportStatus;
  /** Counters of the adapter, by name. */
  metrics(): Readonly<Record<string, number>>;
  close(): Promise<void>;
}
