import { type Command, InvalidArgumentError, Option } from 'commander';
import { bases, purposes } from '#libs/contracts';
import { type Ask, Doors } from '../doors/doors.client.js';
import { Failed, type Io, WrongUse } from '../io.js';
import type { Setting } from '../setting.js';
import { follow } from './follow.js';
import { readPatient } from './patient-file.js';
import { sendTransfer } from './send.js';
import { shownTransfer } from './shown-transfer.js';
import { goodStates, type TransferView } from './transfer.js';

interface Options {
  readonly patient: string;
  readonly to: string;
  readonly purpose: string;
  readonly basis: string;
  readonly consent: readonly string[];
  readonly direction: 'outbound' | 'inbound';
  readonly from?: string;
  readonly referral?: string;
  readonly wait?: true;
  readonly waitSeconds: number;
  readonly json?: true;
}

/** Longest wait with --wait unless told: a delivery may be tried for days, a person does not look on. */
const waitSecondsUsual = 300;

export function addSend(program: Command, { config, io }: Setting): void {
  program
    .command('send')
    .description('a whole transfer against a running system')
    .argument('<file...>', 'the documents')
    .requiredOption('--patient <file>', 'JSON: {name: [...], birthDate?, gender?, identifiers?} or {patientId}, or a FHIR R4 Patient')
    .requiredOption('--to <party>', 'recipient, as the directory names it')
    .addOption(new Option('--purpose <code>', 'v3-ActReason').choices(purposes).makeOptionMandatory())
    .addOption(new Option('--basis <code>', 'authority').choices(bases).makeOptionMandatory())
    .option('--consent <id>', 'a consent it rests on; may be repeated', (id: string, all: readonly string[]) => [...all, id], [])
    .addOption(new Option('--direction <way>', 'seen from the hospital').choices(['outbound', 'inbound']).default('outbound'))
    .option('--from <party>', 'the clinic that sends in; needed for inbound, which speaks as that clinic')
    .option('--referral <reference>', 'a referral it belongs to; else one is made')
    .option('--wait', 'follow it until it has arrived, ended or needs a person')
    .option('--wait-seconds <n>', 'longest wait', seconds, waitSecondsUsual)
    .option('--json', 'answer as JSON')
    .addHelpText(
      'after',
      '\nExample: bulfinch send summary.xml --patient patient.json --to clinica-lisboa --purpose TREAT --basis treatment --wait',
    )
    .action(async (files: readonly string[], options: Options) => {
      const as = speakerOf(options);
      const doors = await Doors.open(config);
      const sent = await sendTransfer(doors, as, await requestOf(options), files, io.say);
      if (!options.wait) {
        io.out(
          options.json
            ? JSON.stringify({ ...sent, state: 'submitted' })
            : `${sent.reference} is submitted. Follow it: bulfinch status ${sent.reference}`,
        );
        return;
      }
      const transfer = await follow(doors, sent.id, as, { say: options.json ? io.say : io.out, forMs: options.waitSeconds * 1000 });
      tell(transfer, options, io);
    });
}

function tell(transfer: TransferView, { json }: Options, io: Io): void {
  if (json) io.out(JSON.stringify(transfer));
  else for (const line of shownTransfer({ ...transfer, timeline: [] })) io.out(line);
  if (!goodStates.has(transfer.state))
    throw new Failed(`${transfer.reference} did not arrive: ${transfer.state}${transfer.reason ? `, ${transfer.reason}` : ''}.`);
}

function speakerOf({ direction, from }: Options): Ask {
  if (direction === 'outbound') return { roles: ['records-staff'] };
  if (from === undefined) throw new WrongUse('An inbound transfer needs --from: the clinic that sends the records in.');
  return { roles: ['clinic'], party: from };
}

async function requestOf({ direction, patient, to, from, purpose, basis, consent, referral }: Options): Promise<object> {
  return {
    direction,
    patient: await readPatient(patient),
    ...(from === undefined ? {} : { senderId: from }),
    recipientId: to,
    purpose,
    authority: { basis, ...(consent.length > 0 ? { consentIds: consent } : {}) },
    requester: { kind: direction === 'inbound' ? 'clinic' : 'user' },
    ...(referral === undefined ? {} : { referral }),
  };
}

function seconds(typed: string): number {
  const parsed = Number(typed);
  if (!(parsed > 0)) throw new InvalidArgumentError('a number of seconds');
  return parsed;
}
