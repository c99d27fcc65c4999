import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { Planted } from './planted.js';

/** Something that must hold no patient's value: a log file, an answer, an event. */
export interface Place {
  readonly where: string;
  readonly text: string;
}

/** Every planted value that stands in a place, in whatever form, as `where: what`. The value itself is not told: this text goes to a log. */
export function leaksIn(places: readonly Place[], planted: Planted): string[] {
  const forms = [...planted.values].map(([value, what]) => ({ what, forms: formsOf(value) }));
  return places.flatMap(({ where, text }) => {
    // Base64 and its kin tell cases apart, the rest is looked for in both.
    const texts = [text, text.toLowerCase()];
    return forms
      .filter((one) => one.forms.some((form) => texts.some((told) => told.includes(form))))
      .map(({ what }) => `${where}: ${what}`);
  });
}

/** A value as it is, and as URLs, JSON, headers, base64 and hashes would hold it. */
function formsOf(value: string): string[] {
  const utf8 = Buffer.from(value, 'utf8');
  const escaped = Array.from(value, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');
  // Base64 of it anywhere in a longer text: at each of three offsets, less what its neighbours decide.
  const base64 = [0, 1, 2].map((offset) =>
    Buffer.concat([Buffer.alloc(offset), utf8])
      .toString('base64')
      .slice(Math.ceil((offset * 4) / 3), -4),
  );
  const hashes = ['sha256', 'sha1', 'md5'].flatMap((name) => {
    const digest = createHash(name).update(utf8).digest();
    return [digest.toString('hex'), digest.toString('base64').slice(0, -2), digest.toString('base64url')];
  });
  const plain = [
    value,
    value.normalize('NFD'),
    encodeURIComponent(value).toLowerCase(),
    escaped,
    utf8.toString('latin1'),
    utf8.toString('hex'),
  ];
  return [...new Set([...plain, ...base64, ...hashes])];
}

/** Every file below the folder, and its name: engines' own data files (compressed or encrypted) and what `isLeftOut` names are not read. */
export async function filesBelow(folder: string, isLeftOut: (path: string) => boolean): Promise<Place[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = found.filter((entry) => entry.isFile()).map((entry) => relative(folder, join(entry.parentPath, entry.name)));
  const names = { where: 'the names of files', text: paths.filter((path) => !isLeftOut(path)).join('\n') };
  const read = paths
    .filter((path) => !isLeftOut(path))
    .map(async (path) => ({ where: path, text: await readFile(join(folder, path), 'utf8') }));
  return [names, ...(await Promise.all(read))];
}
