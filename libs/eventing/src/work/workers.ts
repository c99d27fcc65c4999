import { randomUUID } from 'node:crypto';
import type { CaseStore } from '../case/case-store.js';
import { StepBug } from '../case/step.js';
import type { CaseDocument, Job, Lease, WorkerOptions } from '../definition.js';
import { nameOf } from '../logger.js';
import type { Runtime } from '../runtime.js';
import { doubling, pause } from '../timings.js';
import { Crew } from './crew.js';
import { DueTimers, timerHorizonMs } from './due-timers.js';
import { LeaseWatch } from './lease-watch.js';

/** Wait before failed work is tried again where the worker names none, and the longest after doubling, ms. */
const retryMsDefault = 1_000;
const retryMsMax = 60_000;
/** Due cases looked at in one sweep; the oldest first, so that none starves. */
const sweptMax = 1_000;
/** Waits between tries to write a result while storage is away, ms. */
const resultRetryMs = 200;
const resultRetryMsMax = 5_000;

/** A lease as this process holds it while it works. */
interface Running<State> {
  readonly token: string;
  readonly kind: string;
  readonly stop: AbortController;
  /** The case as last written while the work ran: looked at when it ends. */
  latest: CaseDocument<State> | undefined;
}

/** What a worker tells its case. Each answers the case as it then is; all throw when storage fails. */
export interface WorkDesk<Input> {
  /** Applies a result and gives the lease back in the same write. `inner`: only while the token is still in place. */
  finish(id: string, token: string, effect: 'inner' | 'outer', input: Input): Promise<'applied' | 'lost' | { readonly refused: string }>;
  /** Gives the lease back, the work due again after `retryMs`. */
  giveBack(id: string, token: string, retryMs: number): Promise<void>;
}

/** Slow work on due cases under a lease (design.md section 3). */
export class Workers<State, Input> {
  readonly #crews = new Map<string, Crew<State, Input>>();
  readonly #running = new Map<string, Running<State>>();
  readonly #timers = new DueTimers();
  readonly #watch = new LeaseWatch();
  /** The lease each job runs under. */
  readonly #tokens = new WeakMap<Job<State>, string>();
  readonly #store: CaseStore<State>;
  readonly #desk: WorkDesk<Input>;
  readonly #runtime: Runtime;
  #isOpen = false;
  readonly #stopping = new AbortController();

  constructor(store: CaseStore<State>, desk: WorkDesk<Input>, runtime: Runtime) {
    this.#store = store;
    this.#desk = desk;
    this.#runtime = runtime;
  }

