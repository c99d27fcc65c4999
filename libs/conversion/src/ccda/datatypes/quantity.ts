import type { Extension, Quantity, Range, Ratio } from 'fhir/r4.js';
import type { Context } from '../../mapping/context.js';
import { named } from '../../mapping/mapping.js';
import { systems } from '../../terminology/code-systems.js';
import { isUcum } from '../../terminology/ucum.js';
import { attributeOf, childElement, textOf, type XmlElement } from '../../xml/element.js';

/** Plain decimal notation, as CDA's `real` and FHIR's `decimal` share it. */
const decimalPattern = /^[+-]?(\d+(?:\.(\d*))?|\.(\d+))(?:[eE][+-]?\d{1,3})?$/;
/** A JavaScript number holds 15 decimal digits for certain; a longer value would be changed by becoming one. */
const significantDigitsMax = 15;
const precisionUrl = 'http://hl7.org/fhir/StructureDefinition/quantity-precision';

export interface ReadNumber {
  readonly value: number;
  /** Decimal places written that the number itself loses: `1.030` becomes 1.03. */
  readonly decimals: number | undefined;
}

/** A decimal as written to a number; undefined when it is none or would be changed. */
export function readNumber(written: string): ReadNumber | undefined {
  const match = decimalPattern.exec(written);
  if (!match) return undefined;
  const digits = written
    .replace(/[eE].*$/, '')
    .replace(/\D/g, '')
    .replace(/^0+/, '');
  const value = Number(written);
  if (digits.length > significantDigitsMax || !Number.isFinite(value)) return undefined;
  const decimals = (match[2] ?? match[3] ?? '').length;
  const kept = /\.(\d+)$/.exec(String(value))?.[1]?.length ?? 0;
  return { value, decimals: decimals > kept && !/[eE]/.test(written) ? decimals : undefined };
}

/** A CDA PQ as a Quantity: unit as UCUM only where it is valid UCUM, else as text. CDA's dimensionless unit `1` is UCUM's. */
export function quantityFrom(at: XmlElement, context: Context): Quantity | undefined {
  const written = attributeOf(at, 'value');
  if (written === undefined) return undefined;
  const number = readNumber(written);
  if (!number) {
    context.warn(at, 'a number could not be read and was left out');
    return undefined;
  }
  return { value: number.value, ...precision(number), ...unitOf(at, context) };
}

function precision(number: ReadNumber): { _value?: { extension: Extension[] } } {
  return number.decimals === undefined ? {} : { _value: { extension: [{ url: precisionUrl, valueInteger: number.decimals }] } };
}

function unitOf(at: XmlElement, context: Context): Quantity {
  const unit = attributeOf(at, 'unit');
  if (unit !== undefined) {
    if (isUcum(unit)) return { unit, system: systems.ucum, code: unit };
    context.warn(at, 'the unit is not UCUM and is kept as text');
    return { unit };
  }
  // HL7's example "Results Unit Non-UCUM": the unit stands in a translation's original text.
  const translation = childElement(at, 'translation');
  const text = textOf(childElement(translation ?? at, 'originalText')) ?? attributeOf(translation, 'displayName');
  return text === undefined ? {} : { unit: text };
}

/** A Quantity. */
export const quantity = named('Quantity: value, UCUM unit or unit text', quantityFrom);

/** The lower bound of a dose range that is given as one; a single value otherwise. */
export const isRange = named('low and high are given', (at): true | undefined => {
  return attributeOf(childElement(at, 'low'), 'value') !== undefined && attributeOf(childElement(at, 'high'), 'value') !== undefined
    ? true
    : undefined;
});

/** A Range of low and high. */
export const range = named('Range of low and high', (at, context): Range | undefined => {
  const low = bound(at, 'low', context);
  const high = bound(at, 'high', context);
  if (!low && !high) return undefined;
  return { ...(low ? { low } : {}), ...(high ? { high } : {}) };
});

/** One bound of an IVL_PQ as a Quantity without comparator. */
export function bound(at: XmlElement, side: 'low' | 'high', context: Context): Quantity | undefined {
  const element = childElement(at, side);
  return element ? quantityFrom(element, context) : undefined;
}

/**
 * An IVL_PQ with one bound as a Quantity with comparator, as HL7's guidance "Ranges of Physical Quantities": inclusive unless it says otherwise. HL7 also reads
 * a low of 0 as "no low"; we keep both bounds then, as a Range.
 */
export const comparison = named('Quantity with comparator from the one bound', (at, context): Quantity | undefined => {
  const low = bound(at, 'low', context);
  const high = bound(at, 'high', context);
  if ((low && high) || (!low && !high)) return undefined;
  const element = childElement(at, low ? 'low' : 'high');
  const inclusive = attributeOf(element, 'inclusive') !== 'false';
  const comparator = low ? (inclusive ? '>=' : '>') : inclusive ? '<=' : '<';
  return { ...(low ?? high), comparator };
});

/** A Ratio of numerator and denominator. */
export const ratio = named('Ratio of numerator and denominator', (at, context): Ratio | undefined => {
  const numerator = partOf(at, 'numerator', context);
  const denominator = partOf(at, 'denominator', context);
  // FHIR wants both or neither (rat-1).
  return numerator && denominator ? { numerator, denominator } : undefined;
});

function partOf(at: XmlElement, name: string, context: Context): Quantity | undefined {
  const element = childElement(at, name);
  return element ? quantityFrom(element, context) : undefined;
}
