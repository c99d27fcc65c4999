import { describe, expect, it } from '@jest/globals';
import { LeaseWatch } from './lease-watch.js';

const lease = (beat: number, holder = 'one') => ({ holder, beat, kind: 'convert' });

describe('A lease of another process', () => {
  it('is over when its token has stood still for its length, counted from when this process first saw it', () => {
    const watch = new LeaseWatch();
    expect(watch.remaining('case', lease(4), 1_000, 50)).toBe(1_000);
    expect(watch.remaining('case', lease(4), 1_000, 1_049)).toBe(1);
    expect(watch.remaining('case', lease(4), 1_000, 1_050)).toBe(0);
  });

  it('is counted anew after every beat and for every holder', () => {
    const watch = new LeaseWatch();
    watch.remaining('case', lease(4), 1_000, 0);
    expect(watch.remaining('case', lease(5), 1_000, 999)).toBe(1_000);
    expect(watch.remaining('case', lease(5, 'two'), 1_000, 1_998)).toBe(1_000);
    expect(watch.remaining('case', lease(5, 'two'), 1_000, 2_998)).toBe(0);
  });

  it('is counted anew when it was out of sight', () => {
    const watch = new LeaseWatch();
    watch.remaining('case', lease(4), 1_000, 0);
    watch.keepOnly(new Set());
    expect(watch.remaining('case', lease(4), 1_000, 5_000)).toBe(1_000);
  });
});
