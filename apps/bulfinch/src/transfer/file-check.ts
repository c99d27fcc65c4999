import { open, readFile, stat } from 'node:fs/promises';
import { detect } from '#libs/conversion';
import { Failed, WrongUse } from '../io.js';

/** What ingestion takes in (apps/ingestion, document.service.ts); the door has the last word. */
const takenTypes: ReadonlySet<string> = new Set(['ccda']);
const notTakenSentence = 'Only C-CDA documents are taken in yet.';
/** A larger document is not taken in: it must be read whole. Of one only the head is looked at, to name its type; bytes. */
const wholeBytesMax = 50 * 1024 * 1024;
const headBytes = 64 * 1024;

interface Finding {
  readonly sentence: string;
  readonly isWrongUse: boolean;
}

/**
 * Looks at the files of a transfer before it is opened, so that no draft stays behind for what ingestion would refuse.
 * @throws WrongUse when one is not a file that can be read; Failed when one would not be taken in. Both name every such file.
 */
export async function checkFiles(files: readonly string[]): Promise<void> {
  const findings: Finding[] = [];
  for (const file of files) findings.push(...(await findingsOf(file)));
  if (findings.length === 0) return;
  const sentences = [...findings.map(({ sentence }) => sentence), 'Nothing was opened.'].join('\n');
  throw findings.some(({ isWrongUse }) => isWrongUse) ? new WrongUse(sentences) : new Failed(sentences);
}

async function findingsOf(file: string): Promise<readonly Finding[]> {
  const wrongUse = (sentence: string): readonly Finding[] => [{ sentence: `${file} ${sentence}`, isWrongUse: true }];
  const refused = (sentence: string): readonly Finding[] => [{ sentence: `${file} ${sentence}`, isWrongUse: false }];
  try {
    const found = await stat(file);
    if (found.isDirectory()) return wrongUse('is a directory.');
    // It is read twice, now and for the upload: a pipe has its bytes only once.
    if (!found.isFile()) return wrongUse('is not a regular file.');
    if (found.size === 0) return refused('is empty.');
    const isLarge = found.size > wholeBytesMax;
    const { type, reason } = detect(isLarge ? await headOf(file) : await readFile(file));
    if (!takenTypes.has(type)) return refused(`was recognised as ${type}. ${reason ?? notTakenSentence}`);
    if (isLarge) return refused(`was recognised as ${type} and has ${found.size} bytes; at most ${wholeBytesMax} are taken in.`);
    return reason === undefined ? [] : refused(`was recognised as ${type}. ${reason}`);
  } catch (error) {
    return wrongUse(isMissing(error) ? 'does not exist.' : 'cannot be read.');
  }
}

async function headOf(file: string): Promise<Uint8Array> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(headBytes), 0, headBytes, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

function isMissing(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT';
}
