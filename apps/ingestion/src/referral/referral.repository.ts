import { randomInt } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import mongoose, { type Connection, type Model } from 'mongoose';
import { referenceFrom } from '#libs/shared/domain';
import { CONNECTION } from '#libs/shared/service';
import { isDuplicateKey } from '../patient/patient.repository.js';

/** One patient's journey with one question. `transfers` in order of creation: the place is the transfer's number. */
export interface Referral {
  readonly _id: string;
  readonly reference: string;
  readonly patientId: string;
  readonly transfers: readonly string[];
  readonly openedAt: Date;
}

/** 27,512,614,111 references exist: a tenth collision in a row is a fault of the random source. */
const collisionsMax = 10;
/** More transfers in one referral are a mistake of a program; `K7QM-3XPC-9999` is the last that can be spoken. */
export const transfersMax = 9999;

@Injectable()
export class ReferralRepository {
  private readonly model: Model<Referral>;

  constructor(@Inject(CONNECTION) connection: Connection) {
    const schema = new mongoose.Schema<Referral>(
      {
        _id: { type: String },
        reference: { type: String, required: true },
        patientId: { type: String, required: true },
        transfers: { type: [String], required: true },
        openedAt: { type: Date, required: true },
      },
      { collection: 'referrals', versionKey: false, autoIndex: false, autoCreate: false, writeConcern: { w: 'majority', j: true } },
    );
    schema.index({ reference: 1 }, { name: 'reference', unique: true });
    this.model = connection.model<Referral>('referrals', schema);
  }

  async byReference(reference: string): Promise<Referral | undefined> {
    return (await this.model.findOne({ reference }).lean<Referral>().exec()) ?? undefined;
  }

  /** Makes the referral under the given id, or finds it: asked twice, also at once, it has one reference. */
  async open(referral: { id: string; patientId: string }): Promise<Referral> {
    for (let attempt = 0; attempt < collisionsMax; attempt++) {
      const made = { reference: randomReference(), patientId: referral.patientId, transfers: [], openedAt: new Date() };
      try {
        const found = await this.model
          .findOneAndUpdate({ _id: referral.id }, { $setOnInsert: made }, { upsert: true, returnDocument: 'after' })
          .lean<Referral>()
          .exec();
        if (found) return found;
      } catch (error) {
        // The reference is taken, or the same request came twice at once: look, or draw again.
        if (!isDuplicateKey(error)) throw error;
      }
    }
    throw new Error(`referral ${referral.id}: no free reference after ${collisionsMax} draws`);
  }

  /** The transfer's number in the referral, from 1; the same whenever it is asked. Undefined when the referral is full. */
  async number(referralId: string, transferId: string): Promise<number | undefined> {
    const isNew = { _id: referralId, transfers: { $ne: transferId }, [`transfers.${transfersMax - 1}`]: { $exists: false } };
    await this.model.updateOne(isNew, { $push: { transfers: transferId } }).exec();
    const referral = await this.model.findById(referralId).lean<Referral>().exec();
    const index = referral?.transfers.indexOf(transferId) ?? -1;
    return index < 0 ? undefined : index + 1;
  }
}

function randomReference(): string {
  return referenceFrom(Array.from({ length: 7 }, () => randomInt(31)));
}
