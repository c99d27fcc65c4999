import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { withLock } from '../lock-file.mjs';

/** Where fetched engines lie, outside the repository: they are the user's copies, under their own licences. */
export const cacheDir = () => process.env.BULFINCH_CACHE_DIR || join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'bulfinch');

/**
 * Fills `cacheDir()/name` once. Two processes at once: the second waits for the first. A fetch that dies half-way leaves nothing
 * under the name: it is filled beside it and renamed when whole.
 * @param {string} name
 * @param {(folder: string, work: string) => Promise<void>} fill puts the wanted files into `folder`; `work` is a scratch folder
 * @returns {Promise<string>} the folder
 */
export async function fetchOnce(name, fill) {
  const target = join(cacheDir(), name);
  if (existsSync(target)) return target;
  return withLock(`${target}.lock`, `fetching ${name}`, async () => {
    if (existsSync(target)) return target;
    const work = mkdtempSync(join(cacheDir(), '.fetch-'));
    try {
      const folder = join(work, 'whole');
      mkdirSync(folder);
      await fill(folder, work);
      renameSync(folder, target);
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
    return target;
  });
}
