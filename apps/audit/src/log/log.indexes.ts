import type { OnModuleInit } from '@nestjs/common';
import type { EntryRepository } from './entry.repository.js';
import type { LogQuery } from './log.query.js';

/** The log's own indexes beside those of its cases: made by the explicit migrate step in production, at start elsewhere. */
export class LogIndexes implements OnModuleInit {
  constructor(
    private readonly entries: EntryRepository,
    private readonly query: LogQuery,
    private readonly environment: 'production' | 'development' | 'test',
  ) {}

  async onModuleInit(): Promise<void> {
    if (this.environment !== 'production') await this.migrate();
  }

  /** Safe to repeat. */
  async migrate(): Promise<void> {
    await this.entries.migrate();
    await this.query.migrate();
  }
}
