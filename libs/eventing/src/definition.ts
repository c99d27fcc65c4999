import type { Model } from 'mongoose';
import type { AnyDraft, CloudEvent, EventOn, ServiceName, TopicName } from '#libs/contracts';
import type { Decision } from '#libs/shared/domain';

/** Work or a deadline that a case waits for: `at` is epoch milliseconds, 0 for at once. One a case: the most urgent. */
export interface Due {
  readonly kind: string;
  readonly at: number;
}

/** Where a fact was published: the event's id (`<topic>/<subject>/<sequence>`), undefined for a private fact. */
export interface Place {
  readonly eventId: string | undefined;
}

/** All that a service says about one kind of case (design.md section 3). Every function is pure: no clock, no randomness, no I/O. */
export interface CaseDefinition<State, Input, Fact extends { readonly type: string }, Refusal extends string> {
  readonly service: ServiceName;
  /** MongoDB collection in the service's own database. */
  readonly collection: string;
  /** Rises when State changes shape; a case of a newer shape is left to newer processes. */
  readonly shape: number;
  /** Topic of the outbox; undefined for a case that only follows and publishes nothing. */
  readonly topic: TopicName | undefined;
  /** State of a case that does not exist yet. */
  readonly initial: State;
  decide(state: State, input: Input): Decision<Fact, Refusal>;
  evolve(state: State, fact: Fact, place: Place): State;
  /** The event a fact is published as; undefined for a private fact (bookkeeping that no one else is told). */
  publish(fact: Fact): AnyDraft | undefined;
  /** What the case waits for in this state; written as `pending` and `dueAt` in the same write. */
  due?(state: State): Due | undefined;
}

/** A worker's claim on a case. `holder` is a token of its own for every claim; `beat` rises while the worker lives. */
export interface Lease {
  readonly holder: string;
  readonly beat: number;
  readonly kind: string;
}

/** An event that could not be applied, set aside in the case. */
export interface ParkedEvent {
  readonly sequence: number;
  /** A code: `unknown-type`, `not-valid`, `identity-differs`, `refused:<code>`, `case-full`, `fault:<error name>`. */
  readonly reason: string;
  readonly event: CloudEvent;
  readonly topic: TopicName;
  readonly at: Date;
}

/** The case as it lies in MongoDB (design.md section 3). `parked` and `inbox` are keyed by the publishing service. */
export interface CaseDocument<State> {
  readonly _id: string;
  readonly revision: number;
  readonly shape: number;
  readonly state: State;
  readonly inbox: Readonly<Record<string, number>>;
  readonly parked: Readonly<Record<string, ParkedEvent>>;
  /** Time of the oldest parked event; absent when none is parked. */
  readonly parkedAt?: Date;
  readonly outbox: readonly CloudEvent[];
  /** JSON bytes of the outbox, and its length: so that neither needs the outbox itself. */
  readonly outboxBytes: number;
  readonly said: number;
  readonly heard: number;
  /** True while not every reader has heard all of the outbox: what the sweep looks for. */
  readonly unheard?: boolean;
  readonly pending: string | null;
  readonly dueAt: Date | null;
  readonly lease: Lease | null;
  /** W3C Trace Context of the step that began the case: all its events carry it, also what work, a deadline or a later command decides. */
  readonly traceparent?: string;
}

/** What caused an input: written as causationid and traceparent of the events that follow. */
export interface Cause {
  readonly id?: string;
  readonly traceparent?: string;
}

export type Outcome<State, Refusal extends string> =
  | { readonly done: true; readonly state: State; readonly events: readonly CloudEvent[] }
  | { readonly refused: Refusal; readonly state: State };

/** How an incoming message was settled. Only a fault of storage is thrown. */
export type Settled = 'applied' | 'repeated' | 'gap' | 'parked' | 'unreadable' | 'newer-shape';

/** A message as both transports hand it to a consumer: the raw bytes, never parsed by Nest. */
export interface IncomingMessage {
  readonly topic: string;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, string>>;
}

/** One case with what its work needs. `signal` aborts when the lease is lost or the process stops. */
export interface Job<State> {
  readonly id: string;
  readonly state: State;
  readonly signal: AbortSignal;
}

/**
 * Slow work on due cases, under a lease (design.md section 3). `run` gives the input that its result is; it is applied through
 * `handle`. `inner`: the result of a worker that lost its lease is thrown away. `outer`: it is a fact and always applied.
 * A `run` that throws is a fault: the case stays due and is tried again after `retryMs` (doubling to a minute).
 */
export interface WorkerOptions<State, Input> {
  readonly kind: string;
  readonly effect: 'inner' | 'outer';
  readonly leaseMs: number;
  readonly concurrency: number;
  readonly retryMs?: number;
  run(job: Job<State>): Promise<Input | undefined>;
}

/** What an operator sees of a parked event: ids and codes, never its data. */
export interface ParkedSummary {
  readonly caseId: string;
  readonly publisher: ServiceName;
  readonly sequence: number;
  readonly type: string;
  readonly reason: string;
  readonly at: Date;
}

/** The cases of one service: the only way to change them. */
export interface Cases<State, Input, Refusal extends string> {
  /** Decides and writes in one compare-and-set; reads and decides again when another write came first. Throws when storage fails or every race is lost. */
  handle(id: string, input: Input, cause?: Cause): Promise<Outcome<State, Refusal>>;
  /**
   * As `handle`, but only while the job's own lease is in place: for what must be written before an outer effect begins, such as
   * "attempt started" before the first byte (design.md section 5). `lost`: nothing was written, the effect must not begin.
   */
  handleUnderLease(job: Job<State>, input: Input, cause?: Cause): Promise<Outcome<State, Refusal> | { readonly lost: true }>;
  /**
   * An event in. The mark moves with the step, also when `toInput` gives undefined (the event means nothing here).
   * `toInput` is called anew for every compare-and-set attempt, so that what it reads (a permit reads consents) is never older than the step.
   * An event that `decide` refuses, or that the contract does not accept, is parked.
   * `caseId`: where it is not the event's subject; one case must not gather several subjects of one publisher, for its marks are by publisher.
   * `toInput` runs inside the step of its case: it may read anything and change other cases, never its own.
   */
  receive<T extends TopicName>(
    topic: T,
    message: IncomingMessage,
    toInput: (event: EventOn<T>, now: Date) => Input | undefined | Promise<Input | undefined>,
    caseId?: (event: EventOn<T>) => string,
  ): Promise<Settled>;
  load(id: string): Promise<CaseDocument<State> | undefined>;
  /** Resolves with the state as soon as it satisfies the predicate, also when another process wrote it; undefined after `timeoutMs` or abort. */
  waitFor(
    id: string,
    predicate: (state: State) => boolean,
    options: { timeoutMs: number; signal?: AbortSignal },
  ): Promise<State | undefined>;
  work(options: WorkerOptions<State, Input>): void;
  /** Parked events, oldest first, for the operator. */
  parked(
    limit: number,
  ): Promise<readonly { caseId: string; publisher: ServiceName; sequence: number; type: string; reason: string; at: Date }[]>;
  /** `retry` applies the parked event again; `discard` moves the mark over it. The caller publishes `parked-decided`. */
  decideParked(caseId: string, publisher: ServiceName, action: 'retry' | 'discard'): Promise<Settled | 'nothing-parked'>;
  /** Queries only (lists, pages). Writing through it is a defect. */
  readonly model: Model<CaseDocument<State>>;
}
