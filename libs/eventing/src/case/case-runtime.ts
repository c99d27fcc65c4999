import type { Connection } from 'mongoose';
import type { Echo, EventOn, ServiceName, TopicName } from '#libs/contracts';
import type { CaseDefinition, CaseDocument, Cases, Cause, IncomingMessage, Job, Outcome, Settled, WorkerOptions } from '../definition.js';
import { nameOf } from '../logger.js';
import { readMessage } from '../read-message.js';
import type { EchoSender } from '../relay/echo-sender.js';
import { OutboxBook } from '../relay/outbox-book.js';
import type { Relay } from '../relay/relay.js';
import type { Runtime } from '../runtime.js';
import type { Transport } from '../transport/transport.js';
import { type WorkDesk, Workers } from '../work/workers.js';
import { CaseStore } from './case-store.js';
import { CaseWriter, type Plan } from './case-writer.js';
import { withBeat, withLease, withMark } from './change.js';
import { NewerShape } from './faults.js';
import { messageOf, type Reception, type ToInput, takeEvent } from './inbox.js';
import { CaseFull, StepBug, takeStep } from './step.js';
import { waitForState } from './wait-for-state.js';
import { Waiters } from './waiters.js';

/** Parked events tried again at start, per collection. */
const parkedAtStartMax = 1_000;

export interface CaseParts {
  readonly connection: Connection;
  readonly runtime: Runtime;
  readonly relay: Relay;
  readonly echoes: EchoSender;
  readonly transport: Transport;
}

interface Route<Input> {
  // Kept by topic; the event's type is the topic's.
  readonly toInput: ToInput<TopicName, Input>;
  readonly caseId: ((event: EventOn<TopicName>) => string) | undefined;
}

