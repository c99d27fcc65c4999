/** Every wait of the runtime, ms, with its reason. Tests shorten them; production never does. */
export interface Timings {
  /** How often the slow sweep looks for what a crash left. Nothing on the happy path waits for it. */
  readonly sweepMs: number;
  /** How often the marks heard are written back, and how often unheard cases are looked through (design.md section 3: each second). */
  readonly flushMs: number;
  /** Echoes of a reader are gathered this long into one message (design.md section 3: up to 250 ms). */
  readonly echoGatherMs: number;
  /** First wait before the unheard is sent again, and the longest one after doubling (design.md section 3). */
  readonly resendMs: number;
  readonly resendMsMax: number;
  /** First and longest wait after a failed publish. */
  readonly publishRetryMs: number;
  readonly publishRetryMsMax: number;
  /** `waitFor` looks this often for what another process wrote. */
  readonly lookMs: number;
  /** Longest a stop waits for running work; the whole drain stays under 20 s (design.md section 8: under 25 s). */
  readonly stopWorkMs: number;
}

export const timings: Timings = {
  sweepMs: 5_000,
  flushMs: 1_000,
  echoGatherMs: 250,
  resendMs: 30_000,
  resendMsMax: 3_600_000,
  publishRetryMs: 100,
  publishRetryMsMax: 10_000,
  lookMs: 500,
  stopWorkMs: 12_000,
};

/** Cases sent again in one second, so that a broker that comes back is not flooded (design.md section 3). */
export const resentPerTickMax = 100;
/** Compare-and-set attempts of one step. Steps of one process on one case queue up, so only other processes are rivals. */
export const attemptsMax = 50;
/** Events in one case. A transfer has some tens; a case that reaches this is stuck in a loop. */
export const outboxEventsMax = 10_000;
/** JSON bytes of one case's outbox. MongoDB's limit is 16 MB a document; the other half is for the state and the parked. */
export const outboxBytesMax = 8 * 1024 * 1024;

/** Wait before attempt `attempt` (from 0), doubling from `first` up to `longest`, ms. */
export function doubling(attempt: number, first: number, longest: number): number {
  return Math.min(longest, first * 2 ** Math.min(attempt, 40));
}

/** Resolves after `ms`, at once when `signal` aborts. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const finish = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', finish);
      resolve();
    };
    const timer = setTimeout(finish, ms);
    signal?.addEventListener('abort', finish, { once: true });
  });
}
