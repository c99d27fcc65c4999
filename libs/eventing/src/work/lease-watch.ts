import type { Lease } from '../definition.js';

/**
 * Judges other holders' leases on this process's own monotonic clock: one is over when its token has stood still for its length.
 * Wall clocks of two machines are never compared (design.md section 3).
 */
export class LeaseWatch {
  readonly #seen = new Map<string, { holder: string; beat: number; since: number }>();

  /** How much longer (ms, 0 = over) the lease must stand still before it may be taken. `clock` is monotonic, ms. */
  remaining(id: string, lease: Lease, leaseMs: number, clock: number): number {
    const seen = this.#seen.get(id);
    if (seen && seen.holder === lease.holder && seen.beat === lease.beat) return Math.max(0, seen.since + leaseMs - clock);
    this.#seen.set(id, { holder: lease.holder, beat: lease.beat, since: clock });
    return leaseMs;
  }

  /** Forgets the cases that are due no more. */
  keepOnly(ids: ReadonlySet<string>): void {
    for (const id of this.#seen.keys()) if (!ids.has(id)) this.#seen.delete(id);
  }

  forget(id: string): void {
    this.#seen.delete(id);
  }
}
