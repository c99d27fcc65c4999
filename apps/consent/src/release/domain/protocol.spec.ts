import fc from 'fast-check';
import { exampleActor, exampleBlob, exampleFacts, exampleIds, exampleInstant } from '#libs/contracts';
import { type Consent, type ConsentInput, consentCases } from '../../consent/domain/consent.js';
import { mayOpen, releaseCases } from './definition.js';
import type { ConsentReading, ReleaseCase, ReleaseFact, ReleaseInput } from './release.js';

/**
 * The whole protocol over the real decide and evolve of both cases, every read and every write a step of its own, in any interleaving
 * (models/permit.mjs B11, B14, B15 is the reference). Each pick is one actor's next step.
 */
const consentId = exampleIds.consent;
const transferIds = ['t0', 't1'] as const;
const actor = exampleActor;
const revocation = { by: 'patient', form: 'written', receivedAt: exampleInstant } as const;
const directive = { patientId: exampleIds.patient, type: 'permit', recipients: ['c'], purposes: [] } as const;

interface Running {
  /** What a worker or consumer has read and not written yet. */
  readonly reading: ConsentReading;
  readonly revision: number;
}
class World {
  consent: Consent = consentCases.evolve(consentCases.initial, { type: 'ConsentGiven', directive, content: exampleBlob, actor });
  readonly cases = new Map<string, { state: ReleaseCase; revision: number }>(
    transferIds.map((id) => [id, { state: releaseCases.initial, revision: 0 }]),
  );
  readonly asks = new Map<string, Running>();
  readonly work = new Map<string, ConsentReading>();
  found: string[] | undefined;
  asked = 0;
  readonly broken: string[] = [];

  at(id: string): { state: ReleaseCase; revision: number } {
    const found = this.cases.get(id);
    if (!found) throw new Error('no such case');
    return found;
  }

  read(): ConsentReading {
    return { consentId, isActive: this.consent.status === 'active' };
  }

  tell(input: ConsentInput): void {
    const decision = consentCases.decide(this.consent, input);
    if ('accepted' in decision) for (const fact of decision.accepted) this.consent = consentCases.evolve(this.consent, fact);
  }

  handle(id: string, input: ReleaseInput): readonly ReleaseFact[] {
    const one = this.at(id);
    const decision = releaseCases.decide(one.state, input);
    if ('refused' in decision) return [];
    for (const fact of decision.accepted) {
      this.watch(one.state, fact, input);
      one.state = releaseCases.evolve(one.state, fact);
    }
    if (decision.accepted.length > 0) one.revision++;
    if (one.state.status === 'closed' && one.state.leaving.permits.length > 0) this.broken.push('a permit outlives the closed gate');
    return decision.accepted;
  }

  private watch(before: ReleaseCase, fact: ReleaseFact, input: ReleaseInput): void {
    const isAlive = before.status === 'closing' && before.leaving.permits.length > 0;
    if (fact.type === 'GateClosed' && isAlive && input.type !== 'PermitLivesOver') this.broken.push('closed while a permit lives');
    if (fact.type !== 'PermitGranted') return;
    if (before.status !== 'open') this.broken.push('granted after the gate left open');
    if (this.consent.status === 'revoked') this.broken.push('granted after the revocation was confirmed');
    if (this.consent.status === 'revoking' && this.consent.isAccepted) this.broken.push('granted after the revocation was accepted');
  }

  gatesOpen(): string[] {
    return transferIds.filter((id) => mayOpen(this.at(id).state));
  }
}

