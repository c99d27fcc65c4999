import { readdirSync } from 'node:fs';
import rules from '../.dependency-cruiser.mjs';
import { cruise, textRules, textViolations } from '../deploy/local/import-rules.mjs';

const names = [...rules.forbidden, ...textRules].map((rule) => rule.name);

describe('the import rules', () => {
  const planted = cruise(['test/planted']);
  const plantedText = textViolations(['test/planted']);

  it.each(names)('%s is broken by its planted file', (name) => {
    const broken = [...planted.violations, ...plantedText].filter((found) => found.rule === name).map((found) => found.from);
    expect(broken.some((file) => file.includes(`/${name}`))).toBe(true);
  });

  it('has a planted file for every rule and no rule is broken by another file', () => {
    const files = readdirSync('test/planted', { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
    expect(names.filter((name) => !files.some((file) => file.endsWith(`/${name}.ts`)))).toEqual([]);
    expect(planted.modules).toBeGreaterThanOrEqual(files.length);
  });
});
