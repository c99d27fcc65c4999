import type { AccountedDisclosure } from './domain/accounting.js';

/** Columns of the export, in this order; names are those of the JSON. */
const columns = [
  'first',
  'last',
  'attempts',
  'outcome',
  'recipientId',
  'recipientVersion',
  'country',
  'purpose',
  'basis',
  'waiver',
  'transferId',
  'deliveryId',
  'release',
] as const satisfies readonly (keyof AccountedDisclosure)[];

/** The history as CSV (RFC 4180, CRLF). Ids, codes, numbers and instants alone: nothing needs a quote, nothing can be a formula. */
export function accountingCsv(disclosures: readonly AccountedDisclosure[]): string {
  const rows = disclosures.map((one) => columns.map((column) => String(one[column] ?? '')));
  return [columns, ...rows].map((row) => `${row.join(',')}\r\n`).join('');
}
