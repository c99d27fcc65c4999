import type { Ask, Doors } from '../doors/doors.client.js';
import { clock, Failed, type Io } from '../io.js';
import { finalStates, type TransferView } from './transfer.js';

/** How often a person's wait is refreshed, ms. */
const lookAgainMs = 400;

/**
 * Follows a transfer until nothing happens by itself any more: a final state, or a hold that a person must answer. Says each step when it is there.
 * @throws Failed after `forMs`, or when a door refuses.
 */
export async function follow(
  doors: Doors,
  id: string,
  as: Ask,
  options: { say: Io['say']; forMs: number; until?: (transfer: TransferView) => boolean },
): Promise<TransferView> {
  const end = performance.now() + options.forMs;
  const isOver = options.until ?? ((transfer) => finalStates.has(transfer.state) || transfer.state === 'held');
  const told = new Set<string>();
  for (;;) {
    const transfer = await doors.call<TransferView>('GET', `/ingestion/transfers/${id}`, as);
    for (const step of transfer.timeline ?? []) {
      const line = `${clock(step.at)}  ${step.what}  (${step.service})`;
      if (!told.has(line)) options.say(line);
      told.add(line);
    }
    if (isOver(transfer)) return transfer;
    if (performance.now() > end)
      throw new Failed(
        `Transfer ${transfer.reference} is still ${transfer.state} after ${Math.round(options.forMs / 1000)} s. ${transfer.nextStep ?? ''}`,
      );
    await new Promise((resolve) => setTimeout(resolve, lookAgainMs));
  }
}
