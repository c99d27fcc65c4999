import { z } from 'zod';
import { eventKind } from './envelope.js';
import { exampleActor, exampleBlob, exampleFacts, exampleIds } from './examples.js';
import { actor, blobRef, documentKind, documentRole, documentSubject, documentType, languageTag, transferFacts } from './words.js';

/** Topic `bulfinch.ingestion.v1`, subject = transferId. */
const document = z.object({ documentId: z.uuid(), type: documentType, blob: blobRef });
const exampleDocument = { documentId: exampleIds.document, type: 'ccda', blob: exampleBlob } as const;

/** What is compared of a person, from the register and from a document. Patient data: it travels in a sealed blob only, never in an event. */
export const patientFacts = z.object({
  names: z.array(z.object({ text: z.string().optional(), family: z.string().optional(), given: z.array(z.string()).optional() })),
  /** FHIR date: a year, a month or a day. */
  birthDate: z.string().optional(),
  gender: z.string().optional(),
  /** Of the register: those of the hospital's own systems. */
  identifiers: z.array(z.object({ system: z.string(), value: z.string() })),
});
export type PatientFacts = z.infer<typeof patientFacts>;

export const transferCreated = eventKind({
  service: 'ingestion',
  fact: 'transfer-created',
  says: 'A transfer was opened as a draft.',
  data: transferFacts,
  example: exampleFacts,
});

export const documentReceived = eventKind({
  service: 'ingestion',
  fact: 'document-received',
  says: 'A document of the transfer was stored; its type was told from its content.',
  data: document.extend({ actor }),
  example: { ...exampleDocument, actor: exampleActor },
});

export const documentDescribed = eventKind({
  service: 'ingestion',
  fact: 'document-described',
  says: 'A person said more of a document, all of it as it stands now. Names and titles stay in the service.',
  data: z.object({
    documentId: z.uuid(),
    language: languageTag.optional(),
    translationOf: z.uuid().optional(),
    role: documentRole,
    kind: documentKind,
    subject: documentSubject,
    actor,
  }),
  example: {
    documentId: exampleIds.document,
    language: 'pt-PT',
    role: 'letter',
    kind: 'digital',
    subject: 'patient',
    actor: exampleActor,
  },
});

export const transferSubmitted = eventKind({
  service: 'ingestion',
  fact: 'transfer-submitted',
  says: 'The transfer was accepted with these documents; from here it is never lost.',
  data: z.object({
    facts: transferFacts,
    documents: z.array(document).min(1).max(200),
    /** What the register says of the patient (`patientFacts` as JSON), sealed to normalization, which compares the documents with it. */
    patient: blobRef.optional(),
    actor,
  }),
  example: {
    facts: exampleFacts,
    documents: [exampleDocument],
    patient: { ...exampleBlob, blobId: exampleIds.hold, sizeBytes: 161 },
    actor: exampleActor,
  },
});

export const transferCancelled = eventKind({
  service: 'ingestion',
  fact: 'transfer-cancelled',
  says: 'A person asked that nothing more leaves. What had left is told by consent.',
  data: z.object({ actor, how: z.enum(['cancel', 'recall']) }),
  example: { actor: exampleActor, how: 'cancel' },
});

export const ingestionEvents = [transferCreated, documentReceived, documentDescribed, transferSubmitted, transferCancelled] as const;
