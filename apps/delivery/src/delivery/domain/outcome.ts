import type { AttemptOutcome, RecipientFacts } from './delivery.js';

/** What the egress saw of one sending. `answered`: a status line came, whatever became of the rest. */
export type Sending =
  | {
      readonly type: 'answered';
      readonly status: number;
      readonly location?: string;
      readonly locations?: readonly string[];
      readonly retryAfterMs?: number;
    }
  /** No byte of the request was handed to a connection. */
  | { readonly type: 'not-connected' }
  /** The permit's life was over before the first byte. */
  | { readonly type: 'not-begun' }
  /** The permit's life was over, or the process stopped, with bytes sent: the connection was cut. */
  | { readonly type: 'cut' }
  | { readonly type: 'lost' }
  | { readonly type: 'no-answer' }
  | { readonly type: 'not-readable' };

/** Answers that no waiting mends: the package itself is not wanted as it is. */
const finalStatuses = [400, 405, 410, 413, 415, 422];

/**
 * What is known after one sending (design.md section 6): known failures are never connected, an answer below 500 except 408, and
 * 429 or 503 only where the receiver's profile says "not taken"; 409 and 412 prove nothing; every other end without a 2xx is unknown.
 */
export function outcomeOf(sending: Sending, recipient: Pick<RecipientFacts, 'notTaken'>): AttemptOutcome {
  switch (sending.type) {
    case 'not-connected':
      return { type: 'failed', reason: 'not-connected', isFinal: false };
    case 'not-begun':
      return { type: 'failed', reason: 'permit-over', isFinal: false };
    case 'cut':
      return { type: 'unknown', reason: 'permit-over' };
    case 'lost':
      return { type: 'unknown', reason: 'connection-lost' };
    case 'no-answer':
      return { type: 'unknown', reason: 'no-answer' };
    case 'not-readable':
      return { type: 'unknown', reason: 'answer-not-readable' };
    case 'answered':
      return answered(sending, recipient);
  }
}

function answered(sending: Extract<Sending, { type: 'answered' }>, recipient: Pick<RecipientFacts, 'notTaken'>): AttemptOutcome {
  const { status, location, locations, retryAfterMs } = sending;
  const waits = { httpStatus: status, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
  if (status >= 200 && status < 300) {
    // 200 and 201 say "stored" (200: it was there already, by conditional create); another 2xx says only that it was accepted.
    const evidence = status <= 201 ? (['handed', 'stored'] as const) : (['handed'] as const);
    const places = { ...(location === undefined ? {} : { location }), ...(locations === undefined ? {} : { locations }) };
    return { type: 'delivered', evidence, httpStatus: status, ...places };
  }
  if (status === 429 || status === 503) {
    if (recipient.notTaken.includes(status)) return { type: 'failed', reason: 'not-taken', isFinal: false, ...waits };
    return { type: 'unknown', reason: status === 429 ? 'http-4xx' : 'http-5xx', ...waits };
  }
  if (status === 409 || status === 412) return { type: 'unknown', reason: 'conflict', ...waits };
  if (status === 408) return { type: 'unknown', reason: 'http-4xx', ...waits };
  if (status >= 500) return { type: 'unknown', reason: 'http-5xx', ...waits };
  // A redirect is not followed: the address is the directory's, and a person mends it there.
  if (status < 400) return { type: 'failed', reason: 'not-taken', isFinal: false, ...waits };
  return { type: 'failed', reason: 'http-4xx', isFinal: finalStatuses.includes(status), ...waits };
}
