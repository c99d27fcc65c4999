import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import type { IncomingMessage, Settled } from '#libs/eventing';
import { LogService } from './log.service.js';

/** Audit listens to every topic; nothing happens that it does not hear of (design.md section 1). */
@Controller()
export class LogConsumer {
  constructor(private readonly log: LogService) {}

  @EventPattern<string>('bulfinch.ingestion.v1', { reader: 'audit' })
  onIngestion(@Payload() message: IncomingMessage): Promise<Settled> {
    return this.log.hear('bulfinch.ingestion.v1', message);
  }

  @EventPattern<string>('bulfinch.normalization.v1', { reader: 'audit' })
  onNormalization(@Payload() message: IncomingMessage): Promise<Settled> {
    return this.log.hear('bulfinch.normalization.v1', message);
  }

  @EventPattern<string>('bulfinch.consent.v1', { reader: 'audit' })
  onConsent(@Payload() message: IncomingMessage): Promise<Settled> {
    return this.log.hear('bulfinch.consent.v1', message);
  }

  @EventPattern<string>('bulfinch.delivery.v1', { reader: 'audit' })
  onDelivery(@Payload() message: IncomingMessage): Promise<Settled> {
    return this.log.hear('bulfinch.delivery.v1', message);
  }

  @EventPattern<string>('bulfinch.access.v1', { reader: 'audit' })
  onAccess(@Payload() message: IncomingMessage): Promise<Settled> {
    return this.log.hear('bulfinch.access.v1', message);
  }

  @EventPattern<string>('bulfinch.directory.v1', { reader: 'audit' })
  onDirectory(@Payload() message: IncomingMessage): Promise<Settled> {
    return this.log.hear('bulfinch.directory.v1', message);
  }
}
