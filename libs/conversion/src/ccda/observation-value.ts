import type { CodeableConcept, ObservationComponent, ObservationReferenceRange } from 'fhir/r4.js';
import type { Context } from '../mapping/context.js';
import { type Condition, deviation, each, firstOf, from, here, named, part, type Reading, type Rule, where } from '../mapping/mapping.js';
import { parsePath, select } from '../mapping/path.js';
import { attributeOf, childElement, childElements, textOf, type XmlElement } from '../xml/element.js';
import { codeableConcept } from './datatypes/coding.js';
import { bound, comparison, isRange, quantity, range, ratio, readNumber } from './datatypes/quantity.js';
import { textFrom } from './datatypes/text.js';
import { dateTime, period } from './datatypes/time.js';
import { conceptOrText, orAbsent } from './rules.js';
import { absenceOf } from './value-maps/null-flavor.js';

/** The value's type as the document declares it; a value without one is taken by what it carries. */
function typeOf(value: XmlElement): string {
  const declared = attributeOf(value, 'xsi:type');
  if (declared !== undefined) return declared;
  if (attributeOf(value, 'code') !== undefined) return 'CD';
  if (attributeOf(value, 'unit') !== undefined || attributeOf(value, 'value') !== undefined) return 'PQ';
  return childElement(value, 'low') || childElement(value, 'high') ? 'IVL_PQ' : 'ST';
}

const ofType = (...types: string[]): Condition =>
  named(`xsi:type ${types.join(' or ')}`, (at): true | undefined => (types.includes(typeOf(at)) ? true : undefined));
/** Reads the first value, where it is of one of these types. */
const typed = <T>(types: string[], reading: Reading<T>): Rule<T> => {
  const isType = ofType(...types);
  return from(
    'value',
    named(`${reading.label}, where ${isType.label}`, (at, context) =>
      isType(at, context) && at === childElement(at.parent ?? at, 'value') ? reading(at, context) : undefined,
    ),
  );
};

const integerMax = 2_147_483_647;
const integer = named('integer', (at) => {
  const value = Number(attributeOf(at, 'value') ?? Number.NaN);
  return Number.isInteger(value) && Math.abs(value) <= integerMax ? value : undefined;
});
const boolean = named('boolean', (at): boolean | undefined => {
  const value = attributeOf(at, 'value');
  return value === 'true' ? true : value === 'false' ? false : undefined;
});
const numberOf = (at: XmlElement): boolean => readNumber(attributeOf(at, 'value') ?? '') !== undefined;

/** Types whose value goes into a typed element. Every other type, and a value of these that does not fit, is kept as text. */
const codedTypes = ['CD', 'CE', 'CV', 'CO', 'CS'];
const valueString = named(
  'text of ST, ED and every other type; of a number that cannot be read as one',
  (at, context): string | undefined => {
    const type = typeOf(at);
    if (codedTypes.includes(type) || type === 'BL' || type === 'TS' || type === 'IVL_TS' || type === 'RTO' || type.startsWith('RTO_'))
      return undefined;
    if (type === 'INT' && integer(at, context) !== undefined) return undefined;
    const written = attributeOf(at, 'value');
    if (type === 'PQ' || type === 'REAL' || type === 'INT') {
      if (written === undefined) return textFrom(childElement(at, 'originalText'), context) ?? translationText(at, context) ?? textOf(at);
      const unit = attributeOf(at, 'unit');
      return numberOf(at) ? undefined : unit === undefined ? written : `${written} ${unit}`;
    }
    if (type === 'IVL_PQ' || type === 'IVL_INT' || type === 'IVL_REAL')
      return range(at, context) ? undefined : (boundsText(at) ?? textFrom(at, context));
    if (type === 'ED' && attributeOf(at, 'representation') === 'B64') return undefined;
    return textFrom(at, context) ?? written;
  },
);

function translationText(at: XmlElement, context: Context): string | undefined {
  return childElements(at, 'translation')
    .map((translation) => textFrom(childElement(translation, 'originalText'), context) ?? attributeOf(translation, 'value'))
    .find((found) => found !== undefined);
}

