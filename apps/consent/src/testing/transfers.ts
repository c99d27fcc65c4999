import { randomUUID } from 'node:crypto';
import { exampleFacts, type TransferFacts } from '#libs/contracts';
import type { ReleaseCase } from '../release/domain/release.js';
import { type ConsentWorld, consentFor } from './consent-world.js';

/** Longest wait for a step of the service, ms: a loaded machine is slow, a stuck case is stuck. */
export const waitMs = 10_000;
export const revocation = { by: 'patient', form: 'written', receivedAt: '2026-11-24T10:00:00.000Z' } as const;

/** A transfer that needs no consent, of a patient of its own. */
export function treatment(changes: Partial<TransferFacts> = {}): TransferFacts {
  return { ...exampleFacts, basis: 'treatment', consentIds: [], patientId: randomUUID(), ...changes };
}

/** Waits until the case has the status; throws with the one it has instead. */
export async function reaches(world: ConsentWorld, transferId: string, status: ReleaseCase['status']): Promise<ReleaseCase> {
  const state = await world.releases.waitFor(transferId, (now) => now.status === status, { timeoutMs: waitMs });
  if (!state) throw new Error(`${transferId} never became ${status}, it is ${(await world.releases.load(transferId))?.state.status}`);
  return state;
}

/** A patient's consent and a transfer that rests on it, released. */
export async function releasedOnConsent(
  world: ConsentWorld,
  provision: object = {},
): Promise<{ readonly consentId: string; readonly patientId: string; readonly transferId: string }> {
  const [consentId, patientId, transferId] = [randomUUID(), randomUUID(), randomUUID()];
  const given = await world.call('records-staff', 'PUT', `/consent/consents/${consentId}`, consentFor(patientId, provision));
  if (given.status !== 201) throw new Error(`the consent was not entered: ${given.status}`);
  await world.recordComes(transferId, { ...exampleFacts, patientId, consentIds: [consentId] });
  await reaches(world, transferId, 'open');
  return { consentId, patientId, transferId };
}

export async function factsOf(world: ConsentWorld, transferId: string): Promise<string[]> {
  return (await world.told(transferId)).map(({ fact }) => fact);
}

/** `granted`, or why the ask was refused; waits for the answer. */
export async function answerTo(world: ConsentWorld, transferId: string, permitId: string): Promise<string> {
  const overAt = performance.now() + waitMs;
  while (performance.now() < overAt) {
    const answer = (await world.told(transferId)).find(
      ({ fact, data }) => (fact === 'permit-granted' || fact === 'permit-refused') && data['permitId'] === permitId,
    );
    if (answer) return answer.fact === 'permit-granted' ? 'granted' : String(answer.data['reason']);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`${permitId} was never answered`);
}
