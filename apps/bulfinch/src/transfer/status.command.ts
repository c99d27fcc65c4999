import type { Command } from 'commander';
import { readReference } from '#libs/shared/domain';
import { Doors } from '../doors/doors.client.js';
import { clock, table } from '../io.js';
import type { Setting } from '../setting.js';
import { shownTransfer } from './shown-transfer.js';
import type { TransferView } from './transfer.js';

const staff = { roles: ['records-staff'] };

export function addStatus(program: Command, { config, io }: Setting): void {
  program
    .command('status')
    .description('where a transfer stands, everything under a reference, or the latest transfers')
    .argument('[reference]', 'K7QM-3XPC-2 for a transfer, K7QM-3XPC for a referral, or an id')
    .option('--json', 'as the door answers')
    .action(async (typed: string | undefined, { json }: { json?: true }) => {
      const doors = await Doors.open(config);
      const { answer, lines } = await ask(doors, typed);
      if (json) io.out(JSON.stringify(answer));
      else for (const line of lines) io.out(line);
    });
}

async function ask(doors: Doors, typed: string | undefined): Promise<{ answer: object; lines: readonly string[] }> {
  if (typed === undefined) {
    const answer = await doors.call<{ transfers: readonly TransferView[] }>('GET', '/ingestion/transfers', staff);
    return { answer, lines: answer.transfers.length > 0 ? listed(answer.transfers) : ['There are no transfers yet.'] };
  }
  const reading = readReference(typed);
  if ('reference' in reading && reading.number === undefined) {
    const answer = await doors.call<{ reference: string; transfers: readonly TransferView[] }>(
      'GET',
      `/ingestion/referrals/${encodeURIComponent(typed)}`,
      staff,
    );
    return { answer, lines: [`referral ${answer.reference}`, ...listed(answer.transfers)] };
  }
  const answer = await doors.call<TransferView>('GET', `/ingestion/transfers/${encodeURIComponent(typed)}`, staff);
  return { answer, lines: shownTransfer(answer) };
}

function listed(transfers: readonly TransferView[]): readonly string[] {
  return table(
    transfers.map(({ reference, state, since, senderId, recipientId, whoseTurn }) => [
      reference,
      state,
      clock(since),
      `${senderId} -> ${recipientId}`,
      `turn: ${whoseTurn}`,
    ]),
  );
}
