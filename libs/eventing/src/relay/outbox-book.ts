import { type Echo, READERS, type ServiceName, type TopicName } from '#libs/contracts';
import type { CaseStore } from '../case/case-store.js';
import type { CaseDocument } from '../definition.js';
import type { Runtime } from '../runtime.js';
import type { Relay } from './relay.js';

/** Unheard cases followed in memory; the rest waits for the sweep. */
const followedMax = 50_000;
/** Unheard cases read in one look of the sweep. */
const sweptMax = 500;
/** Length of an outbox that has not been read yet. */
const unknownLength = Number.MAX_SAFE_INTEGER;

/** What this process knows of one case whose outbox not every reader has heard. Times on the monotonic clock, ms. */
interface Followed {
  readonly since: number;
  /** Length of the outbox as last seen. */
  said: number;
  /** How much of it this process has given to the relay. */
  sent: number;
  /** The lowest mark among the readers. */
  heard: number;
  /** `heard` as last written. */
  written: number;
  readonly marks: Map<ServiceName, number>;
  resendAt: number;
  waitMs: number;
}

/**
 * Follows one collection's outboxes until every reader has heard them: `heard` is the lowest mark among the readers, moved in
 * memory and written each second; what stays unheard is sent again, waits doubling (design.md section 3, echoes).
 */
export class OutboxBook<State> {
  readonly #followed = new Map<string, Followed>();
  readonly #store: CaseStore<State>;
  readonly #topic: TopicName;
  readonly #relay: Relay;
  readonly #runtime: Runtime;
  #sweptTo = '';

  constructor(store: CaseStore<State>, topic: TopicName, relay: Relay, runtime: Runtime) {
    this.#store = store;
    this.#topic = topic;
    this.#relay = relay;
    this.#runtime = runtime;
  }

  /** `heard` of a case as this process knows it: goes along with the case's next write. */
  heardOf(id: string): number {
    return this.#followed.get(id)?.heard ?? 0;
  }

  /** After a write of the case: all after `heard` that this process has not sent yet goes to the relay, in order. */
  written(document: CaseDocument<State>): void {
    const { _id: id, said, heard } = document;
    if (heard >= said) return;
    const followed = this.#followed.get(id) ?? this.#follow(id, { said, heard, sent: heard });
    if (!followed) return;
    followed.written = Math.max(followed.written, heard);
    followed.heard = Math.max(followed.heard, heard);
    followed.said = Math.max(followed.said, said);
    this.#send(followed, document);
  }

  hear(echo: Echo): void {
    const followed = this.#followed.get(echo.subject);
    const readers = READERS[this.#topic];
    if (!followed || !readers.includes(echo.reader)) return;
    const before = followed.marks.get(echo.reader) ?? followed.heard;
    if (echo.mark <= before) return;
    followed.marks.set(echo.reader, echo.mark);
    this.#resendIn(followed, this.#runtime.timings.resendMs);
    followed.heard = Math.max(followed.heard, Math.min(...readers.map((reader) => followed.marks.get(reader) ?? followed.heard)));
  }

  /** Writes what was heard since the last time, in one write, and forgets the cases that are heard in full. */
  async flush(): Promise<void> {
    const moved = [...this.#followed].filter(([, followed]) => followed.heard > followed.written);
    if (moved.length === 0) return;
    const marks = moved.map(([id, { heard, said }]) => ({ id, heard, said }));
    await this.#store.writeHeard(marks);
    for (const { id, heard } of marks) {
      const followed = this.#followed.get(id);
      if (followed) followed.written = Math.max(followed.written, heard);
      if (followed && followed.heard >= followed.said) this.#followed.delete(id);
    }
  }

  /** Sends again what has stayed unheard long enough, at most `budget` cases; answers how many it was. */
  async resend(budget: number): Promise<number> {
    const clock = performance.now();
    let count = 0;
    for (const [id, followed] of this.#followed) {
      if (count >= budget || !this.#relay.hasRoom) break;
      if (followed.resendAt > clock || followed.heard >= followed.said) continue;
      count++;
      const document = await this.#store.load(id);
      if (!document || document.heard >= document.said) {
        this.#followed.delete(id);
        continue;
      }
      this.#resendIn(followed, Math.min(followed.waitMs * 2, this.#runtime.timings.resendMsMax));
      this.#runtime.counters.resent++;
      followed.said = followed.said === unknownLength ? document.said : Math.max(followed.said, document.said);
      followed.sent = Math.max(followed.heard, document.heard);
      this.#send(followed, document, false);
    }
    return count;
  }

  /** Finds cases that a crash or another process left unheard. `isStart`: they go out at once; later finds wait like any other. */
  async sweep(isStart: boolean): Promise<void> {
    do {
      const found = await this.#store.unheard(this.#sweptTo, sweptMax);
      for (const { _id: id, said, heard } of found) {
        if (this.#followed.has(id)) continue;
        const followed = this.#follow(id, { said, heard, sent: said });
        if (followed && isStart) followed.resendAt = 0;
      }
      this.#sweptTo = found.length < sweptMax ? '' : (found.at(-1)?._id ?? '');
    } while (isStart && this.#sweptTo !== '' && this.#followed.size < followedMax);
  }

  /** A write whose answer was lost may have said something: looked at with the next re-sending. */
  suspect(id: string): void {
    const followed = this.#followed.get(id) ?? this.#follow(id, { said: unknownLength, heard: 0, sent: 0 });
    if (followed) followed.resendAt = 0;
  }

  /** Age of the oldest case that is not heard in full, ms; 0 when all are. */
  oldestMs(): number {
    const [oldest] = this.#followed.values();
    return oldest ? Math.round(performance.now() - oldest.since) : 0;
  }

  #follow(id: string, numbers: { said: number; heard: number; sent: number }): Followed | undefined {
    if (this.#followed.size >= followedMax) return undefined;
    const clock = performance.now();
    const { resendMs } = this.#runtime.timings;
    const followed: Followed = {
      ...numbers,
      since: clock,
      written: numbers.heard,
      marks: new Map(),
      resendAt: clock + resendMs,
      waitMs: resendMs,
    };
    this.#followed.set(id, followed);
    return followed;
  }

  #send(followed: Followed, document: CaseDocument<State>, isNew = true): void {
    const from = Math.max(followed.sent, followed.heard);
    if (from >= document.said) return;
    if (!this.#relay.hasRoom) {
      this.#runtime.logger.warn('relay-full', { caseId: document._id });
      return;
    }
    this.#relay.send(this.#topic, document.outbox.slice(from));
    followed.sent = document.said;
    if (isNew) this.#resendIn(followed, this.#runtime.timings.resendMs);
  }

  #resendIn(followed: Followed, waitMs: number): void {
    followed.waitMs = waitMs;
    followed.resendAt = performance.now() + waitMs;
  }
}
