/** Longest wait kept in memory, ms; what is due later is found by the sweep. */
export const timerHorizonMs = 60_000;
/** Timers kept at once; the rest is found by the sweep. */
const timersMax = 10_000;

/** Calls back when a case falls due. One timer a case; the newest time counts. */
export class DueTimers {
  readonly #timers = new Map<string, NodeJS.Timeout>();

  set(id: string, delayMs: number, fall: () => void): void {
    this.clear(id);
    if (delayMs > timerHorizonMs || this.#timers.size >= timersMax) return;
    const timer = setTimeout(
      () => {
        this.#timers.delete(id);
        fall();
      },
      Math.max(0, delayMs),
    );
    timer.unref();
    this.#timers.set(id, timer);
  }

  clear(id: string): void {
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
  }

  clearAll(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }
}