const steps: Record<string, (world: World, id: string) => void> = {
  'the record comes': (world, id) =>
    void world.handle(id, { type: 'RecordNormalized', facts: { ...exampleFacts, consentIds: [consentId] }, record: exampleBlob }),
  'the worker reads the consent': (world, id) => {
    if (world.at(id).state.status === 'deciding') world.work.set(id, world.read());
  },
  'the worker writes the release': (world, id) => {
    const reading = world.work.get(id);
    world.work.delete(id);
    if (!reading) return;
    const common = { release: 1, sha256: exampleBlob.sha256, decision: exampleBlob };
    const verdict = reading.isActive
      ? ({ outcome: 'release', content: exampleBlob, ...common } as const)
      : ({ outcome: 'refuse', reason: 'consent-not-active', decision: exampleBlob } as const);
    world.handle(id, { type: 'Decided', verdict });
  },
  'delivery asks, the consent is read': (world, id) => world.asks.set(id, { reading: world.read(), revision: world.at(id).revision }),
  'the ask is answered': (world, id) => {
    const running = world.asks.get(id);
    world.asks.delete(id);
    // Lost race: everything again, the reading too.
    if (!running || running.revision !== world.at(id).revision) return;
    world.handle(id, {
      type: 'PermitAsked',
      permitId: `p${world.asked++}`,
      release: 1,
      consents: [running.reading],
      lifeMs: 30_000,
      now: 0,
    });
  },
  'an attempt starts': (world, id) => firstPermit(world, id, 'started'),
  'an attempt ends without a byte': (world, id) => firstPermit(world, id, 'unsent'),
  'an attempt delivers': (world, id) => firstPermit(world, id, 'sent'),
  'an attempt ends unknown': (world, id) => firstPermit(world, id, 'unknown'),
  'staff cancel': (world, id) => void world.handle(id, { type: 'Withdrawn', how: 'cancel' }),
  'the patient revokes': (world) => world.tell({ type: 'Revoke', actor, ...revocation }),
  'the consent looks for gates': (world) => {
    if (world.consent.status !== 'active') world.found = world.gatesOpen();
  },
  'a gate that was found is shut': (world) => {
    const id = world.found?.shift();
    if (id) world.handle(id, { type: 'Close', because: 'revoked' });
    else if (world.found) {
      if (world.gatesOpen().length === 0) world.tell({ type: 'GatesShut' });
      world.found = undefined;
    }
  },
  'all lives are over': (world, id) => void world.handle(id, { type: 'PermitLivesOver' }),
  'the last look': (world) => {
    const states = transferIds.map((id) => world.at(id).state);
    if (!states.some((state) => mayOpen(state) || state.status === 'closing')) world.tell({ type: 'GatesClosed', transfers: [] });
  },
};

function firstPermit(world: World, id: string, attempt: 'started' | 'unsent' | 'sent' | 'unknown'): void {
  const { state } = world.at(id);
  const permitId = 'leaving' in state ? (state.leaving.permits[0] ?? state.leaving.unheard[0]) : undefined;
  if (permitId !== undefined) world.handle(id, { type: 'AttemptHeard', attempt, permitId, endsPermit: attempt !== 'started' });
}

/** One transfer has its release, the other's record comes while all this happens. */
function begun(): World {
  const world = new World();
  for (const name of ['the record comes', 'the worker reads the consent', 'the worker writes the release']) steps[name]?.(world, 't0');
  return world;
}

const run = fc.array(fc.tuple(fc.constantFrom(...Object.keys(steps)), fc.constantFrom(...transferIds)), {
  minLength: 20,
  maxLength: 150,
  size: 'max',
});

describe('over any interleaving of asks, attempts, cancellations and one revocation', () => {
  it('no permit is granted once the gate has left open or the revocation is accepted, and none outlives a closed gate', () => {
    let reached = 0;
    fc.assert(
      fc.property(run, (picks) => {
        const world = begun();
        for (const [name, id] of picks) steps[name]?.(world, id);
        if (world.asked > 0 && world.consent.status !== 'active') reached++;
        expect(world.broken).toEqual([]);
      }),
      { numRuns: 800 },
    );
    // The property says nothing unless asks and revocations really meet.
    expect(reached).toBeGreaterThan(200);
  });

  it('a revocation is always confirmed once the faults stop', () => {
    fc.assert(
      fc.property(run, (picks) => {
        const world = begun();
        for (const [name, id] of picks) steps[name]?.(world, id);
        steps['the patient revokes']?.(world, 't0');
        for (const name of ['the consent looks for gates', ...Array(4).fill('a gate that was found is shut')]) steps[name]?.(world, 't0');
        for (const id of transferIds) steps['all lives are over']?.(world, id);
        for (const name of ['the consent looks for gates', ...Array(4).fill('a gate that was found is shut'), 'the last look'])
          steps[name]?.(world, 't0');
        expect(world.consent.status).toBe('revoked');
      }),
      { numRuns: 200 },
    );
  });
});
