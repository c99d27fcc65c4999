import type { CaseDefinition, CaseDocument } from '../definition.js';
import type { OutboxBook } from '../relay/outbox-book.js';
import type { Runtime } from '../runtime.js';
import { attemptsMax, pause } from '../timings.js';
import type { Workers } from '../work/workers.js';
import type { CaseStore } from './case-store.js';
import { newCase, withLease } from './change.js';
import { RacesLost } from './faults.js';
import { KeyLock } from './key-lock.js';
import type { Waiters } from './waiters.js';

/** Longest random wait after a lost race, ms: rivals part. */
const raceJitterMs = 10;

/** What a step answers, and the case it writes; absent: nothing changes. */
export interface Plan<State, Answer> {
  readonly answer: Answer;
  readonly next?: CaseDocument<State> | undefined;
}

export interface WriterParts<State, Input> {
  readonly definition: Pick<CaseDefinition<State, Input, { readonly type: string }, string>, 'shape' | 'initial'>;
  readonly store: CaseStore<State>;
  readonly workers: Workers<State, Input>;
  readonly book: OutboxBook<State> | undefined;
  readonly waiters: Waiters<State>;
  readonly runtime: Runtime;
}

/** The only way a case is written: load, plan, compare-and-set; then relay, worker and who waits hear of it. */
export class CaseWriter<State, Input> {
  readonly #parts: WriterParts<State, Input>;
  readonly #lock = new KeyLock();

  constructor(parts: WriterParts<State, Input>) {
    this.#parts = parts;
  }

  /** Load, plan, compare-and-set; from the start when another write came first. Steps of this process on one case queue up. */
  change<Answer>(id: string, plan: (before: CaseDocument<State>, now: Date) => Promise<Plan<State, Answer>>): Promise<Answer> {
    const { store, definition, runtime } = this.#parts;
    return this.#lock.run(id, async () => {
      for (let attempt = 0; attempt < attemptsMax; attempt++) {
        const before = (await store.load(id)) ?? newCase(id, definition.shape, definition.initial);
        const { answer, next } = await plan(before, runtime.now());
        if (!next || (await this.#write(before, next))) return answer;
        runtime.counters.lostRaces++;
        await pause(Math.random() * raceJitterMs);
      }
      throw new RacesLost(id, attemptsMax);
    });
  }

  async #write(before: CaseDocument<State>, next: CaseDocument<State>): Promise<boolean> {
    const { store, definition, runtime, workers, book, waiters } = this.#parts;
    const heard = Math.max(next.heard, Math.min(next.said, book?.heardOf(next._id) ?? 0));
    const settled = this.#withoutIdleLease(before, { ...next, shape: definition.shape, heard });
    const lease = workers.reserve(settled, runtime.now());
    const after = lease ? { ...settled, lease } : settled;
    let isWon = false;
    try {
      isWon = await store.commit(before, after);
    } catch (error) {
      book?.suspect(after._id);
      throw error;
    } finally {
      if (lease && !isWon) workers.unreserve(lease);
    }
    if (!isWon) return false;
    runtime.counters.steps++;
    const written = { ...after, revision: before.revision + 1 };
    book?.written(written);
    if (lease) workers.begin(written, lease);
    else workers.caseChanged(written);
    waiters.tell(written._id, written.state);
    return true;
  }

  /** Inner work that is no longer asked for loses its lease with the step that made it so: its result will be thrown away. */
  #withoutIdleLease(before: CaseDocument<State>, after: CaseDocument<State>): CaseDocument<State> {
    const isIdle = after.lease !== null && after.lease === before.lease && after.pending !== after.lease.kind;
    return isIdle && after.lease && this.#parts.workers.effectOf(after.lease.kind) === 'inner' ? withLease(after, null) : after;
  }
}
