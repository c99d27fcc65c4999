import { Inject, Injectable } from '@nestjs/common';
import type { Cases } from '#libs/eventing';
import type { Consent, ConsentInput, ConsentRefusal } from './domain/consent.js';
import type { Directive } from './domain/directive.js';

export type ConsentCases = Cases<Consent, ConsentInput, ConsentRefusal>;
export const CONSENTS = 'consent:consents';

/** A linearizable read waits for a majority; without an answer in this time (ms) nothing is granted. */
const readTimeoutMs = 5_000;
/** Directives in force of one patient; far above what a person signs. */
const directivesMax = 1_000;

/** Reads of consents beside their cases. */
@Injectable()
export class ConsentRepository {
  constructor(@Inject(CONSENTS) private readonly consents: ConsentCases) {
    // Made by the migrate step with the other indexes of the collection.
    consents.model.schema.index({ 'state.directive.patientId': 1, 'state.status': 1 }, { name: 'patient' });
  }

  /**
   * The consent as no later write can contradict: every revocation that was acknowledged before this read began is in it, also when the
   * primary has changed (readConcern linearizable, by _id as it asks). Throws when a majority cannot be reached.
   */
  async readLatest(consentId: string): Promise<Consent | undefined> {
    const query = this.consents.model
      .findById(consentId, { state: 1 })
      .read('primary')
      .readConcern('linearizable')
      .maxTimeMS(readTimeoutMs);
    return (await query.lean<{ state: Consent } | null>().exec())?.state;
  }

  /** Every directive of the patient that stands, whether a transfer names it or not. */
  async activeOf(patientId: string): Promise<readonly Directive[]> {
    const filter: Record<string, unknown> = { 'state.directive.patientId': patientId, 'state.status': 'active' };
    const query = this.consents.model
      .find(filter, { 'state.directive': 1 })
      .read('primary')
      .readConcern('majority')
      .limit(directivesMax + 1);
    const found = await query.lean<{ state: { directive: Directive } }[]>().exec();
    if (found.length > directivesMax) throw new Error(`more than ${directivesMax} directives of one patient`);
    return found.map(({ state }) => state.directive);
  }
}
