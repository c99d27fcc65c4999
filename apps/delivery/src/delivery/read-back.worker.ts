import { randomUUID } from 'node:crypto';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import type { Job } from '#libs/eventing';
import { Vault } from '#libs/vault';
import { DirectoryService } from '../directory/directory.service.js';
import { DELIVERIES, type DeliveryCases } from './delivery.repository.js';
import { nextDue, readBackWork } from './domain/definition.js';
import type { Delivery, DeliveryInput, TransferDeliveries } from './domain/delivery.js';
import type { ReadResult } from './domain/reading.js';
import { FhirPushClient } from './fhir-push.client.js';

/** A reading changes nothing: a worker silent for this long is followed by another, ms. */
const leaseMs = 60_000;
/** Readings side by side: each holds a package and what the receiver serves in memory. */
const concurrency = 4;
/** Longest wait for a reading, ms. It is no sending, whose answer may take as long as the receiver's profile says. */
const answerTimeoutMsMax = 30_000;

/** Reads what a receiver stored and compares it with what was sent (domain.md section 5): the evidence *taken*. */
@Injectable()
export class ReadBackWorker implements OnModuleInit {
  constructor(
    @Inject(DELIVERIES) private readonly deliveries: DeliveryCases,
    private readonly directory: DirectoryService,
    private readonly vault: Vault,
    private readonly client: FhirPushClient,
  ) {}

  onModuleInit(): void {
    this.deliveries.work({ kind: readBackWork, effect: 'outer', leaseMs, concurrency, run: (job) => this.run(job) });
  }

  private async run({ state, signal }: Job<TransferDeliveries>): Promise<DeliveryInput | undefined> {
    const due = nextDue(state);
    if (due?.kind !== readBackWork) return undefined;
    const { deliveryId } = due.delivery;
    const result = await this.read(due.delivery, signal);
    return { type: 'ReadBack', deliveryId, result, now: Date.now(), jitter: Math.random(), holdId: randomUUID() };
  }

  private async read(delivery: Delivery, signal: AbortSignal): Promise<ReadResult> {
    const { recipientId, channelHash } = delivery.recipient;
    if (!delivery.package || !(await this.directory.find(recipientId))) return { type: 'unreadable' };
    const target = await this.directory.target(recipientId);
    // Another address is another receiver: it is not asked for what the former one holds.
    if (target.channelHash !== channelHash) return { type: 'unreadable' };
    const content = Buffer.from(await this.vault.open(delivery.package));
    const answerTimeoutMs = Math.min(target.answerTimeoutMs, answerTimeoutMsMax);
    const location = delivery.attempts.findLast((attempt) => attempt.outcome === 'delivered')?.location;
    return this.client.readBack(
      { target: { ...target, answerTimeoutMs }, deliveryId: delivery.deliveryId, mode: 'document', content, signal },
      location,
    );
  }
}
