import { randomUUID } from 'node:crypto';
import { Controller, Inject } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import type { EventOn } from '#libs/contracts';
import type { IncomingMessage, Settled } from '#libs/eventing';
import { assertNever } from '#libs/shared/domain';
import { DirectoryService } from '../directory/directory.service.js';
import { DELIVERIES, type DeliveryCases } from './delivery.repository.js';
import type { DeliveryInput } from './domain/delivery.js';

/** Listens to consent: releases, answers to asks, gates. */
@Controller()
export class DeliveryConsumer {
  constructor(
    @Inject(DELIVERIES) private readonly deliveries: DeliveryCases,
    private readonly directory: DirectoryService,
  ) {}

  @EventPattern<string>('bulfinch.consent.v1', { reader: 'delivery' })
  onConsent(@Payload() message: IncomingMessage): Promise<Settled> {
    return this.deliveries.receive('bulfinch.consent.v1', message, (event, now) => this.toInput(event, now.getTime()));
  }

  private async toInput(event: EventOn<'bulfinch.consent.v1'>, now: number): Promise<DeliveryInput | undefined> {
    switch (event.type) {
      case 'org.bulfinch.consent.record-released.v1': {
        const { facts, release, content } = event.data;
        const { patientId, direction } = facts;
        return {
          type: 'Released',
          deliveryId: randomUUID(),
          release,
          patientId,
          direction,
          content,
          recipient: await this.directory.recipient(facts.recipientId),
          now,
        };
      }
      case 'org.bulfinch.consent.permit-granted.v1':
        return { type: 'PermitGranted', ...event.data, now };
      case 'org.bulfinch.consent.permit-refused.v1':
        return { type: 'PermitRefused', permitId: event.data.permitId, release: event.data.release, now };
      case 'org.bulfinch.consent.gate-closing.v1':
        return { type: 'GateShut', gate: 'closing', now };
      case 'org.bulfinch.consent.gate-closed.v1':
        return { type: 'GateShut', gate: 'closed', now };
      case 'org.bulfinch.consent.review-started.v1':
      case 'org.bulfinch.consent.release-held.v1':
      case 'org.bulfinch.consent.hold-answered.v1':
      case 'org.bulfinch.consent.release-refused.v1':
      case 'org.bulfinch.consent.permit-ended.v1':
      case 'org.bulfinch.consent.left-corrected.v1':
        return undefined;
      default:
        return assertNever(event);
    }
  }
}
