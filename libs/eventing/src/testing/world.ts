import 'reflect-metadata';
import { Controller, type INestMicroservice, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventPattern, Payload } from '@nestjs/microservices';
import type { Connection } from 'mongoose';
import type { ServiceName } from '#libs/contracts';
import type { Cases, IncomingMessage } from '../definition.js';
import { Eventing } from '../eventing.js';
import type { Logger } from '../logger.js';
import type { Timings } from '../timings.js';
import { InProcessBus, inProcessTransport } from '../transport/in-process.js';
import { kafkaTransport } from '../transport/kafka.js';
import type { Transport } from '../transport/transport.js';
import { openDatabase } from './engines.js';
import { type Listener, type ListenerInput, listener, type Speaker, type SpeakerInput, speaker } from './test-cases.js';

/** What a test may do to the reader before a message of the run reaches its case. Throwing is a fault, `false` loses the message. */
export type BeforeHearing = (subject: string, sequence: number) => Promise<boolean | undefined> | boolean | undefined;
/** What an event means to the reader; tests make it impossible or broken. */
export type Meaning = (subject: string, sequence: number) => ListenerInput;

export interface WorldOptions {
  readonly kind: 'in-process' | 'kafka';
  readonly mongodbUri: string;
  /** Where the reader finds MongoDB, when a test cuts it off. */
  readonly readerMongodbUri?: string;
  readonly brokers?: string;
  readonly database: string;
  /** Subjects of this run begin with it: topics are shared with other tests. Also names the consumer groups. */
  readonly run: string;
  readonly timings?: Partial<Timings>;
  readonly beforeHearing?: BeforeHearing;
  readonly meaning?: Meaning;
  readonly fromBeginning?: boolean;
}

export const silent: Logger = { info: () => undefined, warn: () => undefined, error: () => undefined };
/** Short waits, so that a test sees what production does in half a minute. */
export const quick: Partial<Timings> = {
  sweepMs: 300,
  flushMs: 100,
  echoGatherMs: 20,
  resendMs: 500,
  resendMsMax: 2_000,
  publishRetryMs: 50,
  publishRetryMsMax: 200,
  lookMs: 50,
  stopWorkMs: 2_000,
};

/** A publisher (ingestion), a reader (normalization) and audit, over one transport, each with its own Eventing. */
export class World {
  readonly speakers: Cases<Speaker, SpeakerInput, 'not-allowed' | 'nothing-due'>;
  readonly listeners: Cases<Listener, ListenerInput, 'impossible'>;
  readonly auditors: Cases<Listener, ListenerInput, 'impossible'>;
  readonly transports: Record<'ingestion' | 'normalization' | 'audit', Transport>;
  readonly #options: WorldOptions;
  readonly #eventings: Record<'ingestion' | 'normalization' | 'audit', Eventing>;
  readonly #connections: Connection[];
  readonly #bus = new InProcessBus({ logger: silent });
  readonly #apps: INestMicroservice[] = [];

