import type { WorkerOptions } from '../definition.js';

/** Cases that wait for a free slot in memory; the rest is found by the sweep. */
const readyMax = 10_000;

/** The slots of one kind of work: how much runs, and what waits for a slot. */
export class Crew<State, Input> {
  /** Cases ready to be claimed, in the order they fell due. */
  readonly ready = new Set<string>();
  readonly failures = new Map<string, number>();
  running = 0;

  constructor(readonly options: WorkerOptions<State, Input>) {}

  get hasFreeSlot(): boolean {
    return this.running < this.options.concurrency;
  }

  add(id: string): void {
    if (this.ready.size < readyMax) this.ready.add(id);
  }

  /** The next case, in a slot of its own: `leave` gives the slot back. */
  takeNext(): string | undefined {
    const [id] = this.ready;
    if (id === undefined || !this.hasFreeSlot) return undefined;
    this.ready.delete(id);
    this.running++;
    return id;
  }

  leave(): void {
    this.running--;
  }
}
