import { type Command, Option } from 'commander';
import { serviceNames } from '#libs/contracts';
import { transferArgument } from '../arguments.js';
import { type Ask, Doors } from '../doors/doors.client.js';
import { Failed, type Io, table } from '../io.js';
import type { Setting } from '../setting.js';
import type { TransferView } from '../transfer/transfer.js';
import { evidenceLine, whatLeft } from '../transfer/what-left.js';

const staff: Ask = { roles: ['records-staff'] };
const reviewer: Ask = { roles: ['reviewer'] };
const operator: Ask = { roles: ['operator'] };

interface Release {
  readonly release?: number;
  readonly sha256?: string;
}
interface Parked {
  readonly caseId: string;
  readonly publisher: string;
  readonly sequence: number;
  readonly type: string;
  readonly reason: string;
  readonly at: string;
}

/** What `cancel` and `recall` answer. */
interface Ended {
  readonly reference: string;
  readonly state: string;
  readonly leftBefore: string;
  readonly evidence?: readonly { readonly fact: string; readonly at: string }[];
}

/** What people decide when something stands still: releases, holds, parked events, stops. */
export function addOperator(program: Command, setting: Setting): void {
  addApprove(program, setting);
  addHold(program, setting);
  addEnd(program, setting, 'cancel', 'nothing more leaves; says what had left');
  addEnd(program, setting, 'recall', 'take back what was delivered: every opening shuts');
  addParked(program, setting);
}

/** Transfers are named by reference or id; the other services know the id alone. */
async function transferOf(doors: Doors, typed: string): Promise<TransferView> {
  return doors.call<TransferView>('GET', `/ingestion/transfers/${encodeURIComponent(typed)}`, staff);
}

function addApprove(program: Command, { config, io }: Setting): void {
  program
    .command('approve')
    .description('approve the release of a transfer exactly as it stands now')
    .argument('<transfer>', 'reference or id', transferArgument)
    .option('--json', 'as the door answers')
    .action(async (typed: string, { json }: { json?: true }) => {
      const doors = await Doors.open(config);
      const { id, reference } = await transferOf(doors, typed);
      const { release, sha256 } = await doors.call<Release>('GET', `/consent/transfers/${id}/release`, reviewer);
      if (release === undefined || sha256 === undefined) throw new Failed(`${reference} has no release to approve.`);
      const answer = await doors.call<object>('POST', `/consent/transfers/${id}/release/approve`, {
        ...reviewer,
        json: { release, sha256 },
      });
      io.out(json ? JSON.stringify({ release, sha256, ...answer }) : `approved release ${release} of ${reference}: ${sha256}`);
    });
}

function addHold(program: Command, { config, io }: Setting): void {
  program
    .command('hold')
    .description('answer what stops a transfer')
    .argument('<transfer>', 'reference or id', transferArgument)
    .argument('<hold>', 'id of the hold, as `status` tells it')
    .requiredOption(
      '--decision <code>',
      'release or refuse; of a match: same-person or other-person; of a delivery: send-again, was-received or give-up',
    )
    .requiredOption('--reason <text>', 'why; it is kept with the decision')
    .option('--json', 'as the door answers')
    .action(async (typed: string, holdId: string, { decision, reason, json }: { decision: string; reason: string; json?: true }) => {
      const doors = await Doors.open(config);
      const { id, reference, holds } = await transferOf(doors, typed);
      const hold = holds?.find((one) => one.id === holdId);
      if (!hold)
        throw new Failed(
          `${reference} has no such hold. ${holds?.length ? `It has: ${holds.map((one) => one.id).join(', ')}` : 'Nothing stops it.'}`,
        );
      const answer = await doors.call<object>('POST', `/${hold.service}/transfers/${id}/holds/${holdId}`, {
        roles: [hold.owner],
        json: { decision, reason },
      });
      io.out(json ? JSON.stringify(answer) : `answered: ${decision}`);
    });
}

function addEnd(program: Command, { config, io }: Setting, how: 'cancel' | 'recall', description: string): void {
  program
    .command(how)
    .description(description)
    .argument('<transfer>', 'reference or id', transferArgument)
    .requiredOption('--reason <text>', 'why')
    .option('--json', 'as the door answers')
    .action(async (typed: string, { reason, json }: { reason: string; json?: true }) => {
      const doors = await Doors.open(config);
      const answer = await doors.call<Ended>('POST', `/ingestion/transfers/${encodeURIComponent(typed)}/${how}`, {
        ...staff,
        json: { reason },
      });
      for (const line of json ? [JSON.stringify(answer)] : endedLines(answer)) io.out(line);
    });
}

/** The state may be the one of before: the gate shuts a moment after the request was taken. */
function endedLines({ reference, state, leftBefore, evidence }: Ended): readonly string[] {
  return [
    `${reference}: taken, it stands at ${state} now (bulfinch status ${reference})`,
    `  ${whatLeft(leftBefore)}`,
    ...(evidence ?? []).map((known) => `  ${evidenceLine(known)}`),
  ];
}

function addParked(program: Command, { config, io }: Setting): void {
  const parked = program
    .command('parked')
    .description('events that could not be applied, in every service')
    .option('--json', 'as one array');
  parked.action(async ({ json }: { json?: true }) => {
    const doors = await Doors.open(config);
    const { found, unasked } = await parkedOf(doors, io);
    if (json) io.out(JSON.stringify(found));
    else {
      const rows = found.map((one) => [one.service, one.caseId, one.publisher, String(one.sequence), one.type, one.reason]);
      for (const line of table(rows)) io.out(line);
      if (rows.length === 0 && unasked.length === 0) io.out('Nothing is parked.');
    }
    if (unasked.length > 0) throw new Failed(`Not every service could be asked: ${unasked.join(', ')}.`);
  });
  for (const action of ['retry', 'discard'] as const)
    parked
      .command(action)
      .description(action === 'retry' ? 'try a parked event again' : 'move over a parked event for good')
      .addArgument(program.createArgument('<service>', 'where it is parked').choices(serviceNames))
      .argument('<case>', 'id of the case')
      .addOption(new Option('--publisher <service>', 'who said it').choices(serviceNames).makeOptionMandatory())
      .requiredOption('--reason <text>', 'why')
      .action(async (service: string, caseId: string, { publisher, reason }: { publisher: string; reason: string }) => {
        const answer = await (await Doors.open(config)).call<object>('POST', `/${service}/parked/${encodeURIComponent(caseId)}`, {
          ...operator,
          json: { publisher, action, reason },
        });
        io.out(JSON.stringify(answer));
      });
}

/** A service that cannot be asked is named on stderr: nothing is left out in silence. */
async function parkedOf(doors: Doors, io: Io): Promise<{ found: readonly (Parked & { service: string })[]; unasked: readonly string[] }> {
  const unasked: string[] = [];
  const found: (Parked & { service: string })[] = [];
  for (const service of serviceNames)
    try {
      const answer = await doors.call<{ parked?: readonly Parked[] } | readonly Parked[]>('GET', `/${service}/parked`, operator);
      const list = 'parked' in answer ? (answer.parked ?? []) : (answer as readonly Parked[]); // an array has no such field
      found.push(...list.map((one) => ({ service, ...one })));
    } catch (error) {
      if (!(error instanceof Failed)) throw error;
      unasked.push(service);
      io.say(`${service}: ${error.message}`);
    }
  return { found, unasked };
}
