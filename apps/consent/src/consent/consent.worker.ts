import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import type { Job } from '#libs/eventing';
import { CONFIG, type ConsentConfig } from '../config.js';
import { gateOf } from '../release/domain/definition.js';
import { RELEASES, type ReleaseCases, ReleaseRepository, type Standing } from '../release/release.repository.js';
import { CONSENTS, type ConsentCases } from './consent.repository.js';
import { type Consent, type ConsentInput, consentWork, type TransferLeft } from './domain/consent.js';
import { speaksOf } from './domain/coverage.js';

/** A lease stands for so long without a beat before another process takes the step over, ms: each step is short and safe to repeat. */
const leaseMs = 5_000;
/** Revocations driven side by side; one that waits for permits to run out holds a slot. */
const concurrency = 100;
const retryMs = 250;
/** More waiting than a life and margin would take: then the look is done again. */
const patienceMs = 10_000;

/**
 * Drives a consent from its own `dueAt`, one step a kind, each safe to repeat (design.md section 5).
 *
 * Why no gate stays open that rests on a revoked consent, though consent and gate are two documents without a common write: a case has its
 * `restsOn` from the step in which its record comes (t1), and its release is decided by work that reads the consents after that (t2 > t1,
 * linearizable). The consent became `revoking` at t0, and the search for cases runs after that (t3 > t0, majority). If the work read the
 * consent as active, then t2 < t0, so t1 < t3 and the search finds the case, in whatever state it is, and shuts it: a result that comes later
 * is refused by the state. If t2 > t0, the work reads `revoking` and refuses. A permit does not even rest on this: its step reads the
 * consents anew. The same holds for a deny, with "all active directives of the patient" in place of the named consents.
 */
@Injectable()
export class ConsentWorker implements OnModuleInit {
  constructor(
    @Inject(CONSENTS) private readonly consents: ConsentCases,
    @Inject(RELEASES) private readonly releases: ReleaseCases,
    private readonly found: ReleaseRepository,
    @Inject(CONFIG) private readonly config: ConsentConfig,
  ) {}

  onModuleInit(): void {
    const common = { effect: 'inner', leaseMs, concurrency, retryMs } as const;
    this.consents.work({ ...common, kind: consentWork.shutGates, run: (job) => this.shutGates(job) });
    this.consents.work({ ...common, kind: consentWork.confirmRevocation, run: (job) => this.confirm(job) });
    this.consents.work({ ...common, kind: consentWork.applyDeny, run: (job) => this.applyDeny(job) });
    this.consents.work({ ...common, kind: consentWork.applyExpiry, run: (job) => this.applyExpiry(job) });
  }

  /** Step 2: every case that rests on the consent takes `close`. When none is open, no permit is given any more: accepted. */
  private async shutGates({ id, signal }: Job<Consent>): Promise<ConsentInput | undefined> {
    return (await this.shutAll(id, 'revoked', signal)) ? { type: 'GatesShut' } : undefined;
  }

  /** Step 4: waits for the gates that are closing, then takes the last look. */
  private async confirm({ id, signal }: Job<Consent>): Promise<ConsentInput | undefined> {
    // A case whose record came since the gates were shut would refuse by itself; shut, it need not be waited for.
    if (!(await this.shutAll(id, 'revoked', signal))) return undefined;
    const timeoutMs = this.config.PERMIT_LIFE_MS + this.config.PERMIT_MARGIN_MS + patienceMs;
    for (const { transferId } of (await this.found.allOn(id)).filter(isClosing))
      await this.releases.waitFor(transferId, (state) => state.status !== 'closing', { timeoutMs, signal });
    const last = await this.found.allOn(id);
    if (signal.aborted || last.some((standing) => isClosing(standing) || standing.state.status === 'open')) return undefined;
    return { type: 'GatesClosed', transfers: transfersLeft(last) };
  }

  private async applyExpiry({ id, signal }: Job<Consent>): Promise<ConsentInput | undefined> {
    return (await this.shutAll(id, 'expired', signal)) ? { type: 'ExpiryApplied' } : undefined;
  }

  /** A deny binds what is under way too: it shuts every gate of the patient that it speaks of (domain.md section 3). */
  private async applyDeny({ state, signal }: Job<Consent>): Promise<ConsentInput | undefined> {
    if (state.status !== 'active') return undefined;
    const { directive } = state;
    const failed = new Map<string, unknown>();
    let afterId = '';
    for (;;) {
      if (signal.aborted) return undefined;
      const cases = await this.found.mayOpenOf(directive.patientId, afterId);
      // Nothing of ours is withheld from what comes in.
      for (const { transferId, state: gate } of cases)
        if ('facts' in gate && gate.facts?.direction === 'outbound' && speaksOf(directive, gate.facts))
          await this.shut(transferId, 'revoked', failed);
      const last = cases.at(-1);
      if (!last) break;
      afterId = last.transferId;
    }
    throwWhatFailed(failed);
    return { type: 'DenyApplied' };
  }

  /** False when the work was told to stop before no gate was found any more. Each round leaves fewer, since no gate opens again. */
  private async shutAll(consentId: string, because: 'revoked' | 'expired', signal: AbortSignal): Promise<boolean> {
    const failed = new Map<string, unknown>();
    const left = async (): Promise<readonly Standing[]> =>
      (await this.found.mayOpenOn(consentId)).filter(({ transferId }) => !failed.has(transferId));
    for (let cases = await left(); cases.length > 0; cases = await left()) {
      if (signal.aborted) return false;
      for (const { transferId } of cases) await this.shut(transferId, because, failed);
    }
    throwWhatFailed(failed);
    return true;
  }

  /** One case that cannot be written (of a newer shape, say) must not keep the gates after it open: it is noted and told at the end. */
  private async shut(transferId: string, because: 'revoked' | 'expired', failed: Map<string, unknown>): Promise<void> {
    try {
      await this.releases.handle(transferId, { type: 'Close', because });
    } catch (error) {
      failed.set(transferId, error);
    }
  }
}

/** @throws the first fault, so that the work stays due until every gate is shut. */
function throwWhatFailed(failed: ReadonlyMap<string, unknown>): void {
  const [first] = failed.values();
  if (failed.size > 0) throw new Error(`${failed.size} gates could not be shut`, { cause: first });
}

function isClosing({ state }: Standing): boolean {
  return state.status === 'closing';
}

/** What had left, of every transfer that had or could have had a gate on the consent. */
export function transfersLeft(standings: readonly Standing[]): readonly TransferLeft[] {
  return standings
    .filter(({ state }) => state.status !== 'refused')
    .map(({ transferId, state }) => ({ transferId, left: gateOf(state).left }));
}