  private constructor(options: WorldOptions, connections: Connection[]) {
    this.#options = options;
    this.#connections = connections;
    const [own, reader = own] = connections;
    if (!own || !reader) throw new Error('a world needs a database');
    this.transports = {
      ingestion: this.#transport('ingestion'),
      normalization: this.#transport('normalization'),
      audit: this.#transport('audit'),
    };
    const timings = { ...quick, ...options.timings };
    this.#eventings = {
      ingestion: new Eventing({ service: 'ingestion', connection: own, transport: this.transports.ingestion, logger: silent, timings }),
      normalization: new Eventing({
        service: 'normalization',
        connection: reader,
        transport: this.transports.normalization,
        logger: silent,
        timings,
      }),
      audit: new Eventing({ service: 'audit', connection: own, transport: this.transports.audit, logger: silent, timings }),
    };
    this.speakers = this.#eventings.ingestion.cases(speaker);
    this.listeners = this.#eventings.normalization.cases(listener);
    this.auditors = this.#eventings.audit.cases({ ...listener, service: 'audit', collection: 'auditors' });
  }

  /** Opens the databases; nothing runs yet. */
  static async open(options: WorldOptions): Promise<World> {
    const own = await openDatabase(options.mongodbUri, options.database);
    const reader = await openDatabase(options.readerMongodbUri ?? options.mongodbUri, options.database);
    return new World(options, [own, reader]);
  }

  eventing(service: 'ingestion' | 'normalization' | 'audit'): Eventing {
    return this.#eventings[service];
  }

  /** Starts what is named, in this order: listening first, then Eventing. */
  async start(services: readonly ('ingestion' | 'normalization' | 'audit')[] = ['audit', 'normalization', 'ingestion']): Promise<void> {
    const controllers = { ingestion: DeafController, normalization: this.#listenController(), audit: this.#auditController() };
    const groups = this.#options.kind === 'kafka' ? services.map((service) => [service]) : [services];
    await Promise.all(
      groups.map(async (group) => {
        const [first] = group;
        if (!first) return;
        @Module({ controllers: group.map((service) => controllers[service]) })
        class TestModule {}
        const app = await NestFactory.createMicroservice(TestModule, {
          strategy: this.transports[first].strategy,
          logger: false,
          abortOnError: false,
        });
        await app.listen();
        this.#apps.push(app);
      }),
    );
    for (const service of services) {
      await this.#eventings[service].migrate();
      await this.#eventings[service].start();
    }
  }

  /** A clean stop, as on SIGTERM: the transport first, then Eventing, then storage. */
  async stop(): Promise<void> {
    await Promise.all(this.#apps.map((app) => app.close()));
    await Promise.all(Object.values(this.#eventings).map((eventing) => eventing.stop()));
    await Promise.all(this.#connections.map((connection) => connection.close()));
  }

  subject(name: string): string {
    return `${this.#options.run}-${name}`;
  }

  async applied(subject: string): Promise<readonly number[]> {
    return (await this.listeners.load(subject))?.state.applied ?? [];
  }

  #transport(service: ServiceName): Transport {
    const { kind, brokers = '', run, fromBeginning } = this.#options;
    if (kind === 'in-process') return inProcessTransport(this.#bus, service);
    const guard = fromBeginning === undefined ? {} : { fromBeginning };
    return kafkaTransport({ brokers, service, groupId: `${run}-${service}`, logger: silent, onFatal: () => undefined, ...guard });
  }

  #listenController(): new () => object {
    const { run, beforeHearing, meaning = (_subject, sequence) => ({ type: 'hear', sequence }) } = this.#options;
    const { listeners } = this;
    @Controller()
    class ListenController {
      @EventPattern<string>('bulfinch.ingestion.v1', { reader: 'normalization' })
      async on(@Payload() message: IncomingMessage): Promise<void> {
        const place = placeOf(message);
        if (place && !place.subject.startsWith(run)) return;
        if (place && (await beforeHearing?.(place.subject, place.sequence)) === false) return;
        await listeners.receive('bulfinch.ingestion.v1', message, (event) => meaning(event.subject, event.sequence));
      }
    }
    return ListenController;
  }

  #auditController(): new () => object {
    const { run } = this.#options;
    const { auditors } = this;
    @Controller()
    class AuditController extends DeafController {
      @EventPattern<string>('bulfinch.ingestion.v1', { reader: 'audit' })
      override async ingestion(@Payload() message: IncomingMessage): Promise<void> {
        if (!placeOf(message)?.subject.startsWith(run)) return;
        await auditors.receive('bulfinch.ingestion.v1', message, (event) => ({ type: 'hear', sequence: event.sequence }));
      }
      @EventPattern<string>('bulfinch.access.v1', { reader: 'audit' })
      access(): void {
        // Nothing in these tests speaks there.
      }
    }
    return AuditController;
  }
}

/** Reads topics on which nothing of these tests is said: every topic a service reads needs a handler. */
@Controller()
class DeafController {
  @EventPattern<string>('bulfinch.normalization.v1')
  normalization(): void {
    // Nothing is said there.
  }
  @EventPattern<string>('bulfinch.consent.v1')
  consent(): void {
    // Nothing is said there.
  }
  @EventPattern<string>('bulfinch.delivery.v1')
  delivery(): void {
    // Nothing is said there.
  }
  @EventPattern<string>('bulfinch.directory.v1')
  directory(): void {
    // Nothing is said there.
  }
  async ingestion(_message: IncomingMessage): Promise<void> {
    // Only audit reads it.
  }
}

/** Whose event a message is, and which place it has; undefined when its bytes say nothing. */
function placeOf(message: IncomingMessage): { subject: string; sequence: number } | undefined {
  try {
    const parsed: unknown = JSON.parse(message.value?.toString('utf8') ?? '');
    const isPlaced = typeof parsed === 'object' && parsed !== null && 'subject' in parsed && 'sequence' in parsed;
    return isPlaced && typeof parsed.subject === 'string' && typeof parsed.sequence === 'number'
      ? { subject: parsed.subject, sequence: parsed.sequence }
      : undefined;
  } catch {
    // Broken JSON: the case store counts it.
    return undefined;
  }
}
