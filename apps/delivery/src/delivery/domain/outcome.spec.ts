import { outcomeOf } from './outcome.js';
import { waitMs } from './retry.js';

const careful = { notTaken: [] };
const answered = (status: number) => outcomeOf({ type: 'answered', status }, careful);

describe('what is known after one sending', () => {
  it.each([200, 201])('%i: stored', (status) =>
    expect(answered(status)).toEqual({ type: 'delivered', evidence: ['handed', 'stored'], httpStatus: status }),
  );
  it('202: handed over, not yet stored', () => expect(answered(202)).toEqual({ type: 'delivered', evidence: ['handed'], httpStatus: 202 }));
  it.each([409, 412])('%i proves nothing', (status) =>
    expect(answered(status)).toEqual({ type: 'unknown', reason: 'conflict', httpStatus: status }),
  );
  it('408: unknown', () => expect(answered(408)).toEqual({ type: 'unknown', reason: 'http-4xx', httpStatus: 408 }));
  it.each([429, 503])('%i: unknown, but where the profile says "not taken" a known failure', (status) => {
    expect(answered(status)).toMatchObject({ type: 'unknown', httpStatus: status });
    expect(outcomeOf({ type: 'answered', status, retryAfterMs: 9 }, { notTaken: [429, 503] })).toEqual({
      type: 'failed',
      reason: 'not-taken',
      isFinal: false,
      httpStatus: status,
      retryAfterMs: 9,
    });
  });
  it.each([500, 502, 504])('%i: unknown', (status) =>
    expect(answered(status)).toEqual({ type: 'unknown', reason: 'http-5xx', httpStatus: status }),
  );
  it.each([401, 403, 404])('%i: failed, and may be mended', (status) =>
    expect(answered(status)).toEqual({ type: 'failed', reason: 'http-4xx', isFinal: false, httpStatus: status }),
  );
  it.each([400, 405, 410, 413, 415, 422])('%i: failed for good', (status) =>
    expect(answered(status)).toEqual({ type: 'failed', reason: 'http-4xx', isFinal: true, httpStatus: status }),
  );
  it('a redirect is not followed and not taken', () =>
    expect(answered(307)).toEqual({ type: 'failed', reason: 'not-taken', isFinal: false, httpStatus: 307 }));
  it('never connected: a known failure', () =>
    expect(outcomeOf({ type: 'not-connected' }, careful)).toMatchObject({ type: 'failed', reason: 'not-connected' }));
  it('permit over before the first byte: a known failure', () =>
    expect(outcomeOf({ type: 'not-begun' }, careful)).toMatchObject({ type: 'failed', reason: 'permit-over' }));
  it.each([
    ['cut', 'permit-over'],
    ['lost', 'connection-lost'],
    ['no-answer', 'no-answer'],
    ['not-readable', 'answer-not-readable'],
  ] as const)('%s: unknown', (type, reason) => expect(outcomeOf({ type }, careful)).toEqual({ type: 'unknown', reason }));
});

describe('the wait before the next attempt', () => {
  const policy = { firstMs: 1000, maxMs: 60_000, budgetMs: 1 };
  it('doubles with each attempt up to the longest wait', () =>
    expect([1, 2, 3, 7, 500].map((attempts) => waitMs(policy, attempts, 1))).toEqual([1000, 2000, 4000, 60_000, 60_000]));
  it('is spread by jitter over half of its step', () => expect([waitMs(policy, 2, 0), waitMs(policy, 2, 0.5)]).toEqual([1000, 1500]));
  it('is never shorter than the receiver asks, up to a day', () => {
    expect(waitMs(policy, 1, 1, 5000)).toBe(5000);
    expect(waitMs(policy, 1, 1, 9e12)).toBe(24 * 3600 * 1000);
  });
});
