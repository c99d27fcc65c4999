import { z } from 'zod';
import { ConfigProblem, commonSettings, loadConfig } from '#libs/shared/config';

/** Life of a permit and its margin, ms (design.md section 5). A lease that stands still for both has an asker whose permit is over on every clock. */
const permitLifeMs = 30_000;
const permitMarginMs = 3_000;

const settings = z.object({
  ...commonSettings,
  /** How long the lease of an attempt stands still before another worker takes over, ms. Shorter for tests only. */
  DELIVERY_LEASE_MS: z.coerce
    .number()
    .int()
    .min(300)
    .default(permitLifeMs + permitMarginMs),
  /** Wait after the first attempt; doubles with each, ms. */
  DELIVERY_BACKOFF_FIRST_MS: z.coerce.number().int().min(1).default(1000),
  DELIVERY_BACKOFF_MAX_MS: z.coerce.number().int().min(1).default(3_600_000),
  /** Attempts end this long after the delivery was opened: 72 h. */
  DELIVERY_BUDGET_MS: z.coerce
    .number()
    .int()
    .min(1000)
    .default(72 * 3_600_000),
  /** Pushes side by side in one process; each holds its package in memory. */
  DELIVERY_CONCURRENCY: z.coerce.number().int().min(1).max(256).default(16),
  /** A folder with this house's private keys towards recipients with SMART Backend Services: `{recipientId}.json`, a JWK each. */
  DELIVERY_CLIENT_KEYS_DIR: z.string().min(1).optional(),
  /** A PEM file with authorities trusted beside the system's own. */
  DELIVERY_TRUSTED_CA_FILE: z.string().min(1).optional(),
});
export type DeliveryConfig = z.infer<typeof settings>;

/** Longest that delivery lets a permit live, whatever consent says, ms. */
export const permitLifeMsMax = permitLifeMs;

/** Token of the settings in Nest's container. */
export const CONFIG = 'delivery:config';

/** @throws ConfigProblem that names every wrong setting. */
export function deliveryConfig(environment?: NodeJS.ProcessEnv): DeliveryConfig {
  const config = loadConfig(settings, environment);
  if (config.NODE_ENV !== 'test' && config.DELIVERY_LEASE_MS < permitLifeMs + permitMarginMs)
    throw new ConfigProblem(
      'Bulfinch cannot start: DELIVERY_LEASE_MS may be shorter than a permit with its margin (33000) in tests only (NODE_ENV=test).',
    );
  return config;
}
