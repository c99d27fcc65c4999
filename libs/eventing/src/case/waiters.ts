/** Who waits in this process for a case to change. */
export class Waiters<State> {
  readonly #waiting = new Map<string, Set<(state: State) => void>>();

  tell(id: string, state: State): void {
    for (const listener of this.#waiting.get(id) ?? []) listener(state);
  }

  /** Calls `listener` after every step of the case in this process; returns what ends it. */
  add(id: string, listener: (state: State) => void): () => void {
    const listeners = this.#waiting.get(id) ?? new Set();
    this.#waiting.set(id, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.#waiting.get(id) === listeners) this.#waiting.delete(id);
    };
  }
}
