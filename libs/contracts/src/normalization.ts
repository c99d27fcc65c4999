import { z } from 'zod';
import { eventKind } from './envelope.js';
import { exampleActor, exampleBlob, exampleFacts, exampleIds, exampleInstant } from './examples.js';
import { actor, blobRef, hold, transferFacts } from './words.js';

/** Topic `bulfinch.normalization.v1`, subject = transferId. */
const ledgerSummary = z.object({
  statements: z.int().nonnegative(),
  kept: z.int().nonnegative(),
  lost: z.int().nonnegative(),
  warnings: z.int().nonnegative(),
});

export const normalizationStarted = eventKind({
  service: 'normalization',
  fact: 'normalization-started',
  says: 'The documents were taken up for conversion.',
  data: z.object({ documents: z.int().positive() }),
  example: { documents: 1 },
});

export const recordNormalized = eventKind({
  service: 'normalization',
  fact: 'record-normalized',
  says: 'The documents became one FHIR R4 record, sealed to consent; the ledger accounts for every source statement.',
  data: z.object({ facts: transferFacts, documentIds: z.array(z.uuid()).min(1).max(200), record: blobRef, ledger: ledgerSummary }),
  example: {
    facts: exampleFacts,
    documentIds: [exampleIds.document],
    record: exampleBlob,
    ledger: { statements: 41, kept: 39, lost: 2, warnings: 1 },
  },
});

export const recordHeld = eventKind({
  service: 'normalization',
  fact: 'record-held',
  says: 'A document tells of the patient otherwise than the register: a person must say whether it is the same human being.',
  data: z.object({ hold }),
  example: {
    hold: {
      id: exampleIds.hold,
      kind: 'match',
      service: 'normalization',
      owner: 'records-staff',
      since: exampleInstant,
      until: exampleInstant,
      next: 'answer-hold',
    },
  },
});

export const recordHoldAnswered = eventKind({
  service: 'normalization',
  fact: 'record-hold-answered',
  says: 'A person answered the hold; both values and the reason lie in the service.',
  data: z.object({ holdId: z.uuid(), decision: z.enum(['same-person', 'other-person']), actor }),
  example: { holdId: exampleIds.hold, decision: 'same-person', actor: exampleActor },
});

export const documentsRefused = eventKind({
  service: 'normalization',
  fact: 'documents-refused',
  says: 'The documents could not become a record; nothing leaves.',
  data: z.object({ documentId: z.uuid().optional(), reason: z.string().regex(/^[a-z][a-z0-9-]{0,59}$/) }),
  example: { documentId: exampleIds.document, reason: 'not-convertible-yet' },
});

export const transferWithdrawn = eventKind({
  service: 'normalization',
  fact: 'transfer-withdrawn',
  says: 'A cancellation, passed on to consent, which holds the gate.',
  data: z.object({ actor, how: z.enum(['cancel', 'recall']) }),
  example: { actor: exampleActor, how: 'cancel' },
});

export const normalizationEvents = [
  normalizationStarted,
  recordNormalized,
  recordHeld,
  recordHoldAnswered,
  documentsRefused,
  transferWithdrawn,
] as const;
