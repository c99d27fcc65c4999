import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type IngestionConfig } from '../config.js';
import { hospitalKeys, type PatientDetails, type PatientRefusal, patientAmong } from './domain/patient.js';
import { PatientRepository } from './patient.repository.js';

/** Who a request means: someone of the register, or a person told by details. Only staff's hospital numbers find somebody. */
export type PatientMeant = { readonly patientId: string } | { readonly details: PatientDetails; readonly givenByStaff: boolean };

@Injectable()
export class PatientService {
  constructor(
    private readonly patients: PatientRepository,
    @Inject(CONFIG) private readonly config: IngestionConfig,
  ) {}

  /** The patient that is there already, undefined for a new one. Writes nothing. */
  async find(meant: PatientMeant): Promise<{ readonly patientId: string | undefined } | { readonly refused: PatientRefusal }> {
    if ('patientId' in meant) return (await this.patients.exists(meant.patientId)) ? meant : { refused: 'unknown-patient' };
    return patientAmong(await this.patients.withKeys(this.keysOf(meant)));
  }

  /**
   * Enters a new patient under the given id, and says which patient it is: the given one, also when asked again, or the one that another
   * request with the same hospital number made first.
   */
  async register(id: string, meant: PatientMeant): Promise<string> {
    if ('patientId' in meant) return meant.patientId;
    const keys = this.keysOf(meant);
    if (await this.patients.insert({ id, details: meant.details, keys, registeredAt: new Date() })) return id;
    if (await this.patients.exists(id)) return id;
    const [first] = await this.patients.withKeys(keys);
    if (first === undefined) throw new Error('a patient was neither entered nor found');
    return first;
  }

  private keysOf(meant: { readonly details: PatientDetails; readonly givenByStaff: boolean }): readonly string[] {
    return meant.givenByStaff ? hospitalKeys(meant.details, this.config.HOSPITAL_IDENTIFIER_SYSTEMS) : [];
  }
}
