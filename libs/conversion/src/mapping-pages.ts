import { ccdaMappings, type MappingGroup } from './ccda/all-mappings.js';
import type { Rule } from './mapping/mapping.js';
import { NO_TARGET, ownRows, type ValueMap } from './mapping/value-map.js';

/** One page of docs/mappings. `path` is from the repository's root. */
export interface MappingPage {
  readonly path: string;
  readonly text: string;
}

const folder = 'docs/mappings';

/**
 * The pages of docs/mappings, printed from the mappings themselves for clinical review: one a resource, and an index that lists every deviation from HL7.
 * Pure: the same code prints the same bytes. The command that writes them, and the check that they are fresh, compare with this.
 */
export function mappingPages(): MappingPage[] {
  return [
    { path: `${folder}/README.md`, text: indexPage() },
    ...ccdaMappings.map((group) => ({ path: `${folder}/${fileOf(group)}`, text: page(group) })),
  ];
}

const fileOf = ({ mapping, page }: MappingGroup): string =>
  `ccda-${page ?? mapping.resourceType.replace(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase()}.md`;

function page(group: MappingGroup): string {
  const { mapping, parts, valueMaps } = group;
  return lines(
    `# C-CDA to ${mapping.resourceType}`,
    '',
    'Printed from the mapping; do not edit.',
    '',
    `- Source: ${mapping.about.template}`,
    `- Checked against: ${mapping.about.page}`,
    `- In the code: libs/conversion/src/ccda/${mapping.about.file}.ts`,
    ...(mapping.about.ours === undefined ? [] : [`- Ours: ${mapping.about.ours}`]),
    ...(mapping.about.notes ?? []).map((note) => `- ${note}`),
    '',
    ...ruleTable(mapping.rules),
    ...parts.flatMap((part) => [`## ${part.name}`, '', ...ruleTable(part.rules)]),
    ...valueMaps.flatMap(valueTable),
  );
}

function ruleTable(rules: readonly (readonly [string, Rule<unknown>])[]): string[] {
  const rows = rules.map(([element, rule]) => `| ${element} | ${cell(rule.from)} | ${cell(rule.how)} | ${cell(rule.ours ?? '')} |`);
  return ['| FHIR element | C-CDA | How | Ours, and why |', '| --- | --- | --- | --- |', ...rows, ''];
}

function valueTable(map: ValueMap<string>): string[] {
  const rows = map.rows.map(
    ([code, display, target, own]) =>
      `| ${cell(code)} | ${cell(display)} | ${target === NO_TARGET ? '(no target)' : target} | ${cell(own?.ours ?? '')} |`,
  );
  return [
    `## ${map.name}`,
    '',
    `Codes of ${map.source}. ${map.url}`,
    '',
    ...(map.ours === undefined ? [] : [`Ours: ${map.ours}`, '']),
    '| Code | Display | FHIR | Ours, and why |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
  ];
}

function indexPage(): string {
  const pages = ccdaMappings.map((group) => `- [${group.mapping.resourceType}](${fileOf(group)}): ${group.mapping.about.template}`);
  return lines(
    '# Mappings',
    '',
    'Printed from the mappings in libs/conversion; do not edit. Rows of value maps are HL7’s, from the ConceptMaps of C-CDA on FHIR (repository HL7/ccda-on-fhir,',
    'commit 2ecc324bb9225a76f321b2df01e6515dec9bcc3a), unless marked as ours.',
    '',
    ...pages,
    '',
    '## Deviations from HL7',
    '',
    '| Where | What and why |',
    '| --- | --- |',
    ...deviations().map(({ where, why }) => `| ${cell(where)} | ${cell(why)} |`),
    '',
  );
}

/** Every deviation from HL7's pages and maps, with its reason. */
export function deviations(): { readonly where: string; readonly why: string }[] {
  const found = ccdaMappings.flatMap(({ mapping, parts, valueMaps, page }) => [
    ...(mapping.about.ours === undefined
      ? []
      : [{ where: `${mapping.resourceType}${page === undefined ? '' : ` (${page})`}`, why: mapping.about.ours }]),
    ...ruleDeviations(mapping.resourceType, mapping.rules),
    ...parts.flatMap((part) => ruleDeviations(`${mapping.resourceType}.${part.name}`, part.rules)),
    ...valueMaps.flatMap((map) => (map.ours === undefined ? [] : [{ where: map.name, why: map.ours }])),
    ...valueMaps.flatMap((map) => ownRows(map).map(({ code, reason }) => ({ where: `${map.name}, ${code}`, why: reason }))),
  ]);
  return [...new Map(found.map((one) => [`${one.where}\n${one.why}`, one])).values()];
}

const ruleDeviations = (name: string, rules: readonly (readonly [string, Rule<unknown>])[]) =>
  rules.flatMap(([element, rule]) => (rule.ours === undefined ? [] : [{ where: `${name}.${element}`, why: rule.ours }]));

const cell = (text: string): string => text.replaceAll('|', '\\|').replace(/\s+/g, ' ');
const lines = (...all: string[]): string => `${all.join('\n').trimEnd()}\n`;
