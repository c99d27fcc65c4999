/** One reading of both clocks of this process, ms. The monotonic one does not run while a host sleeps; the wall clock shows that gap. */
export interface ClockReading {
  readonly monotonicMs: number;
  readonly wallMs: number;
}
export type ReadClocks = () => ClockReading;

export const readClocks: ReadClocks = () => ({ monotonicMs: performance.now(), wallMs: Date.now() });

/** The life of a permit as delivery counts it: from before it was asked for, over as soon as either clock says so (design.md section 5). */
export class PermitLife {
  constructor(
    private readonly since: ClockReading,
    private readonly lifeMs: number,
    private readonly read: ReadClocks = readClocks,
  ) {}

  /** ms until the life is over by the clock that is further on; 0 when it is over. */
  remainingMs(): number {
    const now = this.read();
    // A wall clock that was set back says nothing about how much time has gone.
    const goneMs = Math.max(now.monotonicMs - this.since.monotonicMs, now.wallMs - this.since.wallMs);
    return Math.max(0, this.lifeMs - goneMs);
  }

  isOver(): boolean {
    return this.remainingMs() <= 0;
  }
}
