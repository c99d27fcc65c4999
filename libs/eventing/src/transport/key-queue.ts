import { doubling, pause } from '../timings.js';

/** Waits between tries of a handler that throws (MongoDB is away), ms. */
const retryMs = 100;
const retryMsMax = 5_000;

export interface KeyQueueOptions<T> {
  /** Throws only for a fault that a later try may not meet. */
  readonly handle: (item: T) => Promise<void>;
  /** Keys handled side by side: each holds about one write under way. */
  readonly keysMax: number;
  readonly onRetry: (item: T, error: unknown, attempt: number) => void;
}
interface Queued<T> {
  readonly item: T;
  readonly done: () => void;
}

/** In order per key, keys side by side. An item whose handler throws is tried again in place; only its key waits. */
export class KeyQueue<T> {
  readonly #options: KeyQueueOptions<T>;
  readonly #byKey = new Map<string, Queued<T>[]>();
  /** Keys with items that nobody works on yet, in the order they came. */
  readonly #idle = new Set<string>();
  readonly #closing = new AbortController();
  readonly #room: (() => void)[] = [];
  #active = 0;
  #length = 0;

  constructor(options: KeyQueueOptions<T>) {
    this.#options = options;
  }

  /** Items that are not handled yet. */
  get length(): number {
    return this.#length;
  }

  /** `done` is called once the item is handled; never when the queue closes before. */
  push(key: string, item: T, done: () => void = () => undefined): void {
    if (this.#closing.signal.aborted) return;
    this.#length++;
    const items = this.#byKey.get(key);
    if (items) items.push({ item, done });
    else {
      this.#byKey.set(key, [{ item, done }]);
      this.#idle.add(key);
      this.#pump();
    }
  }

  /** Resolves when fewer than `max` items wait, or the queue closes. */
  async roomBelow(max: number): Promise<void> {
    while (this.#length >= max && !this.#closing.signal.aborted) await new Promise<void>((resolve) => this.#room.push(resolve));
  }

  /** Takes no more; what runs has `graceMs` to end, the rest is left undone. */
  async close(graceMs: number): Promise<void> {
    this.#closing.abort();
    this.#idle.clear();
    this.#tellRoom();
    const clock = performance.now();
    while (this.#active > 0 && performance.now() - clock < graceMs) await pause(10);
  }

  #pump(): void {
    for (const key of this.#idle) {
      if (this.#active >= this.#options.keysMax) return;
      this.#idle.delete(key);
      this.#active++;
      void this.#work(key);
    }
  }

  async #work(key: string): Promise<void> {
    const items = this.#byKey.get(key) ?? [];
    const first = items[0];
    if (first && (await this.#handle(first))) {
      items.shift();
      this.#length--;
      this.#tellRoom();
    }
    this.#active--;
    // One item a turn, so that a long queue of one key does not hold the others up.
    if (items.length === 0) this.#byKey.delete(key);
    else if (!this.#closing.signal.aborted) this.#idle.add(key);
    if (!this.#closing.signal.aborted) this.#pump();
  }

  /** True when handled; false when the queue closed while the handler kept failing. */
  async #handle({ item, done }: Queued<T>): Promise<boolean> {
    for (let attempt = 0; ; attempt++) {
      try {
        await this.#options.handle(item);
        done();
        return true;
      } catch (error) {
        this.#options.onRetry(item, error, attempt);
        await pause(doubling(attempt, retryMs, retryMsMax), this.#closing.signal);
        if (this.#closing.signal.aborted) return false;
      }
    }
  }

  #tellRoom(): void {
    for (const resolve of this.#room.splice(0)) resolve();
  }
}
