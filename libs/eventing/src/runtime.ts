import type { ServiceName } from '#libs/contracts';
import type { Counters } from './counters.js';
import type { Cause } from './definition.js';
import type { Logger } from './logger.js';
import type { Timings } from './timings.js';

/** What every part of one service's runtime shares. `now` is the wall clock: for what people read and for dueAt, never for leases. */
export interface Runtime {
  readonly service: ServiceName;
  readonly now: () => Date;
  readonly logger: Logger;
  readonly counters: Counters;
  readonly timings: Timings;
  /** What a command was caused by where its caller does not say: the request under way. */
  readonly ambientCause: () => Cause | undefined;
}
