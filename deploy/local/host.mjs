import { spawn, spawnSync } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the repository. These scripts run before anything is installed: they use Node's own modules only. */
export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** @typedef {(line: string) => void} Say tells the person one line of what is done */

/** Speaks on stderr, so that stdout stays for answers. @type {Say} */
export const say = (line) => void process.stderr.write(`${line}\n`);

/** A thing that this machine lacks, with a sentence that says what to do. `code` is for programs, the message for people. */
export class Missing extends Error {
  /** @param {'no-mongod' | 'no-kafka' | 'no-npm' | 'port-taken' | 'data-in-use' | 'build-failed' | 'not-ready' | 'lock-timeout'} code @param {string} message @param {unknown} [cause] */
  constructor(code, message, cause) {
    super(message, { cause });
    this.name = 'Missing';
    this.code = code;
  }
}

/** @param {unknown} error @returns {string} the error's sentence */
export const reasonOf = (error) => (error instanceof Error ? error.message : String(error));

/** @param {number} ms */
export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Finds a program on PATH. @param {string} name @returns {string | undefined} its full path */
export function findOnPath(name) {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const file = join(folder, name);
    if (folder !== '' && isExecutable(file)) return file;
  }
  return undefined;
}

/** @param {string} file */
export function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false; // not there, or not ours to run: the same to who searches
  }
}

/** @param {number} pid @returns {boolean} whether a process of that id is there */
export function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: there, but another user's.
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}

/** @param {number} port @returns {Promise<boolean>} whether 127.0.0.1:port can be listened on now */
export function isPortFree(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/**
 * Free loopback ports, all different, as the system gives them.
 * @param {number} count
 * @returns {Promise<number[]>}
 */
export async function freePorts(count) {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        /** @type {Promise<import('node:net').Server>} */ (
          new Promise((resolve, reject) => {
            const server = createServer();
            server.once('error', reject);
            server.listen({ port: 0, host: '127.0.0.1' }, () => resolve(server));
          })
        ),
    ),
  );
  // All are held until the last is known, or two could be the same.
  const ports = servers.map((server) => /** @type {import('node:net').AddressInfo} */ (server.address()).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/**
 * Runs a program to its end and keeps the last of what it said.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv }} [options]
 * @returns {Promise<{ code: number, output: string }>} `code` 127 when it cannot be started
 */
export function runProgram(command, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: options.cwd ?? ROOT, env: options.env ?? process.env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const keep = (/** @type {Buffer} */ chunk) => {
      output = (output + chunk.toString('utf8')).slice(-outputKeptChars);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.once('error', (error) => resolve({ code: 127, output: reasonOf(error) }));
    child.once('close', (code) => resolve({ code: code ?? 1, output }));
  });
}
/** Characters of a program's output kept for an error text. */
const outputKeptChars = 4000;

/** @param {string} output @returns {string} the last line that says something */
export function lastLineOf(output) {
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  return (lines.at(-1) ?? 'it said nothing').trim();
}

/**
 * The first version number that a program prints, as major: `openjdk version "17.0.15"` is 17.
 * @param {string} program @param {readonly string[]} args
 * @returns {number | undefined} undefined when it cannot be run
 */
export function majorVersionOf(program, args) {
  const result = spawnSync(program, args, { encoding: 'utf8', timeout: versionTimeoutMs });
  if (result.status !== 0) return undefined;
  const found = /(\d+)\.\d+|version "(\d+)/.exec(`${result.stdout}\n${result.stderr}`);
  return found ? Number(found[1] ?? found[2]) : undefined;
}
/** A program that cannot tell its version in this time (ms) is broken. */
const versionTimeoutMs = 20_000;
