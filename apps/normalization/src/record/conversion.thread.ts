import type { Bundle } from 'fhir/r4.js';
import { convert } from '#libs/conversion';
import type { StatedPatient } from '../match/domain/match.js';
import { statedPatient } from '../match/stated-patient.js';
import type { ConversionResult, ConversionTask } from './conversion.task.js';

/** The program of a conversion thread: bytes in, bytes out. A bug in here is the document's refusal, not the process's end. */
export default function run(task: ConversionTask): ConversionResult {
  const { patientId, recordId, recordedAt, documents } = task;
  const outcome = convert({ sources: documents, patientId, recordId, recordedAt });
  if (!outcome.ok) return { ok: false, reason: outcome.reason };
  const { source, kept, lost, warnings } = outcome.report;
  return {
    ok: true,
    record: jsonBytes(outcome.record),
    ledger: jsonBytes(outcome.report),
    summary: { statements: source.statements, kept, lost: lost.length, warnings: warnings.length },
    stated: statedBy(task, outcome.record),
  };
}

/**
 * What each document says of its patient. The record keeps the first document's word alone, so of several each is read by itself: a paper
 * of somebody else among the patient's own must not pass.
 */
function statedBy({ documents, ...task }: ConversionTask, record: Bundle): readonly StatedPatient[] {
  return documents.map((document) => {
    const alone = documents.length === 1 ? { ok: true as const, record } : convert({ ...task, sources: [document] });
    // Together they were converted, so each alone is.
    if (!alone.ok) throw new Error('a document of a record cannot be converted alone');
    return { documentId: document.documentId, ...statedPatient(alone.record) };
  });
}

function jsonBytes(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value), 'utf8');
}
