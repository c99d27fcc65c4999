import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Bundle } from 'fhir/r4.js';
import { convert, detect, type Ledger } from '#libs/conversion';
import { uuid5 } from '../uuid5.js';

/** Namespace of the ids that `convert` makes without a transfer, a UUID made for this use. */
const namespace = 'c27d6f5e-91b4-4a0e-8d35-6f1f0a9e7b42';
/** The patient of every record made here: without a register nobody is told apart, so ids of two people never meet in one record. */
export const cliPatientId = uuid5(namespace, 'bulfinch convert');

/** One line of `convert --json` (doors.md). `record` is the Bundle, `report` the ledger; `reason` a code where there is no record. */
export type ConvertedFile =
  | { readonly file: string; readonly type: string; readonly ok: true; readonly record: Bundle; readonly report: Ledger }
  | {
      readonly file: string;
      readonly type: string;
      readonly ok: false;
      readonly report: Ledger;
      readonly reason: string;
      readonly detail?: string;
    };

const nothingRead: Ledger = { source: { statements: 0, bySection: {} }, kept: 0, lost: [], warnings: [] };

/** Converts one file. The same bytes and time give the same line, wherever and whenever. Never throws: what fails has a reason. */
export async function convertFile(file: string, recordedAt: string): Promise<ConvertedFile> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(file);
  } catch {
    return { file, type: 'unknown', ok: false, report: nothingRead, reason: 'cannot-read', detail: 'The file cannot be read.' };
  }
  return convertBytes(file, bytes, recordedAt);
}

export function convertBytes(file: string, bytes: Uint8Array, recordedAt: string): ConvertedFile {
  const hash = createHash('sha256').update(bytes).digest('hex');
  try {
    const { type } = detect(bytes);
    const sources = [{ documentId: uuid5(namespace, `document ${hash}`), bytes }];
    const outcome = convert({ sources, patientId: cliPatientId, recordedAt, recordId: uuid5(namespace, `record ${hash}`) });
    if (outcome.ok) return { file, type, ok: true, record: outcome.record, report: outcome.report };
    return { file, type, ok: false, report: outcome.report, reason: outcome.reason, detail: outcome.detail };
  } catch {
    // A bug in a converter is that file's failure: the others go on. The error's text may hold content and is not shown.
    return {
      file,
      type: 'unknown',
      ok: false,
      report: nothingRead,
      reason: 'conversion-crashed',
      detail: 'The converter failed on this file: this is a bug of ours.',
    };
  }
}
