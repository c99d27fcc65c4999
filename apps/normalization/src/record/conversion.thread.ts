import { convert } from '#libs/conversion';
import type { ConversionResult, ConversionTask } from './conversion.task.js';

/** The program of a conversion thread: bytes in, bytes out. A bug in here is the document's refusal, not the process's end. */
export default function run({ patientId, recordId, recordedAt, documents }: ConversionTask): ConversionResult {
  const outcome = convert({ sources: documents, patientId, recordId, recordedAt });
  if (!outcome.ok) return { ok: false, reason: outcome.reason };
  const { source, kept, lost, warnings } = outcome.report;
  return {
    ok: true,
    record: jsonBytes(outcome.record),
    ledger: jsonBytes(outcome.report),
    summary: { statements: source.statements, kept, lost: lost.length, warnings: warnings.length },
  };
}

function jsonBytes(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value), 'utf8');
}
