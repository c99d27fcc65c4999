// Pages that are printed from code: `--write` prints them, without it the check fails where one is stale, missing or left over.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ROOT, say } from './host.mjs';
import { ensurePrepared } from './prepare.mjs';

/** Folders that hold nothing but printed pages. */
const printedFolders = ['docs/mappings', 'docs/events'];

/** @returns {Promise<Map<string, string>>} path from the root -> text */
async function pages() {
  await ensurePrepared();
  const { mappingPages } = await import(join(ROOT, 'dist/libs/conversion/src/index.js'));
  const { asyncApi } = await import(join(ROOT, 'dist/libs/contracts/src/index.js'));
  const printed = new Map(mappingPages().map((/** @type {{path: string, text: string}} */ page) => [page.path, page.text]));
  printed.set('docs/events/asyncapi.json', `${JSON.stringify(asyncApi(), null, 2)}\n`);
  return printed;
}

const printed = await pages();
const leftOver = printedFolders
  .filter((folder) => existsSync(join(ROOT, folder)))
  .flatMap((folder) => readdirSync(join(ROOT, folder)).map((name) => `${folder}/${name}`))
  .filter((path) => !printed.has(path));
const stale = [...printed]
  .filter(([path, text]) => !existsSync(join(ROOT, path)) || readFileSync(join(ROOT, path), 'utf8') !== text)
  .map(([path]) => path);
if (process.argv.includes('--write')) {
  for (const path of leftOver) rmSync(join(ROOT, path));
  for (const path of stale) {
    mkdirSync(dirname(join(ROOT, path)), { recursive: true });
    writeFileSync(join(ROOT, path), printed.get(path) ?? '');
  }
  say(`generated docs: ${printed.size} pages, ${stale.length} written, ${leftOver.length} removed`);
} else if (stale.length + leftOver.length > 0) {
  say(`generated docs are stale (run \`npm run docs\`):\n  ${[...stale, ...leftOver].join('\n  ')}`);
  process.exitCode = 1;
} else say(`generated docs: ${printed.size} pages are fresh`);
