import { z } from 'zod';
import { holdKind, partyId } from '#libs/contracts';
import { longText } from '../patient/patient.requests.js';
import { transferStates } from './domain/standing.js';
import { isUuid } from './transfer-id.js';

/** Longest reason a person gives, UTF-16 units. */
const reasonLengthMax = 2000;
export const endRequest = z.strictObject({ reason: longText(reasonLengthMax) });

const dayMs = 24 * 3_600_000;
const instant = z.iso.datetime({ offset: true }).transform((text) => new Date(text));
/** From the start of the day (UTC) or from the instant. */
const from = z.union([z.iso.date().transform((day) => new Date(day)), instant]);
/** To the end of the day (UTC), or up to the instant without it. */
const to = z.union([z.iso.date().transform((day) => new Date(Date.parse(day) + dayMs)), instant]);

/** A cursor names the last transfer of a page; people and programs hand it back as it is. */
const cursor = z
  .string()
  .max(80)
  .transform((text) => Buffer.from(text, 'base64url').toString('utf8'))
  .refine(isUuid);

export function cursorAfter(id: string): string {
  return Buffer.from(id, 'utf8').toString('base64url');
}

const asked = {
  state: z.enum(transferStates).optional(),
  recipient: partyId.optional(),
  referral: z.string().min(8).max(64).optional(),
  from: from.optional(),
  to: to.optional(),
  cursor: cursor.optional(),
};
export const staffQuery = z.strictObject({ ...asked, hold: holdKind.optional(), patient: z.uuid().optional() });
/** A clinic knows no patientId of ours and is told of no hold, so it cannot ask by them. */
export const clinicQuery = z.strictObject(asked);
