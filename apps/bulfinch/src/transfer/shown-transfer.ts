import { clock, table } from '../io.js';
import type { TransferView } from './transfer.js';

/** A transfer in lines for people: where it stands, whose turn it is, what happened. */
export function shownTransfer(transfer: TransferView): readonly string[] {
  const { reference, id, state, since, direction, senderId, recipientId, purpose, basis } = transfer;
  return [
    `${reference}  ${state} since ${clock(since)}`,
    ...table([
      ['  transfer', id],
      ['  way', `${direction}: ${senderId} -> ${recipientId}, ${purpose} on ${basis}`],
      ...optional('  patient', transfer.patientId),
      ['  turn', `${transfer.whoseTurn}${transfer.nextStep ? `: ${transfer.nextStep}` : ''}`],
      ...optional('  deadline', transfer.deadline && clock(transfer.deadline)),
      ...optional('  reason', transfer.reason),
      ...optional('  waiver', transfer.waiver),
      ...optional('  report', transfer.report && reportLine(transfer.report)),
      ...optional('  lost', lossLine(transfer.report)),
      ...(transfer.holds ?? []).map((hold) => [
        '  hold',
        `${hold.kind} ${hold.id}, ${hold.owner} until ${clock(hold.until)} (bulfinch hold ${reference} ${hold.id} ...)`,
      ]),
      ...(transfer.evidence ?? []).map(({ fact, at }) => ['  evidence', `${fact} ${clock(at)}`]),
    ]),
    ...table((transfer.timeline ?? []).map(({ at, what, service }) => [`  ${clock(at)}`, what, service])),
  ];
}

function optional(name: string, value: string | undefined): [string, string][] {
  return value === undefined || value === '' ? [] : [[name, value]];
}

/** Undefined where nothing was lost: a person must see it without reading numbers. */
function lossLine(report: TransferView['report']): string | undefined {
  const { statements, lost = 0 } = report ?? {};
  return lost > 0 ? `${lost} of ${statements ?? '?'} coded statements are not in the record (see --report)` : undefined;
}

function reportLine({ statements, kept, lost, warnings }: NonNullable<TransferView['report']>): string {
  return `${statements ?? '?'} statements, ${kept ?? '?'} kept, ${lost ?? '?'} lost, ${warnings ?? '?'} warnings`;
}
