import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { CaseDocument, Cases } from '#libs/eventing';
import { type Link, type LinkChange, type LinkInput, type LinkRefusal, pairOf } from './domain/link.js';
import { PatientRepository } from './patient.repository.js';

export const LINKS = 'ingestion:patient-links';
export type LinkCases = Cases<Link, LinkInput, LinkRefusal>;

/** A link as staff see it, from one of the two. */
export interface ShownLink {
  readonly to: string;
  readonly link: 'joined' | 'parted';
  readonly changes: readonly LinkChange[];
}

/** Entries of one human being are few; what is joined beyond this is a chain of mistakes, and no question follows it further. */
export const joinedMax = 100;
/** Links shown of one patient. */
const linksShownMax = 200;

export type LinkProblem = LinkRefusal | 'no-such-patient' | 'unknown-patient' | 'too-many-joined';

/** Joins and parts patients, and says who is joined with whom. Nobody is merged (domain.md section 1). */
@Injectable()
export class LinkService {
  constructor(
    @Inject(LINKS) private readonly links: LinkCases,
    private readonly patients: PatientRepository,
  ) {
    // Made by the cases' own index step.
    links.model.schema.index({ 'state.patients': 1 }, { name: 'links of a patient' });
  }

  /** Refused `no-such-patient` where the first is unknown, `unknown-patient` where the other is. */
  async change(patientId: string, to: string, change: LinkChange): Promise<{ link: 'joined' | 'parted' } | { refused: LinkProblem }> {
    if (!(await this.patients.exists(patientId))) return { refused: 'no-such-patient' };
    if (!(await this.patients.exists(to))) return { refused: 'unknown-patient' };
    if (change.how === 'join' && (await this.wouldJoin(patientId, to)) > joinedMax) return { refused: 'too-many-joined' };
    const patients = pairOf(patientId, to);
    const outcome = await this.links.handle(linkIdOf(patients), { type: 'Change', patients, ...change });
    if ('refused' in outcome) return outcome;
    return { link: outcome.state.status === 'joined' ? 'joined' : 'parted' };
  }

  /** The patient and everyone joined with it, directly or through others, as the links stand now. */
  async joinedWith(patientId: string): Promise<readonly string[]> {
    const group = new Set([patientId]);
    let newest = [patientId];
    while (newest.length > 0 && group.size <= joinedMax) {
      const found = await this.find({ 'state.patients': { $in: newest }, 'state.status': 'joined' });
      newest = [...new Set(found.flatMap(({ patients }) => patients))].filter((id) => !group.has(id));
      for (const id of newest) group.add(id);
    }
    return [...group].slice(0, joinedMax);
  }

  /** Every link the patient has or had. Undefined for an unknown patient. */
  async list(patientId: string): Promise<readonly ShownLink[] | undefined> {
    if (!(await this.patients.exists(patientId))) return undefined;
    const found = await this.find({ 'state.patients': patientId });
    return found.map(({ patients, status, changes }) => ({
      to: patients.find((id) => id !== patientId) ?? patientId,
      link: status,
      changes,
    }));
  }

  private async wouldJoin(patientId: string, to: string): Promise<number> {
    const both = await Promise.all([this.joinedWith(patientId), this.joinedWith(to)]);
    return new Set(both.flat()).size;
  }

  private async find(filter: Record<string, unknown>): Promise<readonly Exclude<Link, { status: 'absent' }>[]> {
    // Filters name fields of State, which the model's type does not know.
    const found = await this.links.model
      .find(filter as never, { state: 1 })
      .sort({ _id: 1 })
      .limit(linksShownMax)
      .lean<Pick<CaseDocument<Link>, 'state'>[]>()
      .exec();
    return found.flatMap(({ state }) => (state.status === 'absent' ? [] : [state]));
  }
}

/** One case a pair: its id is made from two random ids and from nothing of the people (UUIDv8, RFC 9562 section 5.8). */
function linkIdOf(patients: readonly [string, string]): string {
  const bytes = createHash('sha256').update(patients.join(' ')).digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
