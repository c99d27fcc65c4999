import { randomUUID } from 'node:crypto';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import type { BlobRef } from '#libs/contracts';
import type { Job } from '#libs/eventing';
import { Vault } from '#libs/vault';
import { CONFIG, type DeliveryConfig, permitLifeMsMax } from '../config.js';
import { DirectoryService } from '../directory/directory.service.js';
import { DELIVERIES, type DeliveryCases } from './delivery.repository.js';
import { attemptWork, nextDue } from './domain/definition.js';
import type { Delivery, DeliveryInput, Progress, TransferDeliveries } from './domain/delivery.js';
import { outcomeOf } from './domain/outcome.js';
import { FhirPushClient, type Push } from './fhir-push.client.js';
import { type ClockReading, PermitLife, readClocks } from './life.js';

/**
 * One attempt, or one look, under the lease of the case (design.md sections 5 and 6): reads the clocks, asks for a permit, waits for the
 * answer in the case, writes the attempt down, sends, and gives what is known as its result.
 */
@Injectable()
export class AttemptWorker implements OnModuleInit {
  constructor(
    @Inject(DELIVERIES) private readonly deliveries: DeliveryCases,
    @Inject(CONFIG) private readonly config: DeliveryConfig,
    private readonly directory: DirectoryService,
    private readonly vault: Vault,
    private readonly client: FhirPushClient,
  ) {}

  onModuleInit(): void {
    const { DELIVERY_LEASE_MS: leaseMs, DELIVERY_CONCURRENCY: concurrency } = this.config;
    this.deliveries.work({ kind: attemptWork, effect: 'outer', leaseMs, concurrency, run: (job) => this.run(job) });
  }

  private async run(job: Job<TransferDeliveries>): Promise<DeliveryInput | undefined> {
    const due = nextDue(job.state);
    if (due?.kind !== attemptWork) return undefined;
    const { delivery } = due;
    const { deliveryId, progress } = delivery;
    // Whoever asked before had the lease before us: it stood still for a life and its margin, or its process said that it stops.
    if ('asker' in progress && progress.asker !== undefined) return { type: 'TakeOver', deliveryId, from: progress.asker, ...given() };
    if (progress.status !== 'due') return undefined;
    const push = await this.pushOf(job, delivery);
    if (!progress.look) return this.attempt(job, delivery, push);
    // Another address cannot tell what the one that was sent to holds: its "nothing there" would lead to sending twice.
    const current = await this.directory.recipient(delivery.recipient.recipientId);
    if (!push || current?.channelHash !== delivery.recipient.channelHash)
      return { type: 'Looked', deliveryId, result: 'unsearchable', ...given() };
    return { type: 'Looked', deliveryId, ...(await this.client.look(push)), ...given() };
  }

  private async attempt(
    job: Job<TransferDeliveries>,
    { deliveryId, recipient }: Delivery,
    push: Push | undefined,
  ): Promise<DeliveryInput | undefined> {
    const asker = randomUUID();
    const current = await this.directory.recipient(recipient.recipientId);
    // Before the ask: what consent counts from its own answer can only be longer.
    const clocks = readClocks();
    const asked = await this.deliveries.handleUnderLease(job, { type: 'Ask', deliveryId, asker, recipient: current, ...given() });
    if ('lost' in asked) return undefined;
    const asking = progressOf(asked.state, deliveryId);
    if ('refused' in asked || asking?.status !== 'asking' || !push) return undefined;
    const { permitId } = asking;
    const answered = await this.answer(job, deliveryId, permitId, clocks);
    if (!answered) return { type: 'LetGo', deliveryId, permitId, asker };
    if (answered.status !== 'permitted' || answered.asker !== asker) return undefined;
    const life = new PermitLife(clocks, Math.min(answered.lifeMs, permitLifeMsMax));
    if (life.isOver()) return { type: 'Void', deliveryId, permitId, asker, now: Date.now() };
    // Under the lease token (design.md section 5): a worker that was thought dead sends nothing.
    const started = await this.deliveries.handleUnderLease(job, { type: 'Start', deliveryId, permitId, asker, now: Date.now() });
    if ('lost' in started || 'refused' in started) return undefined;
    const sending = await this.client.send(push, life);
    return { type: 'Ended', deliveryId, permitId, outcome: outcomeOf(sending, current ?? recipient), ...given() };
  }

  /** Where the delivery stands once consent has answered; undefined when the life went by without an answer. The ask is not repeated. */
  private async answer(
    job: Job<TransferDeliveries>,
    deliveryId: string,
    permitId: string,
    clocks: ClockReading,
  ): Promise<Progress | undefined> {
    const isAnswered = (state: TransferDeliveries): boolean => {
      const progress = progressOf(state, deliveryId);
      return !(progress?.status === 'asking' && progress.permitId === permitId);
    };
    const timeoutMs = new PermitLife(clocks, permitLifeMsMax).remainingMs();
    const state = await this.deliveries.waitFor(job.id, isAnswered, { timeoutMs, signal: job.signal });
    return state && progressOf(state, deliveryId);
  }

  /** What is sent and where to, read before the ask so that nothing of the life is spent on it. Undefined where the recipient is gone. */
  private async pushOf({ signal }: Job<TransferDeliveries>, delivery: Delivery): Promise<Push | undefined> {
    if (!(await this.directory.find(delivery.recipient.recipientId))) return undefined;
    const target = await this.directory.target(delivery.recipient.recipientId);
    await this.client.prepare({ target, signal });
    const content = Buffer.from(await this.vault.open(packageOf(delivery)));
    return { target, deliveryId: delivery.deliveryId, mode: delivery.packageMode ?? 'document', content, signal };
  }
}

function packageOf(delivery: Delivery): BlobRef {
  if (!delivery.package) throw new Error('a delivery is due only after its package was stored');
  return delivery.package;
}

function progressOf(state: TransferDeliveries, deliveryId: string): Progress | undefined {
  return state.deliveries.find((one) => one.deliveryId === deliveryId)?.progress;
}

/** The clock, the chance and the id that a decision may need. */
function given(): { readonly now: number; readonly jitter: number; readonly holdId: string } {
  return { now: Date.now(), jitter: Math.random(), holdId: randomUUID() };
}
