import { PDFDocument, type PDFFont, type PDFPage, StandardFonts } from 'pdf-lib';
import type { AccountedDisclosure } from './domain/accounting.js';

/** A4 landscape, points. */
const page = { width: 842, height: 595, margin: 36 } as const;
const size = { title: 14, text: 8, line: 12 } as const;
/** Width of each column, points; a longer word is cut at the end, with its full form in the JSON. */
const columns: readonly { readonly head: string; readonly width: number; value(one: AccountedDisclosure): string }[] = [
  { head: 'First byte (UTC)', width: 100, value: ({ first }) => first.slice(0, 19).replace('T', ' ') },
  { head: 'Last attempt (UTC)', width: 100, value: ({ last }) => last.slice(0, 19).replace('T', ' ') },
  { head: 'Tries', width: 30, value: ({ attempts }) => String(attempts) },
  { head: 'Outcome', width: 55, value: ({ outcome }) => outcome },
  { head: 'Recipient', width: 110, value: ({ recipientId, recipientVersion }) => `${recipientId ?? '-'} v${recipientVersion ?? '-'}` },
  { head: 'Country', width: 40, value: ({ country }) => country ?? '-' },
  { head: 'Purpose', width: 50, value: ({ purpose }) => purpose ?? '-' },
  { head: 'Authority', width: 70, value: ({ basis }) => basis ?? '-' },
  { head: 'Transfer', width: 175, value: ({ transferId }) => transferId },
  { head: 'Release', width: 40, value: ({ release }) => String(release) },
];

export interface AccountingHead {
  readonly patientId: string;
  readonly from?: string;
  readonly to?: string;
  /** ISO instant. */
  readonly printedAt: string;
}

/**
 * The full history of disclosures as a printable page. Only ids, codes and instants stand in it, all ASCII: the standard
 * font has every letter of them, and no script has to be laid out.
 */
export async function accountingDocument(head: AccountingHead, disclosures: readonly AccountedDisclosure[]): Promise<Uint8Array> {
  const document = await PDFDocument.create();
  document.setTitle('Full history of disclosures');
  document.setLanguage('en');
  document.setCreationDate(new Date(head.printedAt));
  document.setModificationDate(new Date(head.printedAt));
  const font = await document.embedFont(StandardFonts.Helvetica);
  const bold = await document.embedFont(StandardFonts.HelveticaBold);
  const rowsOfPage = Math.floor((page.height - 2 * page.margin - 5 * size.line) / size.line);
  const pages = Math.max(1, Math.ceil(disclosures.length / rowsOfPage));
  for (let index = 0; index < pages; index++) {
    const sheet = document.addPage([page.width, page.height]);
    const y = writeHead(sheet, bold, font, head, `${index + 1} of ${pages}`, disclosures.length);
    for (const [row, one] of disclosures.slice(index * rowsOfPage, (index + 1) * rowsOfPage).entries())
      writeRow(
        sheet,
        font,
        y - (row + 1) * size.line,
        columns.map((column) => column.value(one)),
      );
  }
  return document.save();
}

/** Gives the height of the line of column heads. */
function writeHead(sheet: PDFPage, bold: PDFFont, font: PDFFont, head: AccountingHead, place: string, count: number): number {
  let y = page.height - page.margin;
  sheet.drawText('Full history of disclosures', { x: page.margin, y, size: size.title, font: bold });
  const lines = [
    `Patient ${head.patientId}. From ${head.from ?? 'the beginning'} to ${head.to ?? 'now'}. ${count} disclosures. Printed ${head.printedAt}. Page ${place}.`,
    'Outcome "unknown" is a possible disclosure. This is not the statutory accounting (45 CFR 164.528).',
  ];
  for (const line of lines) {
    y -= size.line + 2;
    sheet.drawText(line, { x: page.margin, y, size: size.text, font });
  }
  y -= 2 * size.line;
  writeRow(
    sheet,
    bold,
    y,
    columns.map((column) => column.head),
  );
  return y;
}

function writeRow(sheet: PDFPage, font: PDFFont, y: number, cells: readonly string[]): void {
  let x = page.margin;
  for (const [index, cell] of cells.entries()) {
    const width = columns[index]?.width ?? 0;
    sheet.drawText(fitting(cell, font, width - 4), { x, y, size: size.text, font });
    x += width;
  }
}

function fitting(text: string, font: PDFFont, width: number): string {
  let shown = text;
  while (shown.length > 1 && font.widthOfTextAtSize(shown, size.text) > width) shown = shown.slice(0, -1);
  return shown;
}
