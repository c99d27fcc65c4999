import type { DiagnosticReport, FamilyMemberHistory, Observation, Reference } from 'fhir/r4.js';
import type { Context } from '../../mapping/context.js';
import { attributeOf, childElements } from '../../xml/element.js';
import { identifierFrom } from '../datatypes/identifier.js';
import { diagnosticReport } from '../diagnostic-report.mapping.js';
import { familyMemberHistory, readFamilyCondition } from '../family-member-history.mapping.js';
import { statusOrganizer } from '../status-observation.mapping.js';
import { convertOne, type Fate, type Told } from './convert-statement.js';
import { convertVitalSigns } from './convert-vital-signs.js';
import { kindOfOrganizer } from './route.js';
import type { Statement } from './statements.js';

/** Converts a statement and all its components, tells their fates, and returns what the section lists. */
export function convertStatement(statement: Statement, context: Context, told: Told): Reference[] {
  const code = statement.section.code ?? '';
  const { element } = statement;
  if (element.name !== 'organizer') {
    const fate = convertOne(element, code, context);
    told(statement, fate);
    return 'kept' in fate ? [fate.kept, ...(fate.beside ?? [])] : [];
  }
  switch (kindOfOrganizer(element, code)) {
    case 'results':
      return convertResults(statement, context, told);
    case 'vital-signs':
      return convertVitalSigns(statement, context, told, convertStatement);
    case 'family':
      return convertFamily(statement, context, told);
    case 'observations':
      return convertObservations(statement, context, told);
  }
}

const isNull = ({ element }: Statement): boolean => attributeOf(element, 'nullFlavor') !== undefined;

function convertResults(statement: Statement, context: Context, told: Told): Reference[] {
  const { element } = statement;
  const { listed, observations } = convertComponents(statement, context, told);
  const report: DiagnosticReport = {
    ...diagnosticReport.read(element, context),
    ...(observations.length === 0 ? {} : { result: observations }),
  };
  const isNamed = report.code.coding !== undefined || report.code.text !== undefined || observations.length > 0;
  const fate: Fate = !isNull(statement) && isNamed ? { kept: context.place(report, element) } : { lost: 'no-content' };
  told(statement, fate);
  // What a report cannot hold (a procedure that took the specimen) is listed beside it.
  return 'kept' in fate ? [fate.kept, ...listed.filter((one) => !observations.includes(one))] : listed;
}

interface Components {
  /** All that the section could list, in the order of the source. */
  readonly listed: Reference[];
  /** Those of them that are Observations of the components themselves. */
  readonly observations: Reference[];
}

function convertComponents(statement: Statement, context: Context, told: Told): Components {
  const listed: Reference[] = [];
  const observations: Reference[] = [];
  for (const component of statement.components) {
    const references = convertStatement(component, context, (one, fate) => {
      if (one === component && 'kept' in fate && fate.isObservation === true) observations.push(fate.kept);
      told(one, fate);
    });
    listed.push(...references);
  }
  return { listed, observations: observations.filter((one) => listed.includes(one)) };
}

/** Functional and mental status, and every organizer of observations that we do not know: an Observation over its members. */
function convertObservations(statement: Statement, context: Context, told: Told): Reference[] {
  const { element } = statement;
  const { listed, observations } = convertComponents(statement, context, told);
  const panel: Observation = { ...statusOrganizer.read(element, context), hasMember: observations };
  const isPanel = observations.length > 0 && attributeOf(element, 'negationInd') !== 'true' && !isNull(statement);
  const fate: Fate = isPanel
    ? { kept: context.place(panel, element), isObservation: true }
    : { lost: listed.length > 0 ? 'not-coded-yet' : 'no-content' };
  told(statement, fate);
  return 'kept' in fate ? [fate.kept, ...listed.filter((one) => !observations.includes(one))] : listed;
}

/** One relative. A negated observation is no condition of theirs; what is no observation stands for itself. */
function convertFamily(statement: Statement, context: Context, told: Told): Reference[] {
  const { element } = statement;
  const found = statement.components.map((component) => ({ component, read: readMember(component, context) }));
  const kept = found.flatMap(({ component, read }) => ('condition' in read ? [{ component, condition: read.condition }] : []));
  const base = familyMemberHistory.read(element, context);
  const ids = kept.flatMap(({ component }) => childElements(component.element, 'id').flatMap((id) => identifierFrom(id) ?? []));
  const identifiers = [...(base.identifier ?? []), ...ids];
  const history: FamilyMemberHistory = {
    ...base,
    ...(identifiers.length === 0 ? {} : { identifier: identifiers }),
    ...(kept.length === 0 ? {} : { condition: kept.map(({ condition }) => condition) }),
  };
  const isNamed = history.relationship.coding !== undefined || history.relationship.text !== undefined || kept.length > 0;
  const fate: Fate = isNamed && !isNull(statement) ? { kept: context.place(history, element) } : { lost: 'no-content' };
  told(statement, fate);
  for (const { component, read } of found) told(component, 'condition' in read ? fate : read);
  return 'kept' in fate ? [fate.kept] : [];
}

function readMember(
  component: Statement,
  context: Context,
): { condition: NonNullable<FamilyMemberHistory['condition']>[number] } | { lost: 'no-content' | 'not-understood' | 'not-coded-yet' } {
  if (component.element.name !== 'observation') return { lost: 'not-coded-yet' };
  if (isNull(component)) return { lost: 'no-content' };
  if (attributeOf(component.element, 'negationInd') === 'true') return { lost: 'not-understood' };
  const condition = readFamilyCondition(component.element, context);
  return condition ? { condition } : { lost: 'no-content' };
}
