import { z } from 'zod';
import { basis, direction, partyId, purpose, scope } from '#libs/contracts';
import { knownPatient, namesKnownPatient, patientDetails } from '../patient/patient.requests.js';

/** Codes and ids that people choose: never names. */
const code = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9-]{0,63}$/);
/** A spoken reference or an id; read by the finder. */
const spoken = z.string().min(8).max(64);

const shared = {
  requester: z.strictObject({ kind: code, personId: code.optional(), onBehalfOf: code.optional() }),
  scope: scope.optional(),
  onWithheld: z.enum(['hold', 'send']).optional(),
  referral: spoken.optional(),
  neededBy: z.union([z.iso.date(), z.iso.datetime({ offset: true })]).optional(),
  replaces: spoken.optional(),
  inReplyTo: spoken.optional(),
};
const consentIds = z.array(z.uuid()).max(20).optional();

const ofStaff = {
  direction,
  senderId: partyId.optional(),
  recipientId: partyId.optional(),
  purpose,
  authority: z.strictObject({ basis, consentIds }),
  ...shared,
};
/** `POST /ingestion/transfers` of the hospital's staff (doors.md). Unknown fields are refused: a misspelt scope must not widen what leaves. */
export const staffOpening = z.strictObject({ ...ofStaff, patient: patientDetails });
/** The same for a patient of the register. */
export const staffOpeningOfKnown = z.strictObject({ ...ofStaff, patient: knownPatient });

/** The same of a clinic abroad: it sends records in, under its own name, and knows no patient of ours. */
export const clinicOpening = z.strictObject({
  direction: z.literal('inbound').default('inbound'),
  patient: patientDetails,
  senderId: partyId.optional(),
  recipientId: partyId.optional(),
  purpose: purpose.default('TREAT'),
  authority: z.strictObject({ basis: z.literal('received').default('received'), consentIds }).default({ basis: 'received' }),
  ...shared,
});

export type OpeningRequest = z.infer<typeof staffOpening> | z.infer<typeof staffOpeningOfKnown> | z.infer<typeof clinicOpening>;

/** Visible ASCII, long enough for a UUID and a prefix. */
export const idempotencyKey = z.string().regex(/^[\x21-\x7e]{1,200}$/);

/** The schema a staff member's body is meant for. */
export function staffSchemaOf(body: unknown): typeof staffOpening | typeof staffOpeningOfKnown {
  const patient = typeof body === 'object' && body !== null && 'patient' in body ? body.patient : undefined;
  return namesKnownPatient(patient) ? staffOpeningOfKnown : staffOpening;
}
