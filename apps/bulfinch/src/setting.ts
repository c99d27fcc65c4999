import type { CliConfig } from './config.js';
import type { Io } from './io.js';

/** What every command gets. */
export interface Setting {
  readonly config: CliConfig;
  readonly io: Io;
}
