import type { DiagnosticReport, FhirResource, Reference } from 'fhir/r4.js';
import type { Context } from '../../mapping/context.js';
import type { LossReason } from '../../outcome.js';
import { attributeOf, childElement, childElements, type XmlElement } from '../../xml/element.js';
import { allergyIntolerance } from '../allergy-intolerance.mapping.js';
import { condition } from '../condition.mapping.js';
import { diagnosticReport } from '../diagnostic-report.mapping.js';
import { namesDrug, noMedicationKnown } from '../medication.js';
import { medicationRequest } from '../medication-request.mapping.js';
import { medicationStatement } from '../medication-statement.mapping.js';
import { resultObservation } from '../observation.mapping.js';
import { kindOf, type Statement } from './statements.js';

/** What became of one statement. */
export type Fate = { readonly kept: Reference } | { readonly lost: LossReason };
/** Called for every statement, components included: the ledger's only source. */
export type Told = (statement: Statement, fate: Fate) => void;

/** Sections whose statements are coded, by LOINC code. */
const problemSections: ReadonlySet<string> = new Set(['11450-4', '11348-0']);
const allergySections: ReadonlySet<string> = new Set(['48765-2']);
const medicationSections: ReadonlySet<string> = new Set(['10160-0', '10183-2', '42346-7', '29549-3']);
const resultSections: ReadonlySet<string> = new Set(['30954-2']);

/** Converts a statement and all its components, tells their fates, and returns what the section lists. */
export function convertStatement(statement: Statement, context: Context, told: Told): Reference[] {
  const code = statement.section.code ?? '';
  const { element } = statement;
  if (resultSections.has(code) && element.name === 'organizer') return convertResultOrganizer(statement, context, told);
  const fate = convertOne(element, code, context);
  told(statement, fate);
  for (const component of statement.components) convertStatement(component, context, told);
  return 'kept' in fate ? [fate.kept] : [];
}

function convertOne(element: XmlElement, section: string, context: Context): Fate {
  if (attributeOf(element, 'nullFlavor') !== undefined) return { lost: 'no-content' };
  if (problemSections.has(section) && element.name === 'observation')
    return keep(element, condition.read(element, context), 'code', context);
  if (allergySections.has(section) && element.name === 'observation')
    return keep(element, allergyIntolerance.read(element, context), 'code', context);
  if (medicationSections.has(section) && element.name === 'substanceAdministration') return convertMedication(element, context);
  if (resultSections.has(section) && element.name === 'observation') return convertResult(element, context);
  return { lost: 'not-coded-yet' };
}

/** Places a resource, unless the source names nothing at all in the element that says what it is about. */
function keep(element: XmlElement, resource: FhirResource, about: 'code', context: Context): Fate {
  const concept = about in resource ? (resource as { code?: { coding?: unknown; text?: unknown } }).code : undefined;
  const isNamed =
    concept?.coding !== undefined ||
    concept?.text !== undefined ||
    ('extension' in resource && resource.extension !== undefined && concept === undefined);
  if (!isNamed) return { lost: 'no-content' };
  tellUncoded(element, context);
  return { kept: context.place(resource, element) };
}

function convertMedication(element: XmlElement, context: Context): Fate {
  if (!namesDrug(element, context) && !noMedicationKnown(element, context)) return { lost: 'no-content' };
  tellUncoded(element, context);
  const isEvent = (attributeOf(element, 'moodCode') ?? 'EVN') === 'EVN';
  const resource = isEvent ? medicationStatement.read(element, context) : medicationRequest.read(element, context);
  return { kept: context.place(resource, element) };
}

/** A negated observation says that something was not found or not done: an Observation cannot say that, so it is not made into one that says the opposite. */
function convertResult(element: XmlElement, context: Context): Fate {
  if (attributeOf(element, 'negationInd') === 'true') return { lost: 'not-understood' };
  return keep(element, resultObservation.read(element, context), 'code', context);
}

function convertResultOrganizer(statement: Statement, context: Context, told: Told): Reference[] {
  const results = statement.components.flatMap((component) => convertStatement(component, context, told));
  const { element } = statement;
  const report: DiagnosticReport = { ...diagnosticReport.read(element, context), ...(results.length === 0 ? {} : { result: results }) };
  const isNamed = report.code.coding !== undefined || report.code.text !== undefined || results.length > 0;
  const fate: Fate =
    attributeOf(element, 'nullFlavor') === undefined && isNamed ? { kept: context.place(report, element) } : { lost: 'no-content' };
  told(statement, fate);
  return 'kept' in fate ? [fate.kept] : results;
}

/** What hangs below a kept statement and a mapping reads. Anything else below it is told to the ledger. */
const readBelow: readonly ((relationship: XmlElement, child: XmlElement) => boolean)[] = [
  (_relationship, child) => hasCode(child, ['33999-4', '48767-8', '82606-5', 'SEV', '445518008', '77975-1', '76662-6']),
  (_relationship, child) =>
    hasTemplate(child, ['2.16.840.1.113883.10.20.22.4.6', '2.16.840.1.113883.10.20.22.4.28', '2.16.840.1.113883.10.20.22.4.64']),
  (relationship, child) => attributeOf(relationship, 'typeCode') === 'MFST' && child.name === 'observation',
  (relationship, child) => attributeOf(relationship, 'typeCode') === 'RSON' && child.name === 'observation',
  (relationship, child) =>
    attributeOf(relationship, 'typeCode') === 'SUBJ' && attributeOf(relationship, 'inversionInd') === 'true' && child.name === 'act',
];
const hasCode = (element: XmlElement, codes: readonly string[]): boolean =>
  codes.includes(attributeOf(childElement(element, 'code'), 'code') ?? '');
const hasTemplate = (element: XmlElement, roots: readonly string[]): boolean =>
  childElements(element, 'templateId').some((id) => roots.includes(attributeOf(id, 'root') ?? ''));

function tellUncoded(element: XmlElement, context: Context): void {
  for (const relationship of childElements(element, 'entryRelationship')) {
    for (const child of childElements(relationship)) {
      const isOrder = child.name === 'supply' && attributeOf(child, 'moodCode') === 'INT' && attributeOf(element, 'moodCode') === 'INT';
      if (child.name === 'sequenceNumber' || child.name === 'realmCode' || child.name === 'templateId' || isOrder) continue;
      if (!readBelow.some((reads) => reads(relationship, child)))
        context.warn(child, `part of a kept statement that is not coded yet: ${kindOf(child)}`);
    }
  }
}
