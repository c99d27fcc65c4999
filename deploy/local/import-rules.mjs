/**
 * The import rules of docs/architecture.md, checked by dependency-cruiser. Fails when a rule is broken, and when too few
 * modules were read: with a parser that does not understand the files it reads none and would pass.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const outputBytesMax = 256 * 1024 * 1024;

/**
 * @param {string[]} folders
 * @returns {{violations: {rule: string, from: string, to: string}[], modules: number}}
 */
export function cruise(folders) {
  const cli = `${root}node_modules/dependency-cruiser/bin/dependency-cruiser.mjs`;
  const args = [cli, ...folders, '--config', '.dependency-cruiser.mjs', '--output-type', 'json'];
  let output;
  try {
    output = execFileSync(`${root}node_modules/.bin/node`, args, {
      cwd: root,
      maxBuffer: outputBytesMax,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  } catch (error) {
    // The exit code is the number of errors; the report is on stdout all the same.
    output = /** @type {{stdout?: string}} */ (error).stdout ?? '';
    if (!output.startsWith('{')) throw error;
  }
  const report = JSON.parse(output);
  const violations = report.summary.violations.map((/** @type {any} */ found) => ({
    rule: found.rule.name,
    from: found.from,
    to: found.to,
  }));
  return { violations, modules: report.modules.filter((/** @type {any} */ one) => /^(apps|libs|test)\//.test(one.source)).length };
}

/** What the text of a file may not hold. Comments are taken out first; a word in a string counts. */
export const textRules = [
  {
    name: 'domain-has-no-clock',
    files: /\/domain\/(?!.*\.spec\.ts$)/,
    forbidden:
      /\bnew Date\(\)|\bDate\.now\b|\bMath\.random\b|\bprocess\.|\bperformance\.|\brandomUUID\b|\bsetTimeout\b|\bgetRandomValues\b/,
  },
  {
    // The token verifier asks the issuer for its keys; everything else that leaves goes through delivery's egress.
    name: 'fetch-in-one-place',
    files: /(^|\/)(apps|libs)\/(?!.*(\.spec\.ts$|\/testing\/|\/token-verifier\.ts$))(?!(clinic|bulfinch)\/)/,
    forbidden: /(?<![.\w])fetch\(/,
  },
  {
    name: 'only-config-reads-environment',
    files: /(^|\/)(apps|libs)\/(?!.*(\.spec\.ts|\/testing\/.*|\/config\.ts|\/config\/load-config\.ts|\/create-topics\.ts)$)/,
    forbidden: /\bprocess\.env\b/,
  },
];

/**
 * @param {string[]} folders
 * @returns {{rule: string, from: string, to: string}[]}
 */
export function textViolations(folders) {
  const found = [];
  for (const folder of folders)
    for (const name of readdirSync(`${root}${folder}`, { recursive: true, encoding: 'utf8' })) {
      const file = `${folder}/${name}`;
      if (!name.endsWith('.ts')) continue;
      const code = readFileSync(`${root}${file}`, 'utf8').replaceAll(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm, '');
      for (const rule of textRules) {
        const match = rule.files.test(file) ? rule.forbidden.exec(code) : null;
        if (match) found.push({ rule: rule.name, from: file, to: match[0] });
      }
    }
  return found;
}

/** @param {string} folder @returns {number} */
function sourceFiles(folder) {
  return readdirSync(`${root}${folder}`, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts')).length;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { violations: imports, modules } = cruise(['apps', 'libs']);
  const violations = [...imports, ...textViolations(['apps', 'libs'])];
  const expected = sourceFiles('apps') + sourceFiles('libs');
  for (const { rule, from, to } of violations) console.error(`${rule}: ${from} -> ${to}`);
  if (modules < expected) console.error(`import rules: read ${modules} of ${expected} files, so the check proves nothing`);
  else console.log(`import rules: ${modules} files read, ${violations.length} violations`);
  if (violations.length > 0 || modules < expected) process.exit(1);
}
