import type { ProtectedKind } from '#libs/contracts';
import { type DocumentBundle, isObject, type Json, type Resource } from '../content/bundle.js';
import { type Pointers, pointersOf } from '../content/references.js';
import { flatSections, type PlacedSection, partFields } from '../content/sections.js';
import { type Certainty, isToldBy, type Label, patternOf, type RuleSet, systemOf, systems } from './rule-set.js';
import { type KnownSource, part2Programmes, ruleSets } from './rule-sets.js';
import { isUnread, isUnreadText } from './unread.js';

/** What the rule sets found in one entry or section. `isUnread`: something of it no rule set can read (domain.md section 4). */
export interface Reading {
  readonly labels: readonly Label[];
  readonly isUnread: boolean;
}
export interface RecordReading {
  /** By index of the entry. Of the Composition: all but its sections. */
  readonly entries: readonly Reading[];
  readonly sections: readonly (Reading & PlacedSection)[];
}

/** References that say only who, where or in which visit: what is protected in their target says nothing of the one that refers. */
const sayNothing = new Set(
  (
    'encounter context subject patient performer author recorder asserter requester custodian individual party actor who onBehalfOf ' +
    'organization managingOrganization serviceProvider location practitioner specimen device informationSource url target entry item ' +
    'member condition assigner generalPractitioner owner participant attester'
  ).split(' '),
);
/** Frames and lists, which lose a reference and stay as they are. */
const frames = ['Composition', 'Provenance', 'Patient', 'Bundle', 'List'];
/** Keys whose text people read. Names of persons and lines of addresses are none: a family may be called anything. */
const readByPeople = new Set(['display', 'text', 'title', 'description', 'valueString', 'comment', 'conclusion', 'div', 'value']);

interface CompiledSet {
  readonly set: RuleSet;
  readonly patterns: readonly RegExp[];
}
/** No word of a rule set is shorter, characters. */
const shortestWord = 3;
const compile = (sets: readonly RuleSet[]): readonly CompiledSet[] => sets.map((set) => ({ set, patterns: set.words.map(patternOf) }));
const compiled = compile(ruleSets);

/** Sets the labels of every item and section of a record. Pure: the same record and rule sets give the same labels. */
export function readRecord(
  record: DocumentBundle,
  sets: readonly RuleSet[] = ruleSets,
  programmes: readonly KnownSource[] = part2Programmes,
): RecordReading {
  const rules = sets === ruleSets ? compiled : compile(sets);
  const pointers = pointersOf(record);
  const sections = flatSections(record).map((placed) => ({
    ...placed,
    labels: labelsIn(placed.own, rules),
    isUnread: isUnreadText(placed.own['text']),
  }));
  const own = record.entry.map(({ resource }) => labelsIn(withoutSections(resource), rules));
  addFromSections(own, sections);
  spread(own, pointers, record);
  addPolicy(own, record, pointers, programmes, versionOf(sets));
  return {
    entries: record.entry.map(({ resource }, index) => ({ labels: sorted(own[index]), isUnread: isUnread(withoutSections(resource)) })),
    sections: sections.map((section) => ({ ...section, labels: sorted(section.labels) })),
  };
}

type Found = Map<ProtectedKind, Label>;

function withoutSections(resource: Resource): Resource {
  const { section: _, ...frame } = resource;
  return resource.resourceType === 'Composition' ? { ...frame, resourceType: 'Composition' } : resource;
}

function labelsIn(value: Json, rules: readonly CompiledSet[]): Found {
  const found: Found = new Map();
  visit(
    value,
    '',
    (coding) => byCode(found, coding, rules),
    (text) => byWord(found, text, rules),
  );
  return found;
}

interface Coding {
  readonly system?: string;
  readonly code: string;
}

/** Walks everything, contained resources and extensions too: a label does not ask where a code stands. */
function visit(value: Json, key: string, onCoding: (coding: Coding) => void, onText: (text: string) => void): void {
  if (typeof value === 'string') {
    if (key === 'confidentiality') onCoding({ system: systems.confidentiality, code: value });
    if (readByPeople.has(key)) onText(value);
    return;
  }
  if (Array.isArray(value)) {
    for (const one of value) visit(one, key, onCoding, onText);
    return;
  }
  if (!isObject(value)) return;
  const { system, code, name } = value;
  if (typeof code === 'string') onCoding({ ...(typeof system === 'string' ? { system: systemOf(system) } : {}), code });
  // The name of a clinic or a device may tell what a patient was there for.
  if (typeof name === 'string') onText(name);
  for (const [inner, one] of Object.entries(value)) visit(one, inner, onCoding, onText);
}

