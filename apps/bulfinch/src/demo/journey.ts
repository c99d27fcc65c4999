import { join } from 'node:path';
import { entriesOf, shownTrail, type TrailEntry } from '../audit/trail.js';
import { grantConsent, revokeConsent } from '../consent/consents.js';
import type { Ask, Doors } from '../doors/doors.client.js';
import { clock, type Io } from '../io.js';
import { follow } from '../transfer/follow.js';
import { sendTransfer } from '../transfer/send.js';
import type { TransferView } from '../transfer/transfer.js';
import type { Checks } from './checks.js';

/** Invented people in invented records (fixtures/). */
const patient = { name: [{ given: ['Zoë', 'Ángela'], family: 'Ñandú-Sørensen' }], birthDate: '1958-07-14', gender: 'female' };
const staff: Ask = { roles: ['records-staff'] };
/** A step of the demo takes a second or two; a machine under load more. */
const stepMsMax = 120_000;
const lookAgainMs = 300;

/** What the clinic double says of a Bundle it holds. */
interface Held {
  readonly id: string;
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly entries?: Readonly<Record<string, number>>;
  readonly sections?: number;
}
interface Place {
  readonly doors: Doors;
  readonly clinicUrl: string;
  readonly fixtures: string;
  readonly io: Io;
  readonly checks: Checks;
}

/** One record there, one back, and a revocation: each step shown, each claim checked. */
export async function journey(place: Place): Promise<void> {
  const { io } = place;
  io.out('1. A summary goes from the hospital to Clínica de Lisboa (treatment)');
  const there = await move(place, {
    ask: staff,
    to: 'clinica-lisboa',
    file: 'mgh-summary.xml',
    request: outbound({ patient, basis: 'treatment' }),
  });
  io.out('');
  io.out('2. A letter comes back from Clínica do Porto to the hospital');
  const porto: Ask = { roles: ['clinic'], party: 'clinica-porto' };
  await move(place, { ask: porto, to: 'mgh', file: 'porto-summary.xml', request: inbound });
  io.out('');
  io.out('3. The audit trail of the first, as the auditor sees it');
  for (const line of shownTrail(there.trail)) io.out(`   ${line}`);
  io.out('');
  io.out('4. A consent, a delivery on it, its revocation, and the next delivery');
  await revocation(place, there.transfer.patientId ?? '');
}

function outbound({ patient: who, basis, consentIds }: { patient: object; basis: string; consentIds?: readonly string[] }): object {
  return {
    direction: 'outbound',
    patient: who,
    recipientId: 'clinica-lisboa',
    purpose: 'TREAT',
    authority: { basis, ...(consentIds ? { consentIds } : {}) },
    requester: { kind: 'user' },
  };
}
const inbound = { direction: 'inbound', patient, purpose: 'TREAT', authority: { basis: 'received' }, requester: { kind: 'clinic' } };

/** Sends one document and shows what arrived. */
async function move(
  place: Place,
  { ask, to, file, request }: { ask: Ask; to: string; file: string; request: object },
): Promise<{ transfer: TransferView; trail: readonly TrailEntry[] }> {
  const { doors, io, checks } = place;
  const before = new Set((await received(place, to)).map(({ id }) => id));
  const started = performance.now();
  const sent = await sendTransfer(doors, ask, request, [join(place.fixtures, file)], (line) => io.out(`   ${line}`));
  // Staff see every step; the clinic that sent would be told only of its own.
  const transfer = await follow(doors, sent.id, staff, { say: (line) => io.out(`   ${line}`), forMs: stepMsMax });
  io.out(
    `   ${transfer.state} after ${((performance.now() - started) / 1000).toFixed(2)} s${transfer.waiver ? `, under the waiver ${transfer.waiver}` : ''}`,
  );
  const arrived = (await received(place, to)).filter(({ id }) => !before.has(id));
  for (const held of arrived) io.out(`   ${to} holds Bundle ${held.id}: ${held.sizeBytes} bytes, ${contents(held)}`);
  const trail = await wholeTrail(place, sent.id, transfer.state === 'delivered');
  checks.check(`${transfer.reference} was delivered`, transfer.state === 'delivered');
  checks.check(`${to} holds it exactly once`, arrived.length === 1);
  const built = trail.find(({ type }) => type.endsWith('.package-built.v1'))?.sha256;
  checks.check(
    `what ${to} holds is byte for byte what was sent (sha256 ${built?.slice(0, 16) ?? '-'}...)`,
    built !== undefined && arrived[0]?.sha256 === built,
  );
  checks.check(`every step stands in the audit trail, none twice, none missing (${trail.length} entries)`, isWhole(trail));
  checks.check(
    'the trail names the disclosure from its first byte on',
    trail.some(({ disclosure }) => disclosure !== undefined),
  );
  return { transfer, trail };
}

