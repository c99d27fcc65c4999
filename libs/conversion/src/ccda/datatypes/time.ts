import type { Extension, Period } from 'fhir/r4.js';
import type { Context } from '../../mapping/context.js';
import { named } from '../../mapping/mapping.js';
import { attributeOf, childElement, type XmlElement } from '../../xml/element.js';
import { absenceOf, dataAbsent } from '../value-maps/null-flavor.js';

/** What a CDA time means in FHIR. `cut`: the source said more than FHIR can without a zone; `dateTime` is then only its date. */
export interface ReadTime {
  readonly dateTime: string;
  readonly cut: boolean;
}

/** Where a text of the source stays that the element itself cannot carry. */
const originalTextUrl = 'http://hl7.org/fhir/StructureDefinition/originalText';
const timePattern = /^(\d{4})(?:(\d{2})(?:(\d{2})(?:(\d{2})(?:(\d{2})(?:(\d{2})(?:\.(\d{1,9}))?)?)?)?)?)?(?:([+-])(\d{2})(\d{2})?|Z)?$/;
/** The widest time zones there are, in minutes. */
const offsetMinutesMax = 14 * 60;

/**
 * A CDA time (`20230531`, `202305312205-0500`) as a FHIR dateTime of the same precision. A time of day without a zone becomes its date, since a zone may not be
 * invented; so does an hour without minutes. Missing seconds are written `00`, as FHIR demands. Undefined for what is no date of the calendar.
 */
export function readTime(value: string): ReadTime | undefined {
  const match = timePattern.exec(value);
  if (!match) return undefined;
  const [, year = '', month, day, hour, minute, second = '00', fraction, sign, zoneHour = '00', zoneMinute = '00'] = match;
  if (year === '0000') return undefined;
  if (month === undefined) return { dateTime: year, cut: false };
  if (+month < 1 || +month > 12) return undefined;
  if (day === undefined) return { dateTime: `${year}-${month}`, cut: false };
  if (+day < 1 || +day > daysIn(+year, +month)) return undefined;
  const date = `${year}-${month}-${day}`;
  if (hour === undefined) return { dateTime: date, cut: /[+Z-]/.test(value) };
  const hasZone = sign !== undefined || value.endsWith('Z');
  const isClock = +hour <= 23 && minute !== undefined && +minute <= 59 && +second <= 59;
  const isZone = +zoneMinute <= 59 && +zoneHour * 60 + +zoneMinute <= offsetMinutesMax;
  if (!hasZone || !isClock || !isZone) return { dateTime: date, cut: true };
  const zone = sign === undefined ? 'Z' : `${sign}${zoneHour}:${zoneMinute}`;
  return { dateTime: `${date}T${hour}:${minute}:${second}${fraction === undefined ? '' : `.${fraction}`}${zone}`, cut: false };
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

/** The element with the point in time: itself, else its `low`, else its `center` (HL7: "the value should be taken from either @value or low/@value"). */
function pointOf(at: XmlElement): XmlElement {
  if (attributeOf(at, 'value') !== undefined) return at;
  return childElement(at, 'low') ?? childElement(at, 'center') ?? at;
}

function readPoint(at: XmlElement, context: Context): ReadTime | undefined {
  const value = attributeOf(pointOf(at), 'value');
  if (value === undefined) return undefined;
  const read = readTime(value);
  if (!read) context.warn(at, 'a time is not a date of the calendar and was left out');
  return read;
}

/** A FHIR dateTime. Goes with `dateTimeExtension` on the same path. */
export const dateTime = named('dateTime of the same precision; without a zone the date', (at, context) => readPoint(at, context)?.dateTime);

/** What goes beside a dateTime: the source's text where a time of day was cut off, the reason where there is none. */
export const dateTimeExtension = named('source text of a cut time, or data-absent-reason', (at): { extension: Extension[] } | undefined => {
  const point = pointOf(at);
  const value = attributeOf(point, 'value');
  if (value === undefined) {
    const absence = absenceOf(point) ?? absenceOf(at);
    return absence === undefined ? undefined : { extension: [dataAbsent(absence)] };
  }
  const read = readTime(value);
  if (!read || read.cut) return { extension: [...(read ? [] : [dataAbsent('error')]), { url: originalTextUrl, valueString: value }] };
  return undefined;
});

/** A FHIR instant: only from a time that has seconds and a zone. */
export const instant = named('instant, where date, time and zone are there', (at) => {
  const value = attributeOf(pointOf(at), 'value');
  const read = value === undefined ? undefined : readTime(value);
  return read?.dateTime.includes('T') ? read.dateTime : undefined;
});

/** A FHIR date: the day, month or year of a time. */
export const date = named('date', (at, context) => readPoint(at, context)?.dateTime.slice(0, 10));

/** A FHIR Period of `low` and `high`; of an element with a single value: its start. */
export const period = named('Period of low and high', (at, context): Period | undefined => {
  const start = attributeOf(at, 'value') === undefined ? childElement(at, 'low') : at;
  const end = childElement(at, 'high');
  const found = evenPrecision({ ...side('start', start, context), ...side('end', end, context) });
  return Object.keys(found).length === 0 || isReversed(found, at, context) ? undefined : found;
});

function side(name: 'start' | 'end', at: XmlElement | undefined, context: Context): Period {
  if (!at) return {};
  const value = dateTime(at, context);
  // An end that is only a nullFlavor says "unknown end"; a start or end that FHIR cannot carry keeps its text.
  const extension = dateTimeExtension(at, context);
  return { ...(value === undefined ? {} : { [name]: value }), ...(extension ? { [`_${name}`]: extension } : {}) };
}

/**
 * Two times of one day of which only one has a time of day cannot be compared, and FHIR then calls the period wrong (per-1): both become the day, the source's
 * text stays beside.
 */
function evenPrecision(found: Period): Period {
  const { start, end } = found;
  if (start === undefined || end === undefined || start.length === end.length) return found;
  const length = Math.min(start.length, end.length);
  if (length > 10 || start.slice(0, length) !== end.slice(0, length)) return found;
  const longer = start.length > end.length ? 'start' : 'end';
  const whole = longer === 'start' ? start : end;
  const extension: Extension[] = [...(found[`_${longer}`]?.extension ?? []), { url: originalTextUrl, valueString: whole }];
  return { ...found, [longer]: whole.slice(0, length), [`_${longer}`]: { extension } };
}

/** FHIR forbids an end before its start; days are compared, since precisions differ. */
function isReversed(found: Period, at: XmlElement, context: Context): boolean {
  if (found.start === undefined || found.end === undefined) return false;
  const length = Math.min(found.start.length, found.end.length, 10);
  const reversed = found.start.slice(0, length) > found.end.slice(0, length) || Date.parse(found.start) > Date.parse(found.end);
  if (reversed) context.warn(at, 'the period ends before it starts and was left out');
  return reversed;
}

/** True for an interval that is more than one point: it has a high that differs from its low. */
export const isInterval = named('low and high differ', (at): true | undefined => {
  const high = attributeOf(childElement(at, 'high'), 'value');
  return high !== undefined && high !== attributeOf(childElement(at, 'low'), 'value') ? true : undefined;
});
