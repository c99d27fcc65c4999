import { z } from 'zod';
import { eventKind } from './envelope.js';
import { exampleActor, exampleIds, exampleInstant, exampleTransferId } from './examples.js';
import { actor, instant, type ServiceName, serviceName } from './words.js';

/** Topic `bulfinch.access.v1`: facts about no transfer, each published from a document with its own id as subject; audit alone reads it. */
export const consentGiven = eventKind({
  service: 'consent',
  fact: 'consent-given',
  says: 'A patient directive became active.',
  data: z.object({ patientId: z.uuid(), actor, expiresAt: instant.optional() }),
  example: { patientId: exampleIds.patient, actor: exampleActor, expiresAt: exampleInstant },
});

export const revocationReceived = eventKind({
  service: 'consent',
  fact: 'revocation-received',
  says: 'A revocation was taken in; every gate that rests on the consent is being shut.',
  data: z.object({
    patientId: z.uuid(),
    actor,
    by: z.enum(['patient', 'representative', 'privacy-officer']),
    form: z.enum(['written', 'oral', 'electronic']),
    receivedAt: instant,
  }),
  example: { patientId: exampleIds.patient, actor: exampleActor, by: 'patient', form: 'written', receivedAt: exampleInstant },
});

export const revocationAccepted = eventKind({
  service: 'consent',
  fact: 'revocation-accepted',
  says: 'No gate that rests on the consent is open: no permit is given any more.',
  data: z.object({ patientId: z.uuid() }),
  example: { patientId: exampleIds.patient },
});

export const revocationConfirmed = eventKind({
  service: 'consent',
  fact: 'revocation-confirmed',
  says: 'Every such gate is closed: no byte leaves any more. Names what had left before.',
  data: z.object({
    patientId: z.uuid(),
    transfers: z.array(z.object({ transferId: z.uuid(), left: z.enum(['nothing', 'left', 'not-known-yet']) })).max(2_000),
  }),
  example: { patientId: exampleIds.patient, transfers: [{ transferId: exampleTransferId, left: 'left' }] },
});

/** Two entries of the register that a person says are one human being, or are two after all. Nobody is merged (domain.md section 1). */
const patientPair = {
  data: z.object({ patientId: z.uuid(), to: z.uuid(), actor }),
  example: { patientId: exampleIds.patient, to: exampleIds.otherPatient, actor: exampleActor },
};
export const patientsJoined = eventKind({
  service: 'ingestion',
  fact: 'patients-joined',
  says: 'A person joined two patients of the register: questions about one are answered for both. The reason lies in the service.',
  ...patientPair,
});
export const patientsParted = eventKind({
  service: 'ingestion',
  fact: 'patients-parted',
  says: 'A person parted two patients that were joined.',
  ...patientPair,
});

const accessData = z.object({
  action: z.enum(['read', 'search', 'export', 'query', 'sign-in']),
  /** What was looked at: a coarse kind and an id, never a name or the words searched for. */
  object: z.object({
    kind: z.enum(['transfer', 'patient', 'referral', 'consent', 'release', 'delivery', 'recipient', 'entries']),
    id: z.string().max(128).optional(),
  }),
  patientId: z.uuid().optional(),
  actor,
});

/** A read or search of patient data, recorded by the service that answers it, before it answers. */
function accessRecordedBy<const Service extends ServiceName>(service: Service) {
  return eventKind({
    service,
    fact: 'access-recorded',
    says: 'Patient data was looked at through this service.',
    data: accessData,
    example: { action: 'read', object: { kind: 'transfer', id: exampleTransferId }, patientId: exampleIds.patient, actor: exampleActor },
  });
}
export const accessRecorded = {
  ingestion: accessRecordedBy('ingestion'),
  normalization: accessRecordedBy('normalization'),
  consent: accessRecordedBy('consent'),
  delivery: accessRecordedBy('delivery'),
  audit: accessRecordedBy('audit'),
} as const;
export type AccessData = z.infer<typeof accessData>;

/** An operator's decision about a parked event. */
function parkedDecidedBy<const Service extends ServiceName>(service: Service) {
  return eventKind({
    service,
    fact: 'parked-decided',
    says: 'An operator tried a parked event again or discarded it with a reason.',
    data: z.object({
      actor,
      action: z.enum(['retry', 'discard']),
      publisher: serviceName,
      sequence: z.int().positive(),
      caseId: z.string().max(128),
    }),
    example: { actor: exampleActor, action: 'retry', publisher: 'ingestion', sequence: 3, caseId: exampleTransferId },
  });
}
export const parkedDecided = {
  ingestion: parkedDecidedBy('ingestion'),
  normalization: parkedDecidedBy('normalization'),
  consent: parkedDecidedBy('consent'),
  delivery: parkedDecidedBy('delivery'),
  audit: parkedDecidedBy('audit'),
} as const;

export const accessEvents = [
  consentGiven,
  revocationReceived,
  revocationAccepted,
  revocationConfirmed,
  patientsJoined,
  patientsParted,
  ...Object.values(accessRecorded),
  ...Object.values(parkedDecided),
] as const;
