import type { Actor, DraftOn } from '#libs/contracts';
import { accept, assertNever, type Decision, refuse } from '#libs/shared/domain';

/** More changes of mind about one pair are a program gone astray; the case must stay small. */
export const changesMax = 100;

/** Two patients of the register, the smaller id first. */
export type Pair = readonly [string, string];

/** Who joined or parted the two, and why. `reason` is free text, so patient data: never published. */
export interface LinkChange {
  readonly how: 'join' | 'part';
  readonly reason: string;
  readonly actor: Actor;
  readonly at: string;
}

/**
 * Whether two entries of the register are one human being (domain.md section 1). Nobody is merged: both entries stay, questions follow
 * the links as they stand. A pair that was never joined and one that was parted are not linked; the latter keeps what happened.
 */
export type Link = { readonly status: 'absent' } | (Linked & { readonly status: 'joined' | 'parted' });
interface Linked {
  readonly patients: Pair;
  /** Oldest first. */
  readonly changes: readonly LinkChange[];
}

export type LinkInput = { readonly type: 'Change'; readonly patients: Pair } & LinkChange;
export type LinkFact = { readonly type: 'PatientsJoined' | 'PatientsParted'; readonly patients: Pair; readonly change: LinkChange };
export type LinkRefusal = 'same-patient' | 'too-many-changes';

export const noLink: Link = { status: 'absent' };

/** The two in the one order that both ways of asking give. */
export function pairOf(one: string, other: string): Pair {
  return one < other ? [one, other] : [other, one];
}

/** The same wish again is accepted and changes nothing. */
export function decideLink(link: Link, { patients, how, reason, actor, at }: LinkInput): Decision<LinkFact, LinkRefusal> {
  if (patients[0] === patients[1]) return refuse('same-patient');
  if ((how === 'join') === (link.status === 'joined')) return accept();
  if (link.status !== 'absent' && link.changes.length >= changesMax) return refuse('too-many-changes');
  const change = { how, reason, actor, at };
  return accept({ type: how === 'join' ? 'PatientsJoined' : 'PatientsParted', patients, change });
}

export function evolveLink(link: Link, { type, patients, change }: LinkFact): Link {
  const changes = link.status === 'absent' ? [change] : [...link.changes, change];
  return { status: type === 'PatientsJoined' ? 'joined' : 'parted', patients, changes };
}

/** Both ids and who it was; the reason stays in the register. */
export function publishLink({ type, patients: [patientId, to], change: { actor } }: LinkFact): DraftOn<'bulfinch.access.v1'> {
  const data = { patientId, to, actor };
  switch (type) {
    case 'PatientsJoined':
      return { type: 'org.bulfinch.ingestion.patients-joined.v1', data };
    case 'PatientsParted':
      return { type: 'org.bulfinch.ingestion.patients-parted.v1', data };
    default:
      return assertNever(type);
  }
}

/** The case of a pair (shape of `CaseDefinition`, libs/eventing). */
export const linkDefinition = {
  service: 'ingestion',
  collection: 'patient-links',
  shape: 1,
  topic: 'bulfinch.access.v1',
  initial: noLink,
  decide: decideLink,
  evolve: evolveLink,
  publish: publishLink,
} as const;
