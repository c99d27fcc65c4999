import { z } from 'zod';
import { ConfigProblem, commonSettings, loadConfig } from '#libs/shared/config';

/** Life of a permit, ms (design.md section 5): long enough to connect and begin, short enough for a patient who waits for a revocation. */
export const permitLifeMs = 30_000;
/** Added to a life before a gate is closed, ms: the clocks of two machines may differ in rate by 10 %. */
export const permitMarginMs = 3_000;

const settings = z.object({
  ...commonSettings,
  /** Shorter for tests only; below a second a test would measure the machine and not the rule. */
  PERMIT_LIFE_MS: z.coerce.number().int().min(1000).max(permitLifeMs).default(permitLifeMs),
  PERMIT_MARGIN_MS: z.coerce.number().int().min(100).max(permitMarginMs).default(permitMarginMs),
  /** How long a review may take before the transfer needs attention, days. */
  REVIEW_DAYS: z.coerce.number().int().min(1).max(90).default(5),
  /**
   * How long a recipient that the directory has not told of yet is waited for before the release is refused, seconds. Twice the hour after
   * which what was lost comes again at the latest (design.md section 3): a fact that is late must not refuse a transfer for good.
   */
  RECIPIENT_WAIT_SECONDS: z.coerce.number().int().min(1).max(86_400).default(7200),
});
export type ConsentConfig = z.infer<typeof settings>;

/** Token of the settings in Nest's container. */
export const CONFIG = 'consent:config';

/** @throws ConfigProblem that names every wrong setting. */
export function consentConfig(environment?: NodeJS.ProcessEnv): ConsentConfig {
  const config = loadConfig(settings, environment);
  if (config.NODE_ENV !== 'test' && (config.PERMIT_LIFE_MS !== permitLifeMs || config.PERMIT_MARGIN_MS !== permitMarginMs))
    throw new ConfigProblem(
      'Bulfinch cannot start: PERMIT_LIFE_MS and PERMIT_MARGIN_MS are for tests only (NODE_ENV=test); delivery counts on their fixed lengths.',
    );
  return config;
}
