import { randomUUID } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import type { AccessData } from '#libs/contracts';
import { type Cases, Eventing } from '#libs/eventing';
import { Problem } from '../http/index.js';
import {
  type AccessRefusal,
  type AccessState,
  decideAccess,
  evolveAccess,
  initialAccess,
  publishAccess,
  type RecordAccess,
} from './domain/access.js';

/** Records every look at patient data before it is answered (domain.md section 6): one small case each, told on `bulfinch.access.v1`. */
@Injectable()
export class AccessLog {
  private readonly logger = new Logger('access');
  private readonly accesses: Cases<AccessState, RecordAccess, AccessRefusal>;

  constructor(eventing: Eventing) {
    this.accesses = eventing.cases({
      service: eventing.service,
      collection: 'accesses',
      shape: 1,
      topic: 'bulfinch.access.v1',
      initial: initialAccess,
      decide: decideAccess,
      evolve: evolveAccess,
      publish: (fact) => publishAccess(eventing.service, fact),
    });
  }

  /** Durable in the service's own outbox when it returns. @throws Problem 503 when it cannot be recorded: then nothing is shown. */
  async record(access: AccessData): Promise<void> {
    try {
      await this.accesses.handle(randomUUID(), { type: 'Record', access });
    } catch (error) {
      this.logger.error({ what: 'an access could not be recorded', error: error instanceof Error ? error.name : 'unknown' });
      throw new Problem(503, 'not-recorded', 'Who looks at patient data is recorded first, and that did not work. Try again.');
    }
  }
}
