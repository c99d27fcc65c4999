import { Inject, Injectable } from '@nestjs/common';
import type { Actor, BlobRef, PatientFacts } from '#libs/contracts';
import type { Outcome } from '#libs/eventing';
import { Vault } from '#libs/vault';
import { CONFIG, type IngestionConfig } from '../config.js';
import type { PatientDetails } from '../patient/domain/patient.js';
import { PatientRepository } from '../patient/patient.repository.js';
import type { Transfer, TransferRefusal } from '../transfer/domain/transfer.js';
import { type FoundTransfer, TRANSFERS, type TransferCases } from '../transfer/transfer.repository.js';

/** Hands transfers over, with what the register says of the patient, so that normalization can tell a document of somebody else. */
@Injectable()
export class SubmissionService {
  constructor(
    @Inject(TRANSFERS) private readonly transfers: TransferCases,
    @Inject(CONFIG) private readonly config: IngestionConfig,
    private readonly patients: PatientRepository,
    private readonly vault: Vault,
  ) {}

  async submit({ id, transfer }: FoundTransfer, actor: Actor): Promise<Outcome<Transfer, TransferRefusal>> {
    // Only a draft is handed over; for all others the answer does not depend on the patient.
    const patient = transfer.standing.state === 'draft' ? await this.seal(transfer.facts.patientId, id) : undefined;
    return this.transfers.handle(id, { type: 'Submit', ...(patient && { patient }), actor, at: new Date().toISOString() });
  }

  /** Equal facts are kept once, so a repeated submission keeps nothing more. */
  private async seal(patientId: string, heldBy: string): Promise<BlobRef> {
    const details = await this.patients.details(patientId);
    if (!details) throw new Error('a transfer whose patient the register does not have');
    const bytes = Buffer.from(JSON.stringify(factsOf(details, this.config.HOSPITAL_IDENTIFIER_SYSTEMS)), 'utf8');
    return this.vault.put(bytes, { patientId, readers: ['normalization'], heldBy });
  }
}

function factsOf({ name, birthDate, gender, identifiers }: PatientDetails, hospitalSystems: readonly string[]): PatientFacts {
  return {
    names: name.map(({ text, family, given }) => ({
      ...(text !== undefined && { text }),
      ...(family !== undefined && { family }),
      ...(given && { given: [...given] }),
    })),
    ...(birthDate !== undefined && { birthDate }),
    ...(gender !== undefined && { gender }),
    // Other houses' numbers prove nothing: people have several, and clinics write them in their own ways.
    identifiers: identifiers.flatMap(({ system, value }) =>
      system !== undefined && hospitalSystems.includes(system) ? [{ system, value }] : [],
    ),
  };
}
