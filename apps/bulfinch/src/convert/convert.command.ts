import { mkdir, writeFile } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { Failed, WrongUse } from '../io.js';
import type { Setting } from '../setting.js';
import { type ConvertedFile, cliPatientId, convertFile } from './convert-file.js';

interface Options {
  readonly json?: true;
  readonly out?: string;
  readonly recordedAt: string;
}

/** Without a transfer nobody says when the record is made: always the same, so that the same file gives the same bytes. */
const recordedAtUsual = '1970-01-01T00:00:00Z';

export function addConvert(program: Command, { io }: Setting): void {
  program
    .command('convert')
    .description('source documents -> FHIR R4, no server needed')
    .argument('<file...>', 'documents of any type; what is not converted yet says so')
    .option('--json', 'one line a file: {file, type, ok, record?, report, reason?}')
    .option('--out <dir>', 'also write DIR/<name>.json for each record')
    .option('--recorded-at <instant>', 'the time the records state for themselves', instant, recordedAtUsual)
    .addHelpText(
      'after',
      `
The same file gives the same bytes. Without a transfer there is no patient register: ids are made for the patient ${cliPatientId}.
The report accounts for every statement of the source: source.statements = kept + lost.`,
    )
    .action(async (files: readonly string[], { json, out, recordedAt }: Options) => {
      if (out !== undefined) await mkdir(out, { recursive: true });
      const names = new Names();
      const failed: string[] = [];
      let isUnreadable = false;
      for (const [index, file] of files.entries()) {
        if (files.length > 1) io.progress(`${index + 1} of ${files.length}`);
        const converted = await convertFile(file, recordedAt);
        if (!converted.ok) failed.push(file);
        if (!converted.ok) isUnreadable ||= converted.reason === 'cannot-read';
        else if (out !== undefined) await writeFile(join(out, names.of(file)), `${JSON.stringify(converted.record)}\n`);
        for (const text of json ? [JSON.stringify(converted)] : sentences(converted)) io.out(text);
      }
      if (files.length > 1) io.progress('');
      if (failed.length === 0) return;
      // One line and the last, for scripts: every file by name.
      const sentence = `Not converted, ${failed.length} of ${files.length}: ${failed.join(', ')}`;
      throw isUnreadable ? new WrongUse(sentence) : new Failed(sentence);
    });
}

/** Names for the output: two inputs of one name in different folders do not overwrite each other. */
class Names {
  private readonly taken = new Set<string>();

  of(file: string): string {
    const stem = basename(file, extname(file));
    let name = `${stem}.json`;
    for (let again = 2; this.taken.has(name); again++) name = `${stem}-${again}.json`;
    this.taken.add(name);
    return name;
  }
}

function sentences(converted: ConvertedFile): readonly string[] {
  const { file, type, report } = converted;
  if (!converted.ok) return [`${file}: ${type}, not converted: ${converted.reason}${converted.detail ? `. ${converted.detail}` : ''}`];
  const { statements } = report.source;
  const counted = `${statements} statements, ${report.kept} kept, ${report.lost.length} lost, ${report.warnings.length} warnings`;
  const resources = `${converted.record.entry?.length ?? 0} resources`;
  const lost = new Map<string, number>();
  for (const { what, why } of report.lost) lost.set(`${why}: ${what}`, (lost.get(`${why}: ${what}`) ?? 0) + 1);
  return [`${file}: ${type}, ${resources}; ${counted}`, ...[...lost].map(([what, count]) => `  lost ${count} x ${what}`)];
}

function instant(typed: string): string {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,3})?(Z|[+-]\d{2}:\d{2})$/.test(typed) || Number.isNaN(Date.parse(typed)))
    throw new InvalidArgumentError('an instant with a zone, like 2026-11-24T12:00:00Z');
  return typed;
}
