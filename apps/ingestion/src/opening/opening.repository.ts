import { Inject, Injectable } from '@nestjs/common';
import mongoose, { type Connection, type Model } from 'mongoose';
import { CONNECTION } from '#libs/shared/service';
import { isDuplicateKey } from '../patient/patient.repository.js';

/** What an Idempotency-Key stands for: the request it came with, and every id made for it, fixed before anything else is written. */
export interface Opening {
  /** The caller and their key. */
  readonly _id: string;
  /** SHA-256 of the request as it was understood. */
  readonly requestHash: string;
  readonly transferId: string;
  readonly patientId: string;
  readonly referralId: string;
  readonly at: Date;
}

@Injectable()
export class OpeningRepository {
  private readonly model: Model<Opening>;

  constructor(@Inject(CONNECTION) connection: Connection) {
    const schema = new mongoose.Schema<Opening>(
      {
        _id: { type: String },
        requestHash: { type: String, required: true },
        transferId: { type: String, required: true },
        patientId: { type: String, required: true },
        referralId: { type: String, required: true },
        at: { type: Date, required: true },
      },
      { collection: 'openings', versionKey: false, autoIndex: false, autoCreate: false, writeConcern: { w: 'majority', j: true } },
    );
    this.model = connection.model<Opening>('openings', schema);
  }

  async find(key: string): Promise<Opening | undefined> {
    return (await this.model.findById(key).lean<Opening>().exec()) ?? undefined;
  }

  /** Keeps the opening, or gives the one that was there first under the same key. */
  async claim(opening: Opening): Promise<Opening> {
    try {
      await this.model.create(opening);
      return opening;
    } catch (error) {
      const first = isDuplicateKey(error) ? await this.find(opening._id) : undefined;
      if (!first) throw error;
      return first;
    }
  }
}
