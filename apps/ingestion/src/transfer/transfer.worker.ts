import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { TRANSFERS, type TransferCases } from './transfer.repository.js';

/** Looking at a clock takes no time; the lease is long only for a process that stands still. */
const leaseMs = 30_000;
const concurrency = 4;

/** Notices deadlines that have passed: a person is asked for (design.md section 3; deadlines heal nothing). */
@Injectable()
export class DeadlineWorker implements OnModuleInit {
  constructor(@Inject(TRANSFERS) private readonly transfers: TransferCases) {}

  onModuleInit(): void {
    this.transfers.work({
      kind: 'deadline',
      effect: 'inner',
      leaseMs,
      concurrency,
      run: async () => ({ type: 'CheckDeadline', at: new Date().toISOString() }),
    });
  }
}
