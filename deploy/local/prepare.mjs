import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { findOnPath, isExecutable, lastLineOf, Missing, ROOT, runProgram, say } from './host.mjs';
import { withLock } from './lock-file.mjs';

const modules = join(ROOT, 'node_modules');
const dist = join(ROOT, 'dist');
const lockfile = join(ROOT, 'package-lock.json');
/** Holds the hash of the lockfile that node_modules was last seen to fit. */
const installedStamp = join(modules, '.bulfinch-installed');
/** Holds the hash of the sources that dist was built from. */
const builtStamp = join(dist, '.bulfinch-built');
/** The oldest Node the product runs on (package.json, engines). */
const nodeMin = { major: 24, minor: 9 };
const sourceFolders = ['apps', 'libs'];
/** What decides the build's result beside the sources. */
const buildSettings = ['.swcrc', 'package-lock.json'];

/** The Node 24 that comes with the packages; this process's own where the platform has none there and it is new enough. */
export function nodeBinary() {
  const packaged = join(modules, '.bin', 'node');
  if (isExecutable(packaged)) return packaged;
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > nodeMin.major || (major === nodeMin.major && minor >= nodeMin.minor)) return process.execPath;
  throw new Missing(
    'no-npm',
    `There is no packaged Node for ${process.platform} ${process.arch}. Install Node ${nodeMin.major}.${nodeMin.minor} or newer and start again.`,
  );
}

/** The environment in which the packages' programs are found first, as `npm run` has it. */
export const withPackages = () => ({ ...process.env, PATH: `${join(modules, '.bin')}:${process.env.PATH ?? ''}` });

/**
 * Installs the npm packages and builds dist, each only when needed, one command at a time. Says on stderr what it does.
 * @throws {Missing} `no-npm`, `build-failed`, with what to do
 */
export async function ensurePrepared() {
  if (!isInstalled()) await withLock(join(ROOT, '.data', 'prepare.lock'), 'it installs the npm packages', install);
  if (!isBuilt()) await withLock(join(modules, '.bulfinch-build.lock'), 'it builds', build);
}

const sha256 = (/** @type {string | Buffer} */ content) => createHash('sha256').update(content).digest('hex');

/** @param {string} file */
const stampOf = (file) => (existsSync(file) ? readFileSync(file, 'utf8') : undefined);

function isInstalled() {
  if (!existsSync(modules)) return false;
  const wanted = sha256(readFileSync(lockfile));
  if (stampOf(installedStamp) === wanted) return true;
  if (!fitsLock()) return false;
  writeFileSync(installedStamp, wanted);
  return true;
}

/** Whether what npm says it installed is what the lockfile says. Packages for other platforms are absent rightly. */
function fitsLock() {
  const hidden = join(modules, '.package-lock.json');
  if (!existsSync(hidden)) return false;
  /** @typedef {{ packages: Record<string, { version?: string, optional?: boolean } | undefined> }} Lock npm's lockfile, version 3 */
  const installed = /** @type {Lock} */ (JSON.parse(readFileSync(hidden, 'utf8'))).packages;
  const wanted = /** @type {Lock} */ (JSON.parse(readFileSync(lockfile, 'utf8'))).packages;
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === '') return true;
    const found = installed[path];
    return found === undefined ? entry?.optional === true : found.version === entry?.version;
  });
}

async function install() {
  if (isInstalled()) return;
  const npm = findOnPath('npm');
  if (npm === undefined)
    throw new Missing('no-npm', 'The npm packages are not installed and there is no npm on PATH. Install Node with npm and start again.');
  say('npm: installing the packages of package-lock.json (a minute or two, once)');
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error'];
  const clean = await runProgram(npm, ['ci', ...quiet]);
  if (clean.code !== 0) {
    say(`npm: \`npm ci\` failed (${errorLine(clean.output)}), so \`npm install\``);
    const other = await runProgram(npm, ['install', ...quiet]);
    if (other.code !== 0)
      throw new Missing('no-npm', `The npm packages could not be installed: ${errorLine(other.output)}. Run \`npm ci\` to see it all.`);
  }
  nodeBinary();
  writeFileSync(installedStamp, sha256(readFileSync(lockfile)));
}

/** npm says what is wrong first and where its log lies last. @param {string} output */
function errorLine(output) {
  return (/npm (?:error|ERR!) (?!code\b)(.+)/.exec(output)?.[1] ?? lastLineOf(output)).trim();
}

const isBuilt = () => stampOf(builtStamp) === sourcesHash();

/** @returns {string} of all sources' paths and contents, and of what decides how they are compiled */
function sourcesHash() {
  const hash = createHash('sha256');
  for (const file of [...buildSettings, ...sources()])
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(ROOT, file)))
      .update('\0');
  return hash.digest('hex');
}

/** @returns {string[]} the files that the build compiles, relative to the root, sorted */
function sources() {
  return sourceFolders.flatMap((folder) => filesUnder(join(ROOT, folder), /(?<!\.spec|\.d)\.ts$/)).sort();
}

/** @param {string} folder @param {RegExp} wanted @returns {string[]} */
function filesUnder(folder, wanted) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && wanted.test(entry.name))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)));
}

async function build() {
  if (isBuilt()) return;
  const started = performance.now();
  const hash = sourcesHash();
  rmSync(builtStamp, { force: true });
  const swc = [join(modules, '@swc', 'cli', 'bin', 'swc.js'), ...sourceFolders, '-d', 'dist', '--config-file', '.swcrc', '--quiet'];
  const result = await runProgram(nodeBinary(), swc, { env: withPackages() });
  if (result.code !== 0) throw new Missing('build-failed', `The build failed:\n${result.output.split('\n\nStack backtrace')[0]?.trim()}`);
  removeStale();
  writeFileSync(builtStamp, hash);
  say(`build: dist made in ${((performance.now() - started) / 1000).toFixed(1)} s`);
}

/** Output whose source is gone would still be found by imports. The rest stays in place: processes may be running from it. */
function removeStale() {
  const kept = new Set(sources().map((file) => file.replace(/\.ts$/, '.js').split(sep).join('/')));
  for (const file of sourceFolders.flatMap((folder) => filesUnder(join(dist, folder), /\.js(\.map)?$/))) {
    const name = relative('dist', file)
      .split(sep)
      .join('/')
      .replace(/\.map$/, '');
    if (!kept.has(name)) rmSync(join(ROOT, file), { force: true });
  }
}
