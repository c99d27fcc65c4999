import { Controller, Inject } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import type { IncomingMessage, Settled } from '#libs/eventing';
import type { LaterEvent } from './domain/later.js';
import type { TransferInput } from './domain/transfer.js';
import { TRANSFERS, type TransferCases } from './transfer.repository.js';

/** What the later services say of a transfer, in. */
@Controller()
export class TransferConsumer {
  constructor(@Inject(TRANSFERS) private readonly transfers: TransferCases) {}

  @EventPattern<string>('bulfinch.normalization.v1', { reader: 'ingestion' })
  normalization(@Payload() message: IncomingMessage): Promise<Settled> {
    return this.transfers.receive('bulfinch.normalization.v1', message, heard);
  }

  @EventPattern<string>('bulfinch.consent.v1', { reader: 'ingestion' })
  consent(@Payload() message: IncomingMessage): Promise<Settled> {
    return this.transfers.receive('bulfinch.consent.v1', message, heard);
  }

  @EventPattern<string>('bulfinch.delivery.v1', { reader: 'ingestion' })
  delivery(@Payload() message: IncomingMessage): Promise<Settled> {
    return this.transfers.receive('bulfinch.delivery.v1', message, heard);
  }
}

function heard(event: LaterEvent): TransferInput {
  return { type: 'Hear', event };
}
