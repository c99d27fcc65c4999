import { describe, expect, it } from '@jest/globals';
import { until } from '../testing/until.js';
import { KeyQueue } from './key-queue.js';

interface Item {
  readonly key: string;
  readonly n: number;
}
const tick = () => new Promise((resolve) => setTimeout(resolve, 1));
function queueOf(handle: (item: Item) => Promise<void>, keysMax = 4): KeyQueue<Item> {
  return new KeyQueue<Item>({ handle, keysMax, onRetry: () => undefined });
}

describe('The queue of a reader', () => {
  it('keeps the order of each key while keys run side by side, never more than its slots', async () => {
    const seen: Record<string, number[]> = {};
    let running = 0;
    let most = 0;
    const queue = queueOf(async ({ key, n }) => {
      most = Math.max(most, ++running);
      await tick();
      seen[key] = [...(seen[key] ?? []), n];
      running--;
    });
    for (let n = 0; n < 20; n++) for (const key of ['a', 'b', 'c', 'd', 'e', 'f']) queue.push(key, { key, n });
    await until(() => queue.length === 0);
    for (const key of ['a', 'b', 'c', 'd', 'e', 'f']) expect(seen[key]).toEqual(Array.from({ length: 20 }, (_, n) => n));
    expect(most).toBe(4);
  });

  it('tries an item that fails again in place: its key waits, the others do not, and it is told done once', async () => {
    let isAway = true;
    const seen: string[] = [];
    const done: string[] = [];
    const queue = queueOf(async ({ key, n }) => {
      if (isAway && key === 'a') throw new Error('storage is away');
      seen.push(`${key}${n}`);
    });
    for (const key of ['a', 'b']) for (const n of [1, 2]) queue.push(key, { key, n }, () => done.push(`${key}${n}`));
    await until(() => seen.length === 2);
    expect(done).toEqual(['b1', 'b2']);
    isAway = false;
    await until(() => queue.length === 0);
    expect(seen).toEqual(['b1', 'b2', 'a1', 'a2']);
    expect(done).toEqual(['b1', 'b2', 'a1', 'a2']);
  });

  it('makes a sender wait for room', async () => {
    const gate = Promise.withResolvers<void>();
    const queue = queueOf(() => gate.promise);
    for (let n = 0; n < 3; n++) queue.push('a', { key: 'a', n });
    let hasRoom = false;
    const waiting = queue.roomBelow(3).then(() => {
      hasRoom = true;
    });
    await tick();
    expect(hasRoom).toBe(false);
    gate.resolve();
    await waiting;
    expect(hasRoom).toBe(true);
  });

  it('lets what runs end at a close, leaves the rest undone and takes no more', async () => {
    const seen: number[] = [];
    const done: number[] = [];
    const queue = queueOf(async ({ n }) => {
      await tick();
      seen.push(n);
    });
    for (const n of [1, 2, 3]) queue.push('a', { key: 'a', n }, () => done.push(n));
    await queue.close(1_000);
    queue.push('a', { key: 'a', n: 4 });
    await tick();
    expect(seen).toEqual([1]);
    expect(done).toEqual([1]);
  });
});
