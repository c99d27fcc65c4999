import { Inject, Injectable } from '@nestjs/common';
import mongoose, { type Connection, type Model } from 'mongoose';
import { CONNECTION } from '#libs/shared/service';
import type { PatientDetails } from './domain/patient.js';

interface PatientDocument {
  readonly _id: string;
  readonly details: PatientDetails;
  /** Unique among all patients; absent where the person has no identifier of the hospital. */
  readonly hospitalKeys?: readonly string[];
  readonly registeredAt: Date;
}

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
    this.model = connection.model<PatientDocument>('patients', schema);
  }

  async exists(patientId: string): Promise<boolean> {
    return (await this.model.exists({ _id: patientId })) !== null;
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

  /** Writes a new patient. False when the id or one of the keys is there already. */
  async insert(patient: { id: string; details: PatientDetails; keys: readonly string[]; registeredAt: Date }): Promise<boolean> {
    try {
      await this.model.create({
        _id: patient.id,
        details: patient.details,
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

/** MongoDB's answer when a unique index has the value already (E11000). */
export function isDuplicateKey(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 11000;
}
