import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { isAlive, Missing, pause, say } from './host.mjs';

/** How often a waiting process looks again (ms): a person does not notice it, two cores do not either. */
const lookAgainMs = 150;
/** The longest wait for another process (ms): a first `npm ci` on a slow line takes minutes. */
const waitMsMax = 15 * 60_000;

/**
 * Runs `work` while holding `file`, so that two commands started at once do not do it twice.
 * The file names its holder's process; one whose process is gone is stale and is taken over.
 * @template T
 * @param {string} file
 * @param {string} what said to the person when another process has it
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(file, what, work) {
  mkdirSync(dirname(file), { recursive: true });
  const mark = `${process.pid} ${randomBytes(8).toString('hex')}`;
  const until = Date.now() + waitMsMax;
  let isSaid = false;
  while (!take(file, mark)) {
    const holder = holderOf(file);
    if (holder && !isSaid) {
      say(`waiting for process ${holder}: ${what}`);
      isSaid = true;
    }
    if (Date.now() > until)
      throw new Missing(
        'lock-timeout',
        `process ${holder} has held ${file} for ${waitMsMax / 60_000} minutes (${what}); end it or delete that file`,
      );
    await pause(lookAgainMs);
  }
  try {
    return await work();
  } finally {
    if (read(file) === mark) rmSync(file, { force: true });
  }
}

/**
 * Holds `file` until released or this process ends, without waiting.
 * @param {string} file
 * @returns {{ release: () => void } | { holder: number }} `holder`: the process that has it
 */
export function holdLock(file) {
  mkdirSync(dirname(file), { recursive: true });
  const mark = `${process.pid} ${randomBytes(8).toString('hex')}`;
  // The second try is for a stale lock that the first one has cleared away.
  if (!take(file, mark) && !take(file, mark)) return { holder: Number(holderOf(file)) };
  return {
    release: () => {
      if (read(file) === mark) rmSync(file, { force: true });
    },
  };
}

/** @param {string} file @param {string} mark @returns {boolean} whether the lock is ours now */
function take(file, mark) {
  try {
    writeFileSync(file, mark, { flag: 'wx' });
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error;
  }
  const held = read(file);
  if (held !== undefined && held !== '' && !isAlive(Number(held.split(' ')[0]))) removeStale(file, held);
  return false;
}

/**
 * Moves the stale file away before deleting it: another process may have replaced it since it was read, and then it is put back.
 * @param {string} file @param {string} stale
 */
function removeStale(file, stale) {
  const away = `${file}.${randomBytes(6).toString('hex')}`;
  try {
    renameSync(file, away);
  } catch {
    return; // another process was faster
  }
  if (read(away) !== stale) {
    try {
      linkSync(away, file);
    } catch {
      // A third process has it already: it holds the lock, the one put away sees that its mark is gone.
    }
  }
  rmSync(away, { force: true });
}

/** @param {string} file */
function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined; // released in between
  }
}

/** @param {string} file */
const holderOf = (file) => read(file)?.split(' ')[0];
