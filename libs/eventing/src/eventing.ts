import type { Connection } from 'mongoose';
import type { Echo, ServiceName } from '#libs/contracts';
import { type CaseParts, CaseRuntime } from './case/case-runtime.js';
import { type Counters, newCounters } from './counters.js';
import type { CaseDefinition, Cases, Cause, ParkedSummary, Settled } from './definition.js';
import { type Logger, nameOf, stderrLogger } from './logger.js';
import { EchoSender, readEchoes } from './relay/echo-sender.js';
import { Relay } from './relay/relay.js';
import type { Runtime } from './runtime.js';
import { pause, resentPerTickMax, type Timings, timings } from './timings.js';
import type { Transport } from './transport/transport.js';

/** Longest the relay may still send at a stop, ms: the outboxes keep what it does not. */
const stopRelayMs = 3_000;
/** Mongoose's readyState of an open connection. */
const connected = 1;

export interface EventingOptions {
  readonly service: ServiceName;
  /** The service's own database. */
  readonly connection: Connection;
  readonly transport: Transport;
  readonly logger?: Logger;
  /** Wall clock, for what people read and for dueAt. */
  readonly now?: () => Date;
  /** The request under way, for commands whose caller names no cause. */
  readonly ambientCause?: () => Cause | undefined;
  /** Shorter waits for tests. */
  readonly timings?: Partial<Timings>;
}

export interface EventingStatus {
  readonly ready: boolean;
  readonly reason?: string;
  /** Age of the oldest case that some reader has not heard in full, ms. */
  readonly outboxOldestMs: number;
}

/** What Eventing drives of each kind of case, whatever its State. */
type Driven = Pick<
  CaseRuntime<unknown, unknown, { readonly type: string }, string>,
  'start' | 'sweep' | 'hear' | 'flush' | 'resend' | 'oldestMs' | 'stopWork' | 'migrate' | 'parked' | 'decideParked'
>;

/** The runtime of one service: its cases, their relay, inbox, echoes and workers (design.md section 3). */
export class Eventing {
  readonly #options: EventingOptions;
  readonly #runtime: Runtime;
  readonly #relay: Relay;
  readonly #echoes: EchoSender;
  readonly #cases: Driven[] = [];
  readonly #collections = new Set<string>();
  readonly #timers: NodeJS.Timeout[] = [];
  #state: 'new' | 'started' | 'stopping' = 'new';
  #isTicking = false;
  #isSweeping = false;

