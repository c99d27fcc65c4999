/** Offsets of one partition that were taken but are not all handled: what may be committed is the unbroken beginning. */
export class OffsetTracker {
  readonly #taken: { readonly offset: bigint; isDone: boolean }[] = [];
  #next: bigint | undefined;
  #committed: bigint | undefined;

  /** A message was taken; call what it answers once it is handled. */
  take(offset: bigint): () => void {
    const entry = { offset, isDone: false };
    this.#taken.push(entry);
    return () => {
      entry.isDone = true;
      while (this.#taken[0]?.isDone) this.#next = (this.#taken.shift()?.offset ?? 0n) + 1n;
    };
  }

  /** The offset to commit (the next one to read), where it moved since `committed`. */
  committable(): bigint | undefined {
    return this.#next === this.#committed ? undefined : this.#next;
  }

  committed(offset: bigint): void {
    this.#committed = offset;
  }
}