/** Systems in which a code without a system may stand: their codes look like no word of another system. */
const guessed: ReadonlySet<string> = new Set([systems.icd10cm, systems.icd10, systems.icd9cm, systems.snomed, systems.loinc]);

function byCode(found: Found, { system, code }: Coding, rules: readonly CompiledSet[]): void {
  for (const { set } of rules)
    for (const rule of set.codes) {
      const isOfSystem = system === undefined ? guessed.has(rule.system) : rule.system === system;
      if (isOfSystem && isToldBy(rule, code)) add(found, set.kind, system === undefined ? 'possible' : rule.certainty, set.version);
    }
}

function byWord(found: Found, text: string, rules: readonly CompiledSet[]): void {
  if (text.length < shortestWord) return;
  for (const { set, patterns } of rules) if (patterns.some((pattern) => pattern.test(text))) add(found, set.kind, 'possible', set.version);
}

/** Adds a label; one that is set stays set. True when something changed. */
function add(found: Found, kind: ProtectedKind, certainty: Certainty, version: string): boolean {
  const known = found.get(kind)?.certainty;
  if (known === 'set' || known === certainty) return false;
  found.set(kind, { kind, certainty, version });
  return true;
}

function addAll(to: Found | undefined, from: Found | undefined): boolean {
  if (!to || !from) return false;
  return [...from.values()].map(({ kind, certainty, version }) => add(to, kind, certainty, version)).includes(true);
}

/** What stands in a section of a protected code is protected, its subsections too. A word in a narrative says nothing of each entry. */
function addFromSections(own: readonly Found[], sections: readonly (PlacedSection & { readonly labels: Found })[]): void {
  for (const { path, labels } of sections) {
    const set: Found = new Map([...labels].filter(([, { certainty }]) => certainty === 'set'));
    for (const inner of sections.filter((other) => other.path === path || other.path.startsWith(`${path}.`))) {
      addAll(inner.labels, set);
      for (const index of inner.entries) addAll(own[index], set);
    }
  }
}

/** Until nothing changes: to the parts of a whole, and to what speaks of a protected item (a medicine given for it, a visit made for it). */
function spread(own: readonly Found[], pointers: Pointers, record: DocumentBundle): void {
  const steps = pointers.flatMap((list, from) =>
    frames.includes(record.entry[from]?.resource.resourceType ?? '')
      ? []
      : list
          .filter(({ field }) => !sayNothing.has(field))
          .map(({ field, target }) => (partFields.includes(field) ? { from, to: target } : { from: target, to: from })),
  );
  // Each round adds at least one of finitely many labels, so it ends.
  for (let isMoving = true; isMoving; ) isMoving = steps.map(({ from, to }) => addAll(own[to], own[from])).includes(true);
}

/** 42 CFR Part 2 follows the source: a programme's whole record is under it, and of an unknown source nobody knows (domain.md section 3). */
function addPolicy(
  own: readonly Found[],
  record: DocumentBundle,
  pointers: Pointers,
  programmes: readonly KnownSource[],
  version: string,
): void {
  const sources = record.entry.flatMap(({ resource }, index) => {
    if (resource.resourceType !== 'DocumentReference') return [];
    const custodian = pointers[index]?.find(({ field }) => field === 'custodian')?.target;
    return [custodian === undefined ? undefined : programmeOf(record.entry[custodian]?.resource, programmes)];
  });
  const areProgrammes = sources.filter((isProgramme) => isProgramme === true).length;
  const areKnown = sources.length > 0 && sources.every((isProgramme) => isProgramme !== undefined);
  if (areProgrammes > 0) {
    for (const labels of own) add(labels, '42CFRPart2', areProgrammes === sources.length ? 'set' : 'possible', version);
    return;
  }
  if (areKnown) return;
  for (const labels of own) if (labels.has('SUD') || labels.has('ETH')) add(labels, '42CFRPart2', 'possible', version);
}

function programmeOf(organization: Resource | undefined, programmes: readonly KnownSource[]): boolean | undefined {
  const identifiers = organization?.['identifier'];
  if (!Array.isArray(identifiers)) return undefined;
  const known = programmes.filter(({ system, value }) =>
    identifiers.some((one: Json) => isObject(one) && one['system'] === system && one['value'] === value),
  );
  return known.length === 0 ? undefined : known.some(({ isPart2Programme }) => isPart2Programme);
}

function versionOf(sets: readonly RuleSet[]): string {
  return sets.find(({ kind }) => kind === '42CFRPart2')?.version ?? 'none';
}

function sorted(found: Found | undefined): readonly Label[] {
  return [...(found?.values() ?? [])].sort((one, other) => (one.kind < other.kind ? -1 : 1));
}