async function revocation(place: Place, patientId: string): Promise<void> {
  const { doors, io, checks } = place;
  const consentId = await grantConsent(doors, {
    patientId,
    recipientId: 'clinica-lisboa',
    purpose: 'TREAT',
    signedAt: new Date().toISOString(),
  });
  io.out(`   ${clock(Date.now())}  consent ${consentId} entered`);
  const request = outbound({ patient: { patientId }, basis: 'authorization', consentIds: [consentId] });
  await move(place, { ask: staff, to: 'clinica-lisboa', file: 'mgh-summary.xml', request });
  const end = performance.now() + stepMsMax;
  let revoked = await revokeConsent(doors, consentId, { by: 'patient', form: 'written' });
  while (revoked.state !== 'revoked' && performance.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, lookAgainMs));
    revoked = await revokeConsent(doors, consentId, { by: 'patient', form: 'written' });
  }
  io.out(`   ${clock(Date.now())}  consent ${revoked.state}`);
  checks.check('the revocation is confirmed', revoked.state === 'revoked');
  const before = (await received(place, 'clinica-lisboa')).length;
  const say = (line: string): void => io.out(`   ${line}`);
  const next = await sendTransfer(doors, staff, request, [join(place.fixtures, 'mgh-summary.xml')], say);
  const stopped = await follow(doors, next.id, staff, { say, forMs: stepMsMax });
  io.out(`   ${stopped.state}${stopped.reason ? `: ${stopped.reason}` : ''}`);
  checks.check(
    `the next delivery on the revoked consent is stopped (${stopped.state})`,
    stopped.state === 'refused' || stopped.state === 'revoked',
  );
  checks.check('nothing more has arrived', (await received(place, 'clinica-lisboa')).length === before);
}

async function received({ clinicUrl }: Place, party: string): Promise<readonly Held[]> {
  const answer = await fetch(`${clinicUrl}/${party}/control/received`, { signal: AbortSignal.timeout(stepMsMax) });
  return (await answer.json()) as readonly Held[]; // apps/clinic, control.controller.ts
}

function contents({ entries, sections }: Held): string {
  const counted = Object.entries(entries ?? {}).map(([type, count]) => `${count} ${type}`);
  return `${sections ?? '?'} sections; ${counted.join(', ')}`;
}

/** The trail, once the log has heard all of it: audit follows a moment behind. */
async function wholeTrail({ doors }: Place, transfer: string, isDelivered: boolean): Promise<readonly TrailEntry[]> {
  const end = performance.now() + stepMsMax;
  for (;;) {
    const { entries } = await entriesOf(doors, { transfer });
    const trail = entries.filter(({ subject }) => subject === transfer);
    if (!isDelivered || isWhole(trail) || performance.now() > end) return trail;
    await new Promise((resolve) => setTimeout(resolve, lookAgainMs));
  }
}

/** All four services are heard, each from its first event on without a gap or a repetition, and the delivery's end is among them. */
function isWhole(trail: readonly TrailEntry[]): boolean {
  const isComplete = (service: string): boolean => {
    const places = trail
      .filter((entry) => entry.service === service)
      .map(({ sequence }) => sequence)
      .sort((a, b) => a - b);
    return places.length > 0 && places.every((sequence, index) => sequence === index + 1);
  };
  return (
    ['ingestion', 'normalization', 'consent', 'delivery'].every(isComplete) && trail.some(({ type }) => type.endsWith('.delivered.v1'))
  );
}