function boundsText(at: XmlElement): string | undefined {
  const of = (name: string): string | undefined => attributeOf(childElement(at, name), 'value');
  const [low, high, center] = [of('low'), of('high'), of('center')];
  return low === undefined && high === undefined ? center : `${low ?? ''} - ${high ?? ''}`;
}

/** The only bound of an interval as a Quantity with comparator; two bounds are a Range. */
const intervalTypes = ['IVL_PQ', 'IVL_INT', 'IVL_REAL'];
const real = named('Quantity without unit', (at, context) => quantity(at, context));

/** Why there is no value: only where none of the value's parts could be kept. */
const absentReason = named(
  'CodeableConcept in data-absent-reason by CF-NullFlavorDataAbsentReason',
  (at, context): CodeableConcept | undefined => {
    const absence = absenceOf(at);
    if (
      absence === undefined ||
      conceptOrText(at, context) ||
      translationText(at, context) ||
      childElement(at, 'low') ||
      childElement(at, 'high')
    )
      return undefined;
    return { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/data-absent-reason', code: absence }] };
  },
);

const rangeValue = parsePath('value');
export const referenceRange = part<ObservationReferenceRange>('reference range', {
  low: here(named('Quantity of value/low', (at, context) => sideOf(at, 'low', context))),
  high: here(named('Quantity of value/high', (at, context) => sideOf(at, 'high', context))),
  text: firstOf(
    from('text', named('text', textFrom)),
    from(
      'value',
      named('text of a value that is no interval', (at, context) => (sideless(at) ? textFrom(at, context) : undefined)),
    ),
  ),
});
const sideless = (at: XmlElement): boolean => !childElement(at, 'low') && !childElement(at, 'high');
function sideOf(at: XmlElement, side: 'low' | 'high', context: Context) {
  return select(at, rangeValue).flatMap((value) => bound(value, side, context) ?? [])[0];
}

/** HL7: FHIR's ranges are normal ranges, so of several only the one marked N is mapped. */
const rangePath = parsePath('referenceRange/observationRange');
const ranges = named(
  'each: reference range; of several with an interpretation only N',
  (at, context): ObservationReferenceRange[] | undefined => {
    const all = select(at, rangePath);
    const normal = all.filter((one) => (attributeOf(childElement(one, 'interpretationCode'), 'code') ?? 'N') === 'N');
    if (normal.length < all.length) context.warn(at, 'reference ranges that are not marked normal have no place in FHIR and were left out');
    const found = normal.flatMap((one) => referenceRange(one, context) ?? []);
    return found.length === 0 ? undefined : found;
  },
);

/** What an observation found: the elements that Observation and Observation.component share. */
export const valueRules = {
  valueQuantity: firstOf(typed(['PQ'], quantity), typed(['REAL'], real), typed(intervalTypes, comparison)),
  valueRange: typed(intervalTypes, where(isRange, range)),
  valueCodeableConcept: typed(codedTypes, conceptOrText),
  valueInteger: typed(['INT'], integer),
  valueBoolean: deviation('not on HL7’s page; the types are equal', typed(['BL'], boolean)),
  valueDateTime: deviation('not on HL7’s page; the types are equal', typed(['TS'], dateTime)),
  valuePeriod: deviation('not on HL7’s page; the types are equal', typed(['IVL_TS'], period)),
  valueRatio: deviation('not on HL7’s page; the types are equal', typed(['RTO', 'RTO_PQ_PQ', 'RTO_QTY_QTY'], ratio)),
  valueString: from(
    'value',
    named(valueString.label, (at, context) => (at === childElement(at.parent ?? at, 'value') ? valueString(at, context) : undefined)),
  ),
  dataAbsentReason: from('value', absentReason),
  interpretation: each('interpretationCode', codeableConcept),
  referenceRange: here(ranges),
};

/** One observation inside another. */
export const component = part<ObservationComponent>('component', { code: orAbsent(from('code', codeableConcept)), ...valueRules });
