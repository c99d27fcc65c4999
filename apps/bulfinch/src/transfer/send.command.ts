import { type Command, InvalidArgumentError, Option } from 'commander';
import { decodeJwt } from 'jose';
import { bases, purposes } from '#libs/contracts';
import { partyArgument, uuidArgument } from '../arguments.js';
import { type Ask, Doors } from '../doors/doors.client.js';
import { Failed, type Io, WrongUse } from '../io.js';
import type { Setting } from '../setting.js';
import { follow } from './follow.js';
import { readPatient } from './patient-file.js';
import { sendTransfer } from './send.js';
import { shownTransfer } from './shown-transfer.js';
import { goodStates, type TransferView } from './transfer.js';

interface Options {
  readonly patient?: string;
  readonly patientId?: string;
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
    .option('--patient <file>', 'JSON: {name: [...], birthDate?, gender?, identifiers?} or {patientId}, or a FHIR R4 Patient')
    .option('--patient-id <id>', 'instead of --patient: one who is known, as `send` and `status` show the id', uuidArgument)
    .requiredOption('--to <party>', 'recipient, as the directory names it', partyArgument)
    .addOption(new Option('--purpose <code>', 'v3-ActReason').choices(purposes).makeOptionMandatory())
    .addOption(new Option('--basis <code>', 'authority').choices(bases).makeOptionMandatory())
    .option('--consent <id>', 'a consent it rests on; may be repeated', consents, [])
    .addOption(new Option('--direction <way>', 'seen from the hospital').choices(['outbound', 'inbound']).default('outbound'))
    .option('--from <party>', 'the clinic that sends in; needed for inbound, which speaks as that clinic', partyArgument)
    .option('--referral <reference>', 'a referral it belongs to; else one is made')
    .option('--wait', 'follow it until it has arrived, ended or needs a person')
    .option('--wait-seconds <n>', 'longest wait', seconds, waitSecondsUsual)
    .option('--json', 'answer as JSON')
    .addHelpText(
      'after',
      '\nExample: bulfinch send summary.xml --patient patient.json --to clinica-lisboa --purpose TREAT --basis treatment --wait',
    )
    .action(async (files: readonly string[], options: Options) => {
      const as = speakerOf(options, config.token);
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

/** Who speaks. @throws WrongUse for terms that no door takes, before anything is asked */
function speakerOf({ direction, from, basis, patientId }: Options, token: string | undefined): Ask {
  if (direction === 'outbound') {
    if (token !== undefined && isOfClinic(token))
      throw new WrongUse("BULFINCH_TOKEN is a clinic's, and a clinic only sends in: add --direction inbound --from PARTY.");
    if (basis === 'received')
      throw new WrongUse(
        'Only an inbound transfer has basis received: add --direction inbound --from PARTY, or name what the release rests on.',
      );
    return { roles: ['records-staff'] };
  }
  if (from === undefined) throw new WrongUse('An inbound transfer needs --from: the clinic that sends the records in.');
  if (basis !== 'received') throw new WrongUse('An inbound transfer has basis received: --basis received.');
  if (patientId !== undefined) throw new WrongUse('A clinic knows no patient ids of the hospital: tell the patient with --patient FILE.');
  return { roles: ['clinic'], party: from };
}

/** Only for a hint: the door verifies the token. */
function isOfClinic(token: string): boolean {
  try {
    const { roles } = decodeJwt(token);
    return Array.isArray(roles) && roles.includes('clinic');
  } catch {
    return false; // no JWT: the door says so
  }
}

/** @throws WrongUse unless the patient is told in exactly one way */
async function patientOf({ patient, patientId }: Options): Promise<object> {
  if (patient !== undefined && patientId === undefined) return readPatient(patient);
  if (patientId !== undefined && patient === undefined) return { patientId };
  throw new WrongUse('Tell the patient in exactly one way: --patient FILE, or --patient-id ID of one who is known.');
}

async function requestOf(options: Options): Promise<object> {
  const { direction, to, from, purpose, basis, consent, referral } = options;
  return {
    direction,
    patient: await patientOf(options),
    ...(from === undefined ? {} : { senderId: from }),
    recipientId: to,
    purpose,
    authority: { basis, ...(consent.length > 0 ? { consentIds: consent } : {}) },
    requester: { kind: direction === 'inbound' ? 'clinic' : 'user' },
    ...(referral === undefined ? {} : { referral }),
  };
}

function consents(typed: string, all: readonly string[]): readonly string[] {
  return [...all, uuidArgument(typed)];
}

function seconds(typed: string): number {
  const parsed = Number(typed);
  if (!(parsed > 0)) throw new InvalidArgumentError('a number of seconds');
  return parsed;
}
