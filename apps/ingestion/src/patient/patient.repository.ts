import { Inject, Injectable } from '@nestjs/common';
import mongoose, { type Connection, type Model } from 'mongoose';
import { CONNECTION } from '#libs/shared/service';
import type { PatientDetails } from './domain/patient.js';
import { type SearchKeys, searchKeys } from './domain/search-keys.js';

interface PatientDocument {
  readonly _id: string;
  readonly details: PatientDetails;
  /** Unique among all patients; absent where the person has no identifier of the hospital. */
  readonly hospitalKeys?: readonly string[];
  /** Made from the details: names and identifiers as they are compared. */
  readonly search: SearchKeys;
  readonly registeredAt: Date;
}

/** What a search asks, all of it at once. `words`: of the name, folded; each begins a word of the patient's. `identifier`: a key of `identifierKey`. */
export interface PatientQuery {
  readonly words: readonly string[];
  readonly identifier?: string;
  /** FHIR date. A register that knows the year alone is found by the day, and the reverse. */
  readonly birthDate?: string;
}
export interface FoundPatient {
  readonly patientId: string;
  readonly details: PatientDetails;
}

/** A search that takes longer, ms, is broken off: one letter may begin a word of half the register. */
const searchTimeMaxMs = 5000;

/** The register: the only place that maps a patientId to a person (domain.md section 1). */
@Injectable()
export class PatientRepository {
  private readonly model: Model<PatientDocument>;

  constructor(@Inject(CONNECTION) connection: Connection) {
    const schema = new mongoose.Schema<PatientDocument>(
      {
        _id: { type: String },
        details: { type: mongoose.Schema.Types.Mixed, required: true },
        hospitalKeys: { type: [String], default: undefined },
        search: { type: mongoose.Schema.Types.Mixed, required: true },
        registeredAt: { type: Date, required: true },
      },
      {
        collection: 'patients',
        versionKey: false,
        minimize: false,
        autoIndex: false,
        autoCreate: false,
        writeConcern: { w: 'majority', j: true },
      },
    );
    // Two requests that name the same new hospital number at once make one patient: the index decides who was first.
    schema.index(
      { hospitalKeys: 1 },
      { name: 'hospital-keys', unique: true, partialFilterExpression: { hospitalKeys: { $exists: true } } },
    );
    schema.index({ 'search.words': 1 }, { name: 'search words' });
    schema.index({ 'search.identifiers': 1 }, { name: 'search identifiers' });
    schema.index({ 'details.birthDate': 1 }, { name: 'search birthDate' });
    this.model = connection.model<PatientDocument>('patients', schema);
  }

  async exists(patientId: string): Promise<boolean> {
    return (await this.model.exists({ _id: patientId })) !== null;
  }

  async details(patientId: string): Promise<PatientDetails | undefined> {
    const found = await this.model.findById(patientId, { details: 1 }).lean<Pick<PatientDocument, 'details'>>().exec();
    return found?.details;
  }

  /** Ids of the patients that have one of these keys. */
  async withKeys(keys: readonly string[]): Promise<readonly string[]> {
    if (keys.length === 0) return [];
    const found = await this.model
      .find({ hospitalKeys: { $in: [...keys] } }, { _id: 1 })
      .lean()
      .exec();
    return found.map(({ _id }) => _id);
  }

  /** Patients of whom all that is asked is true, in no order that means anything. */
  async search(query: PatientQuery, limit: number): Promise<readonly FoundPatient[]> {
    const found = await this.model
      .find({ $and: conditionsOf(query) }, { details: 1 })
      .limit(limit)
      .maxTimeMS(searchTimeMaxMs)
      .lean<Pick<PatientDocument, '_id' | 'details'>[]>()
      .exec();
    return found.map(({ _id, details }) => ({ patientId: _id, details }));
  }

  /** Writes a new patient. False when the id or one of the keys is there already. */
  async insert(patient: { id: string; details: PatientDetails; keys: readonly string[]; registeredAt: Date }): Promise<boolean> {
    try {
      await this.model.create({
        _id: patient.id,
        details: patient.details,
        search: searchKeys(patient.details),
        registeredAt: patient.registeredAt,
        ...(patient.keys.length > 0 && { hospitalKeys: [...patient.keys] }),
      });
      return true;
    } catch (error) {
      if (isDuplicateKey(error)) return false;
      throw error;
    }
  }
}

/** Words hold letters, marks and numbers only, so none of them needs escaping; a pattern that starts at the start uses the index. */
function conditionsOf({ words, identifier, birthDate }: PatientQuery): Record<string, unknown>[] {
  const conditions: Record<string, unknown>[] = words.map((word) => ({ 'search.words': new RegExp(`^${word}`) }));
  if (identifier !== undefined) conditions.push({ 'search.identifiers': identifier });
  if (birthDate !== undefined) {
    const lessExact = birthDate.split('-').map((_part, index, parts) => parts.slice(0, index + 1).join('-'));
    conditions.push({ 'details.birthDate': { $in: [...lessExact, new RegExp(`^${birthDate}-`)] } });
  }
  return conditions;
}

/** MongoDB's answer when a unique index has the value already (E11000). */
export function isDuplicateKey(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 11000;
}
