import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import type { Cases } from '#libs/eventing';
import { CONFIG, type DeliveryConfig } from '../config.js';
import type { DeliveryInput, DeliveryRefusal, TransferDeliveries } from './domain/delivery.js';

/** Token of the cases of deliveries, id = transferId. */
export const DELIVERIES = 'delivery:deliveries';
export type DeliveryCases = Cases<TransferDeliveries, DeliveryInput, DeliveryRefusal>;

@Injectable()
export class DeliveryRepository implements OnModuleInit {
  constructor(
    @Inject(DELIVERIES) private readonly cases: DeliveryCases,
    @Inject(CONFIG) private readonly config: DeliveryConfig,
  ) {}

  async onModuleInit(): Promise<void> {
    if (this.config.NODE_ENV !== 'production') await this.migrate();
  }

  /** The index for acknowledgements, which name a delivery. Safe to repeat. */
  async migrate(): Promise<void> {
    await this.cases.model.collection.createIndex({ 'state.deliveries.deliveryId': 1 }, { name: 'deliveryId' });
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
