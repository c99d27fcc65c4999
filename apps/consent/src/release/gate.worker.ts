import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import type { Job } from '#libs/eventing';
import { CONFIG, type ConsentConfig } from '../config.js';
import { releaseWork } from './domain/definition.js';
import type { ReleaseCase, ReleaseInput } from './domain/release.js';
import { RELEASES, type ReleaseCases } from './release.repository.js';

/** A lease stands for so long without a beat before another process waits in its place, ms. */
const leaseMs = 5_000;
/** Closing gates waited for side by side: each is a timer and no more. */
const concurrency = 1_000;
const retryMs = 250;

/**
 * Waits out the permits of closing gates (design.md section 5, step 3): a gate is closed when no permit is open, or when life and margin have
 * passed on this process's monotonic clock since it first saw the gate closing. Wall clocks are not asked; after a restart, or in another
 * process, the wait begins from the start.
 */
@Injectable()
export class GateWorker implements OnModuleInit {
  /** When this process first saw a gate closing, by transfer and release: performance.now(), ms. A gate closes once, so it never goes back. */
  private readonly firstSeen = new Map<string, number>();

  constructor(
    @Inject(RELEASES) private readonly releases: ReleaseCases,
    @Inject(CONFIG) private readonly config: ConsentConfig,
  ) {}

  onModuleInit(): void {
    this.releases.work({ kind: releaseWork.runOut, effect: 'inner', leaseMs, concurrency, retryMs, run: (job) => this.runOut(job) });
  }

  private async runOut({ id, state, signal }: Job<ReleaseCase>): Promise<ReleaseInput | undefined> {
    if (state.status !== 'closing') return undefined;
    const gate = `${id}/${state.release}`;
    const since = this.firstSeen.get(gate) ?? performance.now();
    this.firstSeen.set(gate, since);
    const overAt = since + this.config.PERMIT_LIFE_MS + this.config.PERMIT_MARGIN_MS;
    // A timer may fire a little early: the clock decides, not the timer.
    for (let leftMs = overAt - performance.now(); leftMs > 0; leftMs = overAt - performance.now()) {
      const closed = await this.releases.waitFor(id, (now) => now.status !== 'closing', { timeoutMs: Math.ceil(leftMs), signal });
      if (closed) this.firstSeen.delete(gate);
      if (closed || signal.aborted) return undefined;
    }
    this.firstSeen.delete(gate);
    return { type: 'PermitLivesOver' };
  }
}
