import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import type { IncomingMessage, Settled } from '#libs/eventing';
import { DirectoryService } from './directory.service.js';

/** Directory facts in. */
@Controller()
export class DirectoryConsumer {
  constructor(private readonly directory: DirectoryService) {}

  @EventPattern<string>('bulfinch.directory.v1', { reader: 'ingestion' })
  changed(@Payload() message: IncomingMessage): Promise<Settled> {
    return this.directory.hear(message);
  }
}
