import { type Command, Option } from 'commander';
import { namesReferral, partyArgument, referenceArgument } from '../arguments.js';
import { Doors } from '../doors/doors.client.js';
import { clock, table, WrongUse } from '../io.js';
import type { Setting } from '../setting.js';
import { type ReportView, shownReport } from './shown-report.js';
import { shownTransfer } from './shown-transfer.js';
import { type TransferView, transferStates } from './transfer.js';

const staff = { roles: ['records-staff'] };
/** Pages of 50 that --all reads; whoever needs more narrows the question. */
const pagesMax = 200;

interface Filter {
  readonly state?: string;
  readonly recipient?: string;
}
interface Options extends Filter {
  readonly all?: true;
  readonly report?: true;
  readonly json?: true;
}
interface Page {
  readonly transfers: readonly TransferView[];
  /** Cursor of the next page, where there is one. */
  readonly next?: string;
}
/** What is shown: the doors' own words, and lines for people. `hint` belongs to neither. */
interface Shown {
  readonly answer: object;
  readonly lines: readonly string[];
  readonly hint?: string;
}

export function addStatus(program: Command, { config, io }: Setting): void {
  program
    .command('status')
    .description('where a transfer stands, everything under a reference, or the latest transfers')
    .argument('[reference]', 'K7QM-3XPC-2 for a transfer, K7QM-3XPC for a referral, or the id of a transfer', referenceArgument)
    .addOption(new Option('--state <state>', 'without reference: only those in this state').choices(transferStates))
    .option('--recipient <party>', 'without reference: only those to this party', partyArgument)
    .option('--all', 'without reference: all of them, not the 50 newest only')
    .option('--report', 'of one transfer: what its conversion lost, section by section')
    .option('--json', 'as the door answers')
    .action(async (typed: string | undefined, options: Options) => {
      refuseMixed(typed, options);
      const { answer, lines, hint } = await ask(await Doors.open(config), typed, options);
      for (const line of options.json ? [JSON.stringify(answer)] : lines) io.out(line);
      if (hint) io.say(hint);
    });
}

function refuseMixed(typed: string | undefined, { state, recipient, all, report }: Options): void {
  if (typed !== undefined && (state ?? recipient ?? all) !== undefined)
    throw new WrongUse('--state, --recipient and --all choose from the list: they do not go with a reference.');
  if (report && (typed === undefined || namesReferral(typed)))
    throw new WrongUse('--report is of one transfer: name it by its reference, like K7QM-3XPC-2, or its id.');
}

async function ask(doors: Doors, typed: string | undefined, options: Options): Promise<Shown> {
  if (typed === undefined) return list(doors, options);
  const named = encodeURIComponent(typed);
  if (namesReferral(typed)) {
    const answer = await doors.call<Page & { reference: string }>('GET', `/ingestion/referrals/${named}`, staff);
    return { answer, lines: [`referral ${answer.reference}`, ...listed(answer.transfers)] };
  }
  const transfer = await doors.call<TransferView>('GET', `/ingestion/transfers/${named}`, staff);
  if (!options.report) return { answer: transfer, lines: shownTransfer(transfer) };
  const report = await doors.call<ReportView>('GET', `/normalization/transfers/${transfer.id}/report`, staff);
  return { answer: report, lines: [`${transfer.reference}  conversion report`, ...shownReport(report)] };
}

async function list(doors: Doors, { state, recipient, all }: Options): Promise<Shown> {
  const transfers: TransferView[] = [];
  let next: string | undefined;
  for (let page = 0; page < (all ? pagesMax : 1); page++) {
    const asked = Object.entries({ state, recipient, cursor: next }).filter((pair): pair is [string, string] => pair[1] !== undefined);
    const query = asked.length > 0 ? `?${new URLSearchParams(asked).toString()}` : '';
    const answer = await doors.call<Page>('GET', `/ingestion/transfers${query}`, staff);
    transfers.push(...answer.transfers);
    next = answer.next;
    if (next === undefined) break;
  }
  const narrowed = (state ?? recipient) !== undefined;
  const none = narrowed ? 'There are no such transfers.' : 'There are no transfers yet.';
  return {
    answer: { transfers, ...(next === undefined ? {} : { next }) },
    lines: transfers.length > 0 ? listed(transfers) : [none],
    hint: next && `the ${transfers.length} newest; ${all ? 'narrow the question by --state or --recipient' : 'more with --all'}`,
  };
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
