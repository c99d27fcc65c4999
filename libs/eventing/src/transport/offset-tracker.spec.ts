import { describe, expect, it } from '@jest/globals';
import { OffsetTracker } from './offset-tracker.js';

describe('What may be committed of a partition', () => {
  it('is the unbroken beginning of what is handled, whatever the order', () => {
    const tracker = new OffsetTracker();
    const [first, second, third] = [7n, 8n, 12n].map((offset) => tracker.take(offset));
    third?.();
    second?.();
    expect(tracker.committable()).toBeUndefined();
    first?.();
    expect(tracker.committable()).toBe(13n);
  });

  it('is nothing new after it was committed', () => {
    const tracker = new OffsetTracker();
    tracker.take(0n)();
    expect(tracker.committable()).toBe(1n);
    tracker.committed(1n);
    expect(tracker.committable()).toBeUndefined();
  });
});