  register(options: WorkerOptions<State, Input>): void {
    if (this.#crews.has(options.kind)) throw new Error(`work of kind ${options.kind} is registered twice`);
    this.#crews.set(options.kind, new Crew(options));
  }

  effectOf(kind: string): 'inner' | 'outer' | undefined {
    return this.#crews.get(kind)?.options.effect;
  }

  start(): void {
    this.#isOpen = true;
    for (const crew of this.#crews.values()) this.#pump(crew);
  }

  /** A lease for the write that makes the case due, where a slot is free: no second write to claim (costs.md). Undefined: claim later. */
  reserve(after: CaseDocument<State>, now: Date): Lease | undefined {
    const crew = after.pending === null ? undefined : this.#crews.get(after.pending);
    const isDue = after.dueAt !== null && after.dueAt <= now;
    if (!crew || !isDue || !this.#isOpen || after.lease || this.#running.has(after._id) || crew.ready.size > 0 || !crew.hasFreeSlot)
      return undefined;
    crew.running++;
    return { holder: randomUUID(), beat: 0, kind: crew.options.kind };
  }

  /** The write that took `lease` was lost. */
  unreserve(lease: Lease): void {
    const crew = this.#crews.get(lease.kind);
    crew?.leave();
    if (crew) this.#pump(crew);
  }

  /** The write that took `lease` was won: the work starts. */
  begin(document: CaseDocument<State>, lease: Lease): void {
    const crew = this.#crews.get(lease.kind);
    if (crew) void this.#work(document, lease.holder, crew).finally(() => this.#leave(crew));
  }

  /** After every write of a case in this process: what runs may have lost its lease, and what waits may have fallen due. */
  caseChanged(document: CaseDocument<State>): void {
    const running = this.#running.get(document._id);
    if (running) {
      running.latest = document;
      if (document.lease?.holder !== running.token) running.stop.abort();
    } else this.#schedule(document._id, document.pending, document.dueAt);
  }

  tokenOf(job: Job<State>): string | undefined {
    return this.#tokens.get(job);
  }

  /** Finds what a crash or another process left: due cases without a lease, or with one that stands still. */
  async sweep(): Promise<void> {
    if (!this.#isOpen || this.#crews.size === 0) return;
    const horizon = this.#runtime.now().getTime() + Math.min(timerHorizonMs, 2 * this.#runtime.timings.sweepMs);
    const found = await this.#store.due(new Date(horizon), sweptMax);
    this.#watch.keepOnly(new Set(found.map(({ _id }) => _id)));
    for (const { _id: id, pending, dueAt, lease } of found) {
      const crew = pending === null ? undefined : this.#crews.get(pending);
      if (!crew || this.#running.has(id)) continue;
      const heldMs = lease ? this.#watch.remaining(id, lease, this.#leaseMsOf(lease, crew.options.leaseMs), performance.now()) : 0;
      if (heldMs > 0) this.#timers.set(id, heldMs + 1, () => this.#ready(crew, id));
      else this.#schedule(id, pending, dueAt);
    }
  }

  /** No new work; what runs is told by its signal after `graceMs`, then its lease is given back. */
  async stop(graceMs: number): Promise<void> {
    this.#isOpen = false;
    this.#timers.clearAll();
    const clock = performance.now();
    while (this.#running.size > 0 && performance.now() - clock < graceMs) await pause(20);
    for (const running of this.#running.values()) running.stop.abort();
    this.#stopping.abort();
    for (const [id, running] of this.#running) await this.#desk.giveBack(id, running.token, 0).catch(() => undefined); // Storage away: the lease runs out by itself.
  }

  #schedule(id: string, kind: string | null, dueAt: Date | null): void {
    const crew = kind === null ? undefined : this.#crews.get(kind);
    for (const other of this.#crews.values()) if (other !== crew) other.failures.delete(id);
    if (!crew || dueAt === null) {
      this.#timers.clear(id);
      return;
    }
    const delayMs = dueAt.getTime() - this.#runtime.now().getTime();
    if (delayMs > 0) this.#timers.set(id, delayMs, () => this.#ready(crew, id));
    else this.#ready(crew, id);
  }

  #ready(crew: Crew<State, Input>, id: string): void {
    crew.add(id);
    // In the next tick: work never runs inside the handler that made it due.
    setImmediate(() => this.#pump(crew));
  }

  #pump(crew: Crew<State, Input>): void {
    if (!this.#isOpen) return;
    for (let id = crew.takeNext(); id !== undefined; id = crew.takeNext()) {
      const claimed = id;
      this.#claim(claimed, crew)
        .catch((error: unknown) => this.#runtime.logger.warn('claim-failed', { caseId: claimed, error: nameOf(error) }))
        .finally(() => this.#leave(crew));
    }
  }

  #leave(crew: Crew<State, Input>): void {
    crew.leave();
    this.#pump(crew);
  }

  async #claim(id: string, crew: Crew<State, Input>): Promise<void> {
    if (this.#running.has(id)) return;
    const { kind, leaseMs } = crew.options;
    const seen = await this.#store.load(id);
    if (!seen || this.#store.isNewer(seen) || seen.pending !== kind || seen.dueAt === null || seen.dueAt > this.#runtime.now()) return;
    if (seen.lease) {
      const heldMs = this.#watch.remaining(id, seen.lease, this.#leaseMsOf(seen.lease, leaseMs), performance.now());
      if (heldMs > 0) return this.#timers.set(id, heldMs + 1, () => this.#ready(crew, id));
    }
    if (this.#running.has(id)) return;
    const lease: Lease = { holder: randomUUID(), beat: 0, kind };
    if (!(await this.#store.claim(seen, lease))) return;
    this.#watch.forget(id);
    if (seen.lease) this.#runtime.counters.leasesTakenOver++;
    await this.#work({ ...seen, revision: seen.revision + 1, lease }, lease.holder, crew);
  }

  /** A lease is as long as its own kind says, also when the case has meanwhile fallen due for another. */
  #leaseMsOf(lease: Lease, otherwise: number): number {
    return this.#crews.get(lease.kind)?.options.leaseMs ?? otherwise;
  }

  async #work(document: CaseDocument<State>, token: string, crew: Crew<State, Input>): Promise<void> {
    const { kind } = crew.options;
    const id = document._id;
    const running: Running<State> = { token, kind, stop: new AbortController(), latest: undefined };
    this.#running.set(id, running);
    this.#timers.clear(id);
    const renewal = this.#renew(id, running, crew.options.leaseMs);
    try {
      this.#runtime.counters.workStarted++;
      const job: Job<State> = { id, state: document.state, signal: running.stop.signal };
      this.#tokens.set(job, token);
      const input = await crew.options.run(job);
      await this.#finish(id, running, crew, input);
    } catch (error) {
      this.#runtime.counters.workFailed++;
      this.#runtime.logger.warn('work-failed', { caseId: id, kind, error: nameOf(error) });
      await this.#giveBack(id, running, crew);
    } finally {
      renewal.stop();
      this.#running.delete(id);
      if (running.latest) this.caseChanged(running.latest);
    }
  }

  async #finish(id: string, running: Running<State>, crew: Crew<State, Input>, input: Input | undefined): Promise<void> {
    if (input === undefined) return this.#giveBack(id, running, crew);
    const outcome = await this.#insist(() => this.#desk.finish(id, running.token, crew.options.effect, input));
    if (outcome === 'applied') crew.failures.delete(id);
    else if (outcome === 'lost') this.#runtime.counters.resultsThrownAway++;
    else if (outcome !== undefined) {
      this.#runtime.logger.warn('work-result-refused', { caseId: id, kind: running.kind, refused: outcome.refused });
      await this.#giveBack(id, running, crew);
    }
  }

  async #giveBack(id: string, running: Running<State>, crew: Crew<State, Input>): Promise<void> {
    const failures = crew.failures.get(id) ?? 0;
    crew.failures.set(id, failures + 1);
    const retryMs = doubling(failures, crew.options.retryMs ?? retryMsDefault, retryMsMax);
    await this.#insist(() => this.#desk.giveBack(id, running.token, retryMs));
  }

  /** A result that exists is written as soon as storage is there again; only a stop ends the trying. A bug in the step is thrown on. */
  async #insist<T>(write: () => Promise<T>): Promise<T | undefined> {
    for (let attempt = 0; !this.#stopping.signal.aborted; attempt++) {
      try {
        return await write();
      } catch (error) {
        if (error instanceof StepBug) throw error;
        this.#runtime.logger.warn('result-not-written', { error: nameOf(error) });
        await pause(doubling(attempt, resultRetryMs, resultRetryMsMax), this.#stopping.signal);
      }
    }
    return undefined;
  }

  /**
   * Beats at a third of the lease. Without a beat for the whole length another worker may have taken over: the work is told at that moment,
   * by a timer of its own, counted from before the last beat that was written.
   */
  #renew(id: string, running: Running<State>, leaseMs: number): { stop(): void } {
    const isOver = (): void => running.stop.abort();
    let overTimer = setTimeout(isOver, leaseMs).unref();
    let isBeating = false;
    const beat = async (): Promise<void> => {
      if (isBeating) return;
      isBeating = true;
      const clock = performance.now();
      try {
        if (await this.#store.beat(id, running.token)) {
          clearTimeout(overTimer);
          overTimer = setTimeout(isOver, Math.max(0, clock + leaseMs - performance.now())).unref();
        } else running.stop.abort();
      } catch (error) {
        this.#runtime.logger.warn('lease-not-renewed', { caseId: id, error: nameOf(error) });
      } finally {
        isBeating = false;
      }
    };
    const timer = setInterval(() => void beat(), leaseMs / 3).unref();
    return {
      stop: () => {
        clearInterval(timer);
        clearTimeout(overTimer);
      },
    };
  }
}
