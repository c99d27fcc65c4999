import type { Identifier, Observation, Reference } from 'fhir/r4.js';
import type { Context } from '../../mapping/context.js';
import { systems } from '../../terminology/code-systems.js';
import { attributeOf, childElement, type XmlElement } from '../../xml/element.js';
import { vitalComponent, vitalSign, vitalSignsPanel, vitalTime } from '../vital-sign.mapping.js';
import type { Told } from './convert-statement.js';
import type { Statement } from './statements.js';

const systolic = '8480-6';
const diastolic = '8462-4';
const saturation: ReadonlySet<string> = new Set(['59408-5', '2708-6']);
const oxygenGiven: ReadonlySet<string> = new Set(['3150-0', '3151-8']);

const codeOf = ({ element }: Statement): string => attributeOf(childElement(element, 'code'), 'code') ?? '';
/** What two readings must share to be one measurement: time, site and method as written. */
function measurement({ element }: Statement): string {
  const time = vitalTime(element);
  const of = (name: string): string => attributeOf(childElement(element, name), 'code') ?? '';
  const bound = (name: string): string => attributeOf(time && childElement(time, name), 'value') ?? '';
  return JSON.stringify([attributeOf(time, 'value') ?? '', bound('low'), bound('high'), of('targetSiteCode'), of('methodCode')]);
}
const isUsable = ({ element }: Statement): boolean =>
  element.name === 'observation' && attributeOf(element, 'nullFlavor') === undefined && attributeOf(element, 'negationInd') !== 'true';

/**
 * HL7's special cases within one organizer: which statement becomes part of which. A reading is joined to the first partner of the same measurement that is
 * still free; without one it stays as it is.
 */
function joined(components: readonly Statement[]): Map<Statement, Statement[]> {
  const parts = new Map<Statement, Statement[]>();
  const taken = new Set<Statement>();
  const usable = components.filter(isUsable);
  for (const high of usable.filter((one) => codeOf(one) === systolic)) {
    const low = usable.find((one) => codeOf(one) === diastolic && !taken.has(one) && measurement(one) === measurement(high));
    if (!low) continue;
    taken.add(low);
    parts.set(high, [high, low]);
  }
  for (const oxygen of usable.filter((one) => saturation.has(codeOf(one)) && !parts.has(one))) {
    const given = usable.filter((one) => oxygenGiven.has(codeOf(one)) && !taken.has(one) && timeOf(one) === timeOf(oxygen));
    for (const one of given) taken.add(one);
    parts.set(oxygen, given);
  }
  return parts;
}
const timeOf = ({ element }: Statement): string => {
  const time = vitalTime(element);
  return attributeOf(time, 'value') ?? attributeOf(time && childElement(time, 'low'), 'value') ?? '';
};

/** Converts one statement of a panel, whatever it is: the caller's own way, handed in so that the two files stay apart. */
type Convert = (statement: Statement, context: Context, told: Told) => Reference[];

/** Vital Signs Organizer: a panel over its observations, blood pressure and pulse oximetry as HL7's page says. Tells every fate; returns what is listed. */
export function convertVitalSigns(statement: Statement, context: Context, told: Told, convert: Convert): Reference[] {
  const parts = joined(statement.components);
  const absorbed = new Set([...parts.values()].flat());
  const members: Reference[] = [];
  const others: Reference[] = [];
  for (const component of statement.components) {
    const joinedParts = parts.get(component);
    if (joinedParts) {
      const resource = codeOf(component) === systolic ? bloodPressure(joinedParts, context) : oximetry(component, joinedParts, context);
      const kept = context.place(resource, component.element);
      members.push(kept);
      for (const one of new Set([component, ...joinedParts])) told(one, { kept, isObservation: true });
    } else if (!absorbed.has(component)) {
      const listed = convert(component, context, told);
      (component.element.name === 'observation' || component.element.name === 'organizer' ? members : others).push(...listed);
    }
  }
  if (members.length === 0 || attributeOf(statement.element, 'nullFlavor') !== undefined) {
    told(statement, { lost: 'no-content' });
    return [...members, ...others];
  }
  const panel: Observation = { ...panelOf(statement.element, context), hasMember: members };
  const kept = context.place(panel, statement.element);
  told(statement, { kept, isObservation: true });
  return [kept, ...others];
}

const panelOf = (element: XmlElement, context: Context): Observation => vitalSignsPanel.read(element, context);

/** HL7: code 85354-9, no value of its own, two components. Both readings' identifiers and notes are kept. */
function bloodPressure(parts: readonly Statement[], context: Context): Observation {
  const [base, other] = parts.map(({ element }) => vitalSign.read(element, context));
  const components = parts.flatMap(({ element }) => vitalComponent(element, context) ?? []);
  const shared = withoutValue(base ?? vitalSign.read(parts[0]?.element as XmlElement, context));
  const identifiers: Identifier[] = [...(base?.identifier ?? []), ...(other?.identifier ?? [])];
  const notes = [...(base?.note ?? []), ...(other?.note ?? [])];
  return {
    ...shared,
    ...(identifiers.length === 0 ? {} : { identifier: identifiers }),
    ...(notes.length === 0 ? {} : { note: notes }),
    code: { coding: [{ system: systems.loinc, code: '85354-9', display: 'Blood pressure panel with all children optional' }] },
    component: components,
  };
}

const found: ReadonlySet<string> = new Set(['dataAbsentReason', 'interpretation', 'referenceRange']);
/** The observation without what it found: that stands in its components. */
function withoutValue(observation: Observation): Observation {
  const rest = Object.entries(observation).filter(([key]) => !key.startsWith('value') && !found.has(key));
  // Cast: only optional elements were left out.
  return Object.fromEntries(rest) as unknown as Observation;
}

/** HL7: both codes, the saturation as value, oxygen given as components. */
function oximetry(statement: Statement, given: readonly Statement[], context: Context): Observation {
  const base = vitalSign.read(statement.element, context);
  const own = base.code.coding ?? [];
  const missing = [...saturation].filter((code) => !own.some((coding) => coding.code === code && coding.system === systems.loinc));
  const components = given.flatMap(({ element }) => vitalComponent(element, context) ?? []);
  const identifiers = given.flatMap(({ element }) => vitalSign.read(element, context).identifier ?? []);
  return {
    ...base,
    ...(identifiers.length === 0 ? {} : { identifier: [...(base.identifier ?? []), ...identifiers] }),
    code: { ...base.code, coding: [...own, ...missing.map((code) => ({ system: systems.loinc, code }))] },
    ...(components.length === 0 ? {} : { component: components }),
  };
}
