import { Inject, Injectable } from '@nestjs/common';
import type { Cases } from '#libs/eventing';
import type { DeliveryInput, DeliveryRefusal, TransferDeliveries } from './domain/delivery.js';

/** Token of the cases of deliveries, id = transferId. */
export const DELIVERIES = 'delivery:deliveries';
export type DeliveryCases = Cases<TransferDeliveries, DeliveryInput, DeliveryRefusal>;

@Injectable()
export class DeliveryRepository {
  constructor(@Inject(DELIVERIES) private readonly cases: DeliveryCases) {
    // For acknowledgements, which name a delivery. Made by the migrate step with the other indexes of the collection.
    cases.model.schema.index({ 'state.deliveries.deliveryId': 1 }, { name: 'deliveryId' });
  }

  async find(transferId: string): Promise<TransferDeliveries | undefined> {
    return (await this.cases.load(transferId))?.state;
  }

  /** The transfer that a delivery belongs to. */
  async transferOf(deliveryId: string): Promise<{ readonly transferId: string; readonly state: TransferDeliveries } | undefined> {
    const found = await this.cases.model
      .findOne({ 'state.deliveries.deliveryId': deliveryId })
      .select({ state: 1 })
      .lean<{ _id: string; state: TransferDeliveries }>();
    return found ? { transferId: found._id, state: found.state } : undefined;
  }
}
