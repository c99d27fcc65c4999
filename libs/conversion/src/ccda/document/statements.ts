import { isCodeOf, isOid, systems } from '../../terminology/code-systems.js';
import { attributeOf, childElement, childElements, type XmlElement } from '../../xml/element.js';
import type { Section } from './clinical-document.js';

/** One clinical statement of a section: the unit in which the ledger counts. */
export interface Statement {
  readonly element: XmlElement;
  readonly section: Section;
  /** Statements inside an organizer; empty for every other. */
  readonly components: readonly Statement[];
}

const statementNames: ReadonlySet<string> = new Set([
  'act',
  'encounter',
  'observation',
  'observationMedia',
  'organizer',
  'procedure',
  'regionOfInterest',
  'substanceAdministration',
  'supply',
]);

/** Acts that only hold what they are about: concerns, and the acts that some sections put around their statements. */
const wrapperTemplates: ReadonlySet<string> = new Set([
  '2.16.840.1.113883.10.20.22.4.3', // Problem Concern Act
  '2.16.840.1.113883.10.20.22.4.30', // Allergy Concern Act
  '2.16.840.1.113883.10.20.22.4.132', // Health Concern Act
  '2.16.840.1.113883.10.20.22.4.33', // Hospital Discharge Diagnosis
  '2.16.840.1.113883.10.20.22.4.34', // Hospital Admission Diagnosis
  '2.16.840.1.113883.10.20.22.4.35', // Discharge Medication
  '2.16.840.1.113883.10.20.22.4.36', // Admission Medication
  '2.16.840.1.113883.10.20.22.4.65', // Preoperative Diagnosis
  '2.16.840.1.113883.10.20.22.4.51', // Postprocedure Diagnosis
  '2.16.840.1.113883.10.20.1.27', // CCD Problem Act
]);
/** Statements that stand by themselves: an act around one of them is its wrapper, whatever it calls itself. */
const wrappedTemplates: ReadonlySet<string> = new Set([
  '2.16.840.1.113883.10.20.22.4.4', // Problem Observation
  '2.16.840.1.113883.10.20.22.4.7', // Allergy Intolerance Observation
  '2.16.840.1.113883.10.20.22.4.16', // Medication Activity
]);
const wrappedNames: ReadonlySet<string> = new Set(['observation', 'substanceAdministration']);

/**
 * All statements of a section's own entries, in document order. An organizer is a statement, and so is each of its components; a concern is none, but each
 * observation in it is. What hangs below a statement (a reaction, a status) is part of it.
 */
export function statementsOf(section: Section): Statement[] {
  return section.entries.flatMap((entry) => statementElements(entry)).flatMap((element) => statementsFrom(element, section));
}

const statementElements = (parent: XmlElement): XmlElement[] => childElements(parent).filter((child) => statementNames.has(child.name));

function statementsFrom(element: XmlElement, section: Section): Statement[] {
  if (element.name === 'organizer') {
    const components = childElements(element, 'component')
      .flatMap((component) => statementElements(component))
      .flatMap((component) => statementsFrom(component, section));
    return [{ element, section, components }];
  }
  const wrapped = wrappedBy(element);
  return wrapped.length > 0
    ? wrapped.map((inner) => ({ element: inner, section, components: [] }))
    : [{ element, section, components: [] }];
}

/** The statements a wrapping act holds; none when the act is a statement itself. */
function wrappedBy(act: XmlElement): XmlElement[] {
  if (act.name !== 'act') return [];
  const inside = childElements(act, 'entryRelationship').flatMap((relationship) =>
    childElements(relationship).filter((child) => wrappedNames.has(child.name)),
  );
  const isConcern = attributeOf(childElement(act, 'code'), 'code') === 'CONC' || hasTemplate(act, wrapperTemplates);
  return isConcern || inside.some((child) => hasTemplate(child, wrappedTemplates)) ? inside : [];
}

const hasTemplate = (element: XmlElement, roots: ReadonlySet<string>): boolean =>
  childElements(element, 'templateId').some((id) => roots.has(attributeOf(id, 'root') ?? ''));

/** How many statements stand in the list, components counted. */
export const countOf = (statements: readonly Statement[]): number =>
  statements.reduce((sum, statement) => sum + 1 + countOf(statement.components), 0);

/** What a statement is, for the ledger: class, template, code system. Never a code or a value, and nothing that is not an OID: it could be anything. */
export function kindOf(element: XmlElement): string {
  const template = childElements(element, 'templateId')
    .flatMap((id) => attributeOf(id, 'root') ?? [])
    .find(isOid);
  const codeSystem = attributeOf(childElement(element, 'code'), 'codeSystem');
  const system = codeSystem !== undefined && isOid(codeSystem) ? [`code system ${codeSystem}`] : [];
  return [element.name, ...(template ? [`template ${template}`] : []), ...system].join(', ');
}

/** A section's name in the ledger: its LOINC code. Any other code could be anything, so it is not repeated. */
export function sectionName(section: Section): string {
  if (section.code === undefined) return 'without code';
  return isCodeOf(systems.loinc, section.code) ? section.code : 'other code';
}
