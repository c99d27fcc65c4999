import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { momentArgument, partyArgument, transferArgument, uuidArgument } from '../arguments.js';
import { Doors } from '../doors/doors.client.js';
import { clock, type Io, table, WrongUse } from '../io.js';
import type { Setting } from '../setting.js';
import { auditor, shownTrail, trailOf } from './trail.js';

interface Options {
  readonly patient?: string;
  readonly transfer?: string;
  readonly referral?: string;
  readonly recipient?: string;
  readonly actor?: string;
  readonly type?: string;
  readonly from?: string;
  readonly to?: string;
  readonly accounting?: true;
  readonly pdf?: string;
  readonly json?: true;
}
interface Disclosure {
  readonly first: string;
  readonly last: string;
  readonly attempts: number;
  readonly outcome: string;
  readonly recipientId?: string;
  readonly country?: string;
  readonly purpose?: string;
  readonly basis?: string;
  readonly transferId: string;
}

export function addAudit(program: Command, { config, io }: Setting): void {
  program
    .command('audit')
    .description('the audit trail; with --accounting the disclosures of a patient')
    .option('--transfer <transfer>', 'of one transfer, by reference or id', transferArgument)
    .option('--patient <id>', 'of one patient', uuidArgument)
    .option('--referral <id>', 'of one referral', uuidArgument)
    .option('--recipient <party>', 'to one recipient', partyArgument)
    .option('--actor <id>', 'of one person or program')
    .option('--type <fact>', 'one kind of event, like attempt-started')
    .option('--from <time>', 'a day (UTC) or an instant', momentArgument)
    .option('--to <time>', 'a day (UTC, to its end) or an instant', momentArgument)
    .option('--accounting', 'the full history of disclosures; needs --patient')
    .option('--pdf <file>', 'with --accounting: write it as a printable page')
    .option('--json', 'as the door answers')
    .action(async (options: Options) => {
      const doors = await Doors.open(config);
      if (options.accounting) return accounting(doors, options, io);
      if (options.pdf !== undefined) throw new WrongUse('--pdf goes with --accounting.');
      const { accounting: _accounting, pdf: _pdf, json, ...question } = options;
      const { entries, more } = await trailOf(doors, question);
      if (json) io.out(JSON.stringify({ entries, more }));
      else for (const line of entries.length > 0 ? shownTrail(entries) : ['No entries.']) io.out(line);
      if (more) io.say('There are more, older ones: narrow the question by --to.');
    });
}

async function accounting(doors: Doors, { patient, from, to, pdf, json }: Options, io: Io): Promise<void> {
  if (patient === undefined) throw new WrongUse('--accounting needs --patient: whose disclosures.');
  const asked = Object.entries({ patient, from, to, kind: 'full' }).filter((pair): pair is [string, string] => pair[1] !== undefined);
  const path = `/audit/accounting?${new URLSearchParams(asked).toString()}`;
  if (pdf !== undefined) {
    const answer = await doors.raw('GET', path, { ...auditor, accept: 'application/pdf' });
    await writeFile(pdf, Buffer.from(await answer.arrayBuffer()));
    io.say(`written to ${pdf}`);
    return;
  }
  const answer = await doors.call<{ disclosures: readonly Disclosure[] }>('GET', path, auditor);
  if (json) return io.out(JSON.stringify(answer));
  const head = ['first byte', 'last attempt', 'tries', 'outcome', 'recipient', 'purpose', 'authority', 'transfer'];
  const rows = answer.disclosures.map((one) => [
    clock(one.first),
    clock(one.last),
    String(one.attempts),
    one.outcome,
    `${one.recipientId ?? '-'} ${one.country ?? ''}`.trim(),
    one.purpose ?? '-',
    one.basis ?? '-',
    one.transferId,
  ]);
  for (const line of rows.length > 0 ? table([head, ...rows]) : ['No disclosures.']) io.out(line);
}