/** One kind of case at run time: load, decide, write; then relay, worker and who waits start in the tick after the write. */
export class CaseRuntime<State, Input, Fact extends { readonly type: string }, Refusal extends string>
  implements Cases<State, Input, Refusal>, WorkDesk<Input>
{
  readonly #definition: CaseDefinition<State, Input, Fact, Refusal>;
  readonly #parts: CaseParts;
  readonly #store: CaseStore<State>;
  readonly #waiters = new Waiters<State>();
  readonly #workers: Workers<State, Input>;
  readonly #book: OutboxBook<State> | undefined;
  readonly #writer: CaseWriter<State, Input>;
  readonly #routes = new Map<TopicName, Route<Input>>();

  constructor(definition: CaseDefinition<State, Input, Fact, Refusal>, parts: CaseParts) {
    this.#definition = definition;
    this.#parts = parts;
    this.#store = new CaseStore(parts.connection, definition.collection, definition.shape);
    this.#workers = new Workers(this.#store, this, parts.runtime);
    this.#book = definition.topic && new OutboxBook(this.#store, definition.topic, parts.relay, parts.runtime);
    this.#writer = new CaseWriter({
      definition,
      store: this.#store,
      workers: this.#workers,
      book: this.#book,
      waiters: this.#waiters,
      runtime: parts.runtime,
    });
  }

  get model(): Cases<State, Input, Refusal>['model'] {
    return this.#store.model;
  }

  handle(id: string, input: Input, cause = this.#parts.runtime.ambientCause()): Promise<Outcome<State, Refusal>> {
    return this.#writer.change(id, (before, now) => this.#decide(before, input, now, cause));
  }

  handleUnderLease(job: Job<State>, input: Input, cause?: Cause): Promise<Outcome<State, Refusal> | { readonly lost: true }> {
    const token = this.#workers.tokenOf(job);
    return this.#writer.change<Outcome<State, Refusal> | { readonly lost: true }>(job.id, async (before, now) => {
      if (token === undefined || before.lease?.holder !== token) return { answer: { lost: true } };
      const { answer, next } = await this.#decide(before, input, now, cause);
      return { answer, next: next?.lease?.holder === token ? withBeat(next) : next };
    });
  }

  async receive<T extends TopicName>(
    topic: T,
    message: IncomingMessage,
    toInput: ToInput<T, Input>,
    caseId?: (event: EventOn<T>) => string,
  ): Promise<Settled> {
    // The route is only ever used with events of its own topic.
    this.#routes.set(topic, { toInput, caseId } as unknown as Route<Input>);
    const { counters, logger } = this.#parts.runtime;
    const reading = readMessage(topic, message);
    if (!reading.ok && reading.problem === 'no-envelope') {
      counters.unreadable++;
      logger.warn('message-unreadable', { topic });
      return 'unreadable';
    }
    const { subject, sequence } = reading.ok ? reading.event : reading.envelope;
    const id = reading.ok && caseId ? caseId(reading.event) : subject;
    const reception = await this.#writer.change<Reception<State>>(id, async (before, now) => {
      if (this.#store.isNewer(before)) return { answer: { settled: 'newer-shape', mark: undefined } };
      const answer = await takeEvent(this.#definition, before, { topic, reading, toInput, now });
      return { answer, next: answer.next };
    });
    this.#count(reception.settled);
    if (reception.settled === 'parked') logger.warn('event-parked', { caseId: id, topic, sequence });
    if (reception.mark !== undefined) this.#parts.echoes.tell(reading.publisher, subject, reception.mark);
    return reception.settled;
  }

  load(id: string): Promise<CaseDocument<State> | undefined> {
    return this.#store.load(id);
  }

  waitFor(
    id: string,
    predicate: (state: State) => boolean,
    options: { timeoutMs: number; signal?: AbortSignal },
  ): Promise<State | undefined> {
    const look = async (): Promise<State | undefined> => (await this.#store.load(id))?.state;
    return waitForState({
      ...options,
      predicate,
      look,
      lookMs: this.#parts.runtime.timings.lookMs,
      hear: (listener) => this.#waiters.add(id, listener),
    });
  }

  work(options: WorkerOptions<State, Input>): void {
    this.#workers.register(options);
  }

  async parked(limit: number): ReturnType<Cases<State, Input, Refusal>['parked']> {
    const found = await this.#store.parked(limit);
    const parked = found.flatMap(({ _id, parked: byPublisher }) =>
      // The keys of `parked` are publishing services (design.md section 3).
      Object.entries(byPublisher).map(([publisher, { sequence, event, reason, at }]) => ({
        caseId: _id,
        publisher: publisher as ServiceName,
        sequence,
        type: event.type,
        reason,
        at,
      })),
    );
    return parked.toSorted((one, other) => one.at.getTime() - other.at.getTime()).slice(0, limit);
  }

  async decideParked(caseId: string, publisher: ServiceName, action: 'retry' | 'discard'): Promise<Settled | 'nothing-parked'> {
    const parked = (await this.#store.load(caseId))?.parked[publisher];
    if (!parked) return 'nothing-parked';
    if (action === 'retry') return this.#retry(caseId, publisher);
    const { sequence, event } = parked;
    const settled = await this.#writer.change<Settled | 'nothing-parked'>(caseId, async (before) => {
      if (before.parked[publisher]?.sequence !== sequence) return { answer: 'nothing-parked' };
      return { answer: 'applied', next: withMark(before, publisher, sequence) };
    });
    if (settled === 'applied') this.#parts.echoes.tell(publisher, event.subject, sequence);
    return settled;
  }

  finish(id: string, token: string, effect: 'inner' | 'outer', input: Input): Promise<'applied' | 'lost' | { readonly refused: string }> {
    return this.#writer.change<'applied' | 'lost' | { readonly refused: string }>(id, async (before, now) => {
      const isHolder = before.lease?.holder === token;
      if (!isHolder && effect === 'inner') return { answer: 'lost' };
      const { answer, next = before } = await this.#decide(before, input, now);
      if ('refused' in answer) return { answer: { refused: answer.refused } };
      const settled = isHolder ? withLease(next, null) : next;
      return { answer: 'applied', next: settled === before ? undefined : settled };
    });
  }

  giveBack(id: string, token: string, retryMs: number): Promise<void> {
    return this.#writer.change(id, async (before, now) => {
      if (before.lease?.holder !== token) return { answer: undefined };
      const isStillDue = before.pending === before.lease.kind && retryMs > 0;
      return {
        answer: undefined,
        next: { ...withLease(before, null), dueAt: isStillDue ? new Date(now.getTime() + retryMs) : before.dueAt },
      };
    });
  }

  // What Eventing drives: start, tick, sweep, stop.

  /** Sends what is unheard, begins work, and tries the parked again (design.md section 3). */
  async start(): Promise<void> {
    this.#workers.start();
    await this.#book?.sweep(true);
    await this.#workers.sweep();
    await this.#retryAllParked();
  }

  async sweep(): Promise<void> {
    await this.#book?.sweep(false);
    await this.#workers.sweep();
  }

  hear(echo: Echo): void {
    this.#book?.hear(echo);
  }

  async flush(): Promise<void> {
    await this.#book?.flush();
  }

  async resend(budget: number): Promise<number> {
    return (await this.#book?.resend(budget)) ?? 0;
  }

  oldestMs(): number {
    return this.#book?.oldestMs() ?? 0;
  }

  stopWork(graceMs: number): Promise<void> {
    return this.#workers.stop(graceMs);
  }

  migrate(): Promise<void> {
    return this.#store.migrate();
  }

  async #decide(before: CaseDocument<State>, input: Input, now: Date, cause?: Cause): Promise<Plan<State, Outcome<State, Refusal>>> {
    if (this.#store.isNewer(before)) throw new NewerShape(before._id);
    try {
      const decision = this.#definition.decide(before.state, input);
      if ('refused' in decision) return { answer: { refused: decision.refused, state: before.state } };
      if (decision.accepted.length === 0) return { answer: { done: true, state: before.state, events: [] } };
      const next = takeStep(this.#definition, before, decision.accepted, { now, ...(cause ? { cause } : {}) });
      return { answer: { done: true, state: next.state, events: next.outbox.slice(before.outbox.length) }, next };
    } catch (error) {
      throw error instanceof CaseFull ? error : new StepBug(before._id, error);
    }
  }

  async #retry(caseId: string, publisher: ServiceName): Promise<Settled | 'nothing-parked'> {
    const parked = (await this.#store.load(caseId))?.parked[publisher];
    if (!parked) return 'nothing-parked';
    const route = this.#routes.get(parked.topic);
    if (route) return this.receive(parked.topic, messageOf(parked), route.toInput, route.caseId);
    // Nothing of this topic has come in since the start: the handlers know what to do with it.
    await this.#parts.transport.redeliver(parked.topic, messageOf(parked));
    const mark = (await this.#store.load(caseId))?.inbox[publisher] ?? 0;
    return mark >= parked.sequence ? 'applied' : 'parked';
  }

  async #retryAllParked(): Promise<void> {
    for (const { caseId, publisher } of await this.parked(parkedAtStartMax))
      await this.#retry(caseId, publisher).catch((error: unknown) =>
        this.#parts.runtime.logger.warn('parked-not-retried', { caseId, error: nameOf(error) }),
      );
  }

  #count(settled: Settled): void {
    const { counters } = this.#parts.runtime;
    if (settled === 'gap') counters.gaps++;
    else if (settled === 'newer-shape') counters.newerShape++;
    else if (settled !== 'unreadable') counters[settled]++;
  }
}
