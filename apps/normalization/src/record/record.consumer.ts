import { Controller, Inject } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import type { EventOn } from '#libs/contracts';
import type { IncomingMessage, Settled } from '#libs/eventing';
import { assertNever } from '#libs/shared/domain';
import type { RecordInput } from './domain/record.js';
import { RECORDS, type RecordCases } from './record.cases.js';
import { recordIdOf } from './record-id.js';

/** Listens to ingestion. The conversion itself is work for the worker: nothing slow happens here. */
@Controller()
export class RecordConsumer {
  constructor(@Inject(RECORDS) private readonly records: RecordCases) {}

  @EventPattern<string>('bulfinch.ingestion.v1', { reader: 'normalization' })
  onIngestion(@Payload() message: IncomingMessage): Promise<Settled> {
    return this.records.receive('bulfinch.ingestion.v1', message, inputFrom);
  }
}

function inputFrom(event: EventOn<'bulfinch.ingestion.v1'>): RecordInput | undefined {
  switch (event.type) {
    case 'org.bulfinch.ingestion.transfer-submitted.v1':
      return {
        type: 'Submitted',
        facts: event.data.facts,
        documents: event.data.documents,
        ...(event.data.patient && { patient: event.data.patient }),
        recordId: recordIdOf(event.subject),
        recordedAt: event.time,
      };
    case 'org.bulfinch.ingestion.transfer-cancelled.v1':
      return { type: 'Cancelled', actor: event.data.actor, how: event.data.how };
    case 'org.bulfinch.ingestion.transfer-created.v1':
    case 'org.bulfinch.ingestion.document-received.v1':
    case 'org.bulfinch.ingestion.document-described.v1':
      return undefined;
    default:
      return assertNever(event);
  }
}
