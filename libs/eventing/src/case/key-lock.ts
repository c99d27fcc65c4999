/** One at a time per key, in order of asking, keys side by side. Steps of one process on one case never race each other. */
export class KeyLock {
  readonly #tails = new Map<string, Promise<void>>();

  async run<T>(key: string, task: () => Promise<T>): Promise<T> {
    const before = this.#tails.get(key);
    const done = Promise.withResolvers<void>();
    this.#tails.set(key, done.promise);
    try {
      await before;
      return await task();
    } finally {
      if (this.#tails.get(key) === done.promise) this.#tails.delete(key);
      done.resolve();
    }
  }
}
