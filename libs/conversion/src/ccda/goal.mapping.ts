import type { Goal, GoalTarget } from 'fhir/r4.js';
import type { Context } from '../mapping/context.js';
import { documentPatient, each, from, here, listOf, mapping, named } from '../mapping/mapping.js';
import { codeOf } from '../mapping/value-map.js';
import { attributeOf, childElement, type XmlElement } from '../xml/element.js';
import { codeableConcept } from './datatypes/coding.js';
import { identifier } from './datatypes/identifier.js';
import { date } from './datatypes/time.js';
import { valueRules } from './observation-value.js';
import { codeOrText, comments, orAbsent, recorder } from './rules.js';
import { dataAbsent } from './value-maps/null-flavor.js';
import { goalStatus } from './value-maps/plan.js';

const lifecycle = codeOf(goalStatus);
const stated = from('statusCode', lifecycle);

const dueDate = (at: XmlElement, context: Context): string | undefined => {
  const high = childElement(childElement(at, 'effectiveTime') ?? at, 'high');
  return high ? date(high, context) : undefined;
};
/** FHIR: what is measured goes with any detail (gol-1). */
const target = named('measure of code, detail of value, dueDate of effectiveTime/high', (at, context): GoalTarget | undefined => {
  const code = childElement(at, 'code');
  const measure = code ? codeableConcept(code, context) : undefined;
  const due = dueDate(at, context);
  const detail: GoalTarget = {
    detailQuantity: valueRules.valueQuantity.read(at, context),
    detailRange: valueRules.valueRange.read(at, context),
    detailCodeableConcept: valueRules.valueCodeableConcept.read(at, context),
    detailString: valueRules.valueString.read(at, context),
    detailBoolean: valueRules.valueBoolean.read(at, context),
    detailInteger: valueRules.valueInteger.read(at, context),
    detailRatio: valueRules.valueRatio.read(at, context),
  };
  const given = Object.fromEntries(Object.entries(detail).filter(([, value]) => value !== undefined));
  const hasDetail = measure !== undefined && Object.keys(given).length > 0;
  if (!hasDetail && due === undefined) return undefined;
  return { ...(hasDetail ? { measure, ...given } : {}), ...(due === undefined ? {} : { dueDate: due }) };
});

/** Goal Observation (2.16.840.1.113883.10.20.22.4.121), and every observation in mood GOL. */
export const goal = mapping<Goal>(
  'Goal',
  {
    file: 'goal.mapping',
    template: 'Goal Observation 2.16.840.1.113883.10.20.22.4.121, mood GOL',
    page: 'C-CDA on FHIR has no page for goals; FHIR R4, Goal, mapping to HL7 v3',
    ours: 'HL7 has no page for goals.',
  },
  {
    identifier: each('id', identifier),
    lifecycleStatus: stated,
    _lifecycleStatus: here(
      named('data-absent-reason unknown where the source gives no status', (at, context) =>
        stated.read(at, context) === undefined ? { extension: [dataAbsent('unknown')] } : undefined,
      ),
    ),
    description: orAbsent(codeOrText),
    subject: documentPatient,
    startDate: from(
      'effectiveTime',
      named('date of @value or low', (at, context) =>
        (attributeOf(at, 'value') ?? attributeOf(childElement(at, 'low'), 'value')) === undefined ? undefined : date(at, context),
      ),
    ),
    target: here(listOf(target)),
    expressedBy: recorder,
    note: comments,
  },
);
