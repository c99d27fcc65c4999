import { World, type WorldOptions } from './world.js';

/**
 * A process of its own for the tests that kill -9 it. One argument, JSON: the world's options, and how much to say.
 * Prints `heard` for every event that reached the reader.
 */
const { say, names, slowMs, ...options } = JSON.parse(process.argv[2] ?? '{}') as WorldOptions & {
  // The cast is what the parent wrote one line before.
  readonly say: number;
  readonly names: readonly string[];
  readonly slowMs: number;
};
const world = await World.open({
  ...options,
  beforeHearing: async () => {
    await new Promise((resolve) => setTimeout(resolve, slowMs));
    process.stdout.write('heard\n');
    return true;
  },
});
await world.start();
process.stdout.write('started\n');
await Promise.all(
  names.map(async (name) => {
    for (let count = 0; count < say; count++) await world.speakers.handle(world.subject(name), { type: 'say' });
  }),
);
process.stdout.write('said\n');
