import { Inject, Injectable } from '@nestjs/common';
import type { Cases } from '#libs/eventing';
import { Census } from '#libs/shared/service';
import type { ReleaseCase, ReleaseInput, ReleaseRefusal } from './domain/release.js';

export type ReleaseCases = Cases<ReleaseCase, ReleaseInput, ReleaseRefusal>;
export const RELEASES = 'consent:releases';

/** States whose gate is or may still become open. */
const mayOpen: readonly ReleaseCase['status'][] = ['deciding', 'held', 'open'];
/** Cases shut in one round; the rounds go on until none is found. */
const roundMax = 500;
/** Transfers named in one confirmation (the contract's limit). */
const namedMax = 2_000;

/** Index of the cases with an open permit. */
const openPermits = 'open-permits';
/** Longest count for `/metrics`, ms. */
const countMsMax = 5000;

export interface Standing {
  readonly transferId: string;
  readonly state: ReleaseCase;
}

/** Finds cases by what they rest on and whose they are. */
@Injectable()
export class ReleaseRepository {
  constructor(
    @Inject(RELEASES) private readonly releases: ReleaseCases,
    census: Census,
  ) {
    census.add({
      name: 'bulfinch_permits_open',
      help: 'Permits given whose end is not heard of yet',
      read: async () => new Map([['', await this.permitsOpen()]]),
    });
    // Holds only the few cases with an open permit.
    releases.model.schema.index(
      { 'state.leaving.permits': 1 },
      { name: openPermits, partialFilterExpression: { 'state.leaving.permits.0': { $exists: true } } },
    );
    // Made by the migrate step with the other indexes of the collection.
    releases.model.schema.index({ 'state.restsOn': 1 }, { name: 'rests-on' });
    releases.model.schema.index({ 'state.facts.patientId': 1, 'state.status': 1 }, { name: 'patient' });
  }

  private async permitsOpen(): Promise<number> {
    const [found] = await this.releases.model
      .aggregate<{ count: number }>([
        { $match: { 'state.leaving.permits.0': { $exists: true } } },
        { $group: { _id: null, count: { $sum: { $size: '$state.leaving.permits' } } } },
      ])
      .option({ hint: openPermits, maxTimeMS: countMsMax });
    return found?.count ?? 0;
  }

  /** Some of the cases that rest on the consent and whose gate may be open. */
  mayOpenOn(consentId: string): Promise<readonly Standing[]> {
    return this.find({ 'state.restsOn': consentId, 'state.status': { $in: mayOpen } }, roundMax);
  }

  /** Some of the patient's cases whose gate may be open, after `afterId`, in order of id. */
  mayOpenOf(patientId: string, afterId: string): Promise<readonly Standing[]> {
    return this.find({ 'state.facts.patientId': patientId, 'state.status': { $in: mayOpen }, _id: { $gt: afterId } }, roundMax);
  }

  /** All cases that rest or rested on the consent. */
  async allOn(consentId: string): Promise<readonly Standing[]> {
    const found = await this.find({ 'state.restsOn': consentId }, namedMax + 1);
    if (found.length > namedMax) throw new Error(`more than ${namedMax} transfers rest on one consent`);
    return found;
  }

  private async find(filter: Record<string, unknown>, limit: number): Promise<readonly Standing[]> {
    const query = this.releases.model.find(filter, { state: 1 }).sort({ _id: 1 }).limit(limit).read('primary').readConcern('majority');
    const found = await query.lean<{ _id: string; state: ReleaseCase }[]>().exec();
    return found.map(({ _id, state }) => ({ transferId: _id, state }));
  }
}