  constructor(options: EventingOptions) {
    this.#options = options;
    this.#runtime = {
      service: options.service,
      now: options.now ?? (() => new Date()),
      logger: options.logger ?? stderrLogger,
      counters: newCounters(),
      timings: { ...timings, ...options.timings },
      ambientCause: options.ambientCause ?? (() => undefined),
    };
    this.#relay = new Relay(options.transport, this.#runtime);
    this.#echoes = new EchoSender(options.transport, this.#runtime);
    options.transport.onEchoes((value) => {
      for (const echo of readEchoes(value)) this.#hear(echo);
    });
  }

  get service(): ServiceName {
    return this.#runtime.service;
  }

  /** One kind of case of this service. Called once per collection, before `start`. */
  cases<State, Input, Fact extends { readonly type: string }, Refusal extends string>(
    definition: CaseDefinition<State, Input, Fact, Refusal>,
  ): Cases<State, Input, Refusal> {
    if (definition.service !== this.#runtime.service)
      throw new Error(`${this.#runtime.service} was given the cases of ${definition.service}`);
    if (this.#collections.has(definition.collection)) throw new Error(`the cases ${definition.collection} are defined twice`);
    this.#collections.add(definition.collection);
    const parts: CaseParts = {
      connection: this.#options.connection,
      runtime: this.#runtime,
      relay: this.#relay,
      echoes: this.#echoes,
      transport: this.#options.transport,
    };
    const cases = new CaseRuntime(definition, parts);
    this.#cases.push(cases);
    return cases;
  }

  /**
   * For a reader that keeps its marks itself (audit): all events of `subject` that `publisher` published up to `mark` are durably heard.
   * Cases echo by themselves.
   */
  echo(publisher: ServiceName, subject: string, mark: number): void {
    this.#echoes.tell(publisher, subject, mark);
  }

  /** Sends what no reader has confirmed, tries parked events again, begins work. Call it when the transport listens. Throws when storage is away. */
  async start(): Promise<void> {
    if (this.#state !== 'new') throw new Error(`eventing of ${this.#runtime.service} was started before`);
    this.#state = 'started';
    const { flushMs, sweepMs } = this.#runtime.timings;
    this.#timers.push(setInterval(() => void this.#tick(), flushMs).unref(), setInterval(() => void this.#sweep(), sweepMs).unref());
    for (const cases of this.#cases) await cases.start();
    void this.#tick();
  }

  /** Drains in under 20 s: no new work is claimed, running work ends or gives its lease back, what is said is sent as far as that goes. */
  async stop(): Promise<void> {
    if (this.#state === 'stopping') return;
    this.#state = 'stopping';
    for (const timer of this.#timers) clearInterval(timer);
    await Promise.all(this.#cases.map((cases) => cases.stopWork(this.#runtime.timings.stopWorkMs)));
    await this.#relay.stop(stopRelayMs);
    const given = new AbortController();
    await Promise.race([this.#echoes.stop().finally(() => given.abort()), pause(stopRelayMs, given.signal)]);
    await this.#attempt('heard-not-written', async () => {
      for (const cases of this.#cases) await cases.flush();
    });
    await this.#options.transport.close();
  }

  /** Parked events of all cases of the service, oldest first, for the operator. */
  async parked(limit: number): Promise<readonly ParkedSummary[]> {
    const all = await Promise.all(this.#cases.map((cases) => cases.parked(limit)));
    return all
      .flat()
      .toSorted((one, other) => one.at.getTime() - other.at.getTime())
      .slice(0, limit);
  }

  /** An operator's decision about a parked event, in whichever of the service's cases it lies. */
  async decideParked(caseId: string, publisher: ServiceName, action: 'retry' | 'discard'): Promise<Settled | 'nothing-parked'> {
    for (const cases of this.#cases) {
      const settled = await cases.decideParked(caseId, publisher, action);
      if (settled !== 'nothing-parked') return settled;
    }
    return 'nothing-parked';
  }

  /** Makes the indexes of all cases: an explicit step, nothing makes them by itself. */
  async migrate(): Promise<void> {
    for (const cases of this.#cases) await cases.migrate();
  }

  status(): EventingStatus {
    const outboxOldestMs = Math.max(0, ...this.#cases.map((cases) => cases.oldestMs()));
    const reason = this.#notReady();
    return reason === undefined ? { ready: true, outboxOldestMs } : { ready: false, reason, outboxOldestMs };
  }

  metrics(): Readonly<Counters> & Readonly<Record<string, number>> {
    return { ...this.#options.transport.metrics(), ...this.#runtime.counters, outboxOldestMs: this.status().outboxOldestMs };
  }

  #notReady(): string | undefined {
    if (this.#state !== 'started') return this.#state === 'new' ? 'not started' : 'stopping';
    if (this.#options.connection.readyState !== connected) return 'storage is away';
    const transport = this.#options.transport.status();
    return transport.ready ? undefined : (transport.reason ?? 'the transport is away');
  }

  #hear(echo: Echo): void {
    if (echo.service !== this.#runtime.service) return;
    this.#runtime.counters.echoesHeard++;
    for (const cases of this.#cases) cases.hear(echo);
  }

  /** Each second: marks heard are written, the unheard is sent again where it is time. Nothing is read while all is heard. */
  async #tick(): Promise<void> {
    if (this.#isTicking || this.#state !== 'started') return;
    this.#isTicking = true;
    await this.#attempt('tick-failed', async () => {
      let budget = resentPerTickMax;
      for (const cases of this.#cases) {
        await cases.flush();
        budget -= await cases.resend(budget);
      }
    });
    this.#isTicking = false;
  }

  async #sweep(): Promise<void> {
    if (this.#isSweeping || this.#state !== 'started') return;
    this.#isSweeping = true;
    await this.#attempt('sweep-failed', async () => {
      for (const cases of this.#cases) await cases.sweep();
    });
    this.#isSweeping = false;
  }

  /** Housekeeping that fails is done again with its next turn. */
  async #attempt(code: string, task: () => Promise<void>): Promise<void> {
    try {
      await task();
    } catch (error) {
      this.#runtime.logger.warn(code, { error: nameOf(error) });
    }
  }
}
