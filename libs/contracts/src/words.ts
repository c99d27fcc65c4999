import { z } from 'zod';

/** The services that own state. `desk` holds no truth and publishes nothing. */
export const serviceNames = ['ingestion', 'normalization', 'consent', 'delivery', 'audit'] as const;
export const serviceName = z.enum(serviceNames);
export type ServiceName = z.infer<typeof serviceName>;

/** Which way a transfer goes, seen from the hospital. */
export const direction = z.enum(['outbound', 'inbound']);
export type Direction = z.infer<typeof direction>;

/** Party ids are chosen by staff; they are codes, never names (domain.md section 1). */
export const partyId = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9-]{0,63}$/);
export const partyKind = z.enum([
  'clinic',
  'physician',
  'hospital',
  'sponsor',
  'embassy',
  'insurer',
  'patient',
  'representative',
  'authority',
]);
export type PartyKind = z.infer<typeof partyKind>;

/** v3-ActReason codes that Bulfinch accepts (domain.md section 3); every other purpose is refused. */
export const purposes = ['TREAT', 'ETREAT', 'PATRQT', 'FAMRQT', 'PWATRNY', 'HPAYMT', 'HOPERAT', 'HLEGAL'] as const;
export const purpose = z.enum(purposes);
export type Purpose = z.infer<typeof purpose>;

/** Legal bases (an open list, domain.md section 3). The authority table says which of them have rules yet. */
export const bases = [
  'treatment',
  'payment',
  'operations',
  'patient-access',
  'authorization',
  'required-by-law',
  'public-health',
  'oversight',
  'legal-process',
  'emergency',
  'received',
  'sent-in-error',
] as const;
export const basis = z.enum(bases);
export type Basis = z.infer<typeof basis>;

/** Who acts (domain.md section 1, Actors). `id` is a random or directory id, never a name. */
export const actor = z.object({
  kind: z.enum(['user', 'system', 'link', 'patient', 'representative']),
  id: z.string().min(1).max(128),
  partyId: partyId.optional(),
});
export type Actor = z.infer<typeof actor>;

/** A blob of the vault as events carry it: a reference, the SHA-256 of the clear bytes, their size in bytes (design.md section 4). */
export const blobRef = z.object({
  blobId: z.uuid(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  sizeBytes: z.int().nonnegative(),
});
export type BlobRef = z.infer<typeof blobRef>;

export const instant = z.iso.datetime();
/** A permit's id is the id of the event that asked for it (design.md section 5). */
export const permitId = z.string().regex(/^bulfinch\.delivery\.v1\/[0-9a-f-]{36}\/\d{1,9}$/);
export const sha256Hex = z.string().regex(/^[0-9a-f]{64}$/);

/** What of the record is asked for (domain.md section 2, Transfer). Dates are FHIR dates. */
export const scope = z.object({
  from: z.iso.date().optional(),
  to: z.iso.date().optional(),
  classes: z
    .array(z.string().regex(/^[a-z][a-z-]{0,39}$/))
    .max(40)
    .optional(),
  originals: z.array(z.uuid()).max(200).optional(),
  form: z.enum(['record', 'report', 'status']).optional(),
});
export type Scope = z.infer<typeof scope>;

export const holdKind = z.enum(['consent', 'review', 'match', 'identity', 'legal', 'translation', 'operator', 'recipient']);
export type HoldKind = z.infer<typeof holdKind>;

/** A stop that a person can answer (domain.md section 2, Hold). `owner` is the role whose turn it is. */
export const hold = z.object({
  id: z.uuid(),
  kind: holdKind,
  service: serviceName,
  owner: z.enum(['records-staff', 'reviewer', 'privacy-officer', 'operator', 'specialist']),
  since: instant,
  until: instant,
  next: z.enum(['answer-hold', 'name-consent', 'approve-release', 'fix-recipient', 'decide-unknown-outcome']),
});
export type Hold = z.infer<typeof hold>;

/**
 * What every later service must know of a transfer and cannot ask for (no service calls another): carried along the
 * pipeline unchanged. Ids and codes only.
 */
export const transferFacts = z.object({
  direction,
  patientId: z.uuid(),
  referralId: z.uuid(),
  senderId: partyId,
  recipientId: partyId,
  purpose,
  basis,
  consentIds: z.array(z.uuid()).max(20),
  scope,
  onWithheld: z.enum(['hold', 'send']),
  actor,
});
export type TransferFacts = z.infer<typeof transferFacts>;

/** Document types as told by content (libs/conversion `detect`). */
export const documentType = z.enum([
  'ccda',
  'fhir-r4-json',
  'hl7v2',
  'pdf',
  'dicom',
  'jpeg',
  'png',
  'tiff',
  'heic',
  'rtf',
  'office',
  'text',
  'unknown',
]);
export type DocumentType = z.infer<typeof documentType>;

/** BCP 47. */
export const languageTag = z.string().regex(/^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,4}$/);
/** What a document is for (domain.md section 2). */
export const documentRole = z.enum(['record', 'question', 'reply', 'letter']);
export const documentKind = z.enum(['digital', 'physical']);
/** Whose data it is: `other` is a donor, a partner, a fetus. Which of them would tell too much, so it is kept nowhere. */
export const documentSubject = z.enum(['patient', 'other']);
export type DocumentRole = z.infer<typeof documentRole>;
export type DocumentKind = z.infer<typeof documentKind>;
export type DocumentSubject = z.infer<typeof documentSubject>;
