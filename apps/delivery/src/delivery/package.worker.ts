import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import type { Job } from '#libs/eventing';
import { Vault } from '#libs/vault';
import { DELIVERIES, type DeliveryCases } from './delivery.repository.js';
import { nextDue, packageWork } from './domain/definition.js';
import type { DeliveryInput, TransferDeliveries } from './domain/delivery.js';
import { buildPackage } from './domain/package.js';
import { buildTransaction } from './domain/transaction.js';

/** Building takes seconds at most; a worker silent for this long is gone, ms. */
const leaseMs = 60_000;
/** Packages built side by side: each stands in memory. */
const concurrency = 4;

/** Builds the package of a release once and stores it sealed to delivery: every attempt sends these bytes. */
@Injectable()
export class PackageWorker implements OnModuleInit {
  constructor(
    @Inject(DELIVERIES) private readonly deliveries: DeliveryCases,
    private readonly vault: Vault,
  ) {}

  onModuleInit(): void {
    this.deliveries.work({ kind: packageWork, effect: 'inner', leaseMs, concurrency, run: (job) => this.run(job) });
  }

  private async run({ id, state }: Job<TransferDeliveries>): Promise<DeliveryInput | undefined> {
    const due = nextDue(state);
    if (due?.kind !== packageWork) return undefined;
    const { deliveryId, patientId, content, recipient } = due.delivery;
    const mode = recipient.mode ?? 'document';
    const build = mode === 'transaction' ? buildTransaction : buildPackage;
    const built = build(await this.vault.open(content), deliveryId);
    const stored = await this.vault.put(built, { patientId, readers: ['delivery'], heldBy: id });
    return { type: 'Built', deliveryId, package: stored, mode, now: Date.now() };
  }
}
