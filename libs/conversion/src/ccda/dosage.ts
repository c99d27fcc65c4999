import type { Dosage, Timing, TimingRepeat } from 'fhir/r4.js';
import type { Context } from '../mapping/context.js';
import { deviation, each, firstOf, from, here, listOf, named, one, part, where } from '../mapping/mapping.js';
import { parsePath, select } from '../mapping/path.js';
import { attributeOf, childElement, childElements, type XmlElement } from '../xml/element.js';
import { codeableConcept, conceptFrom } from './datatypes/coding.js';
import { isRange, quantity, range, ratio, readNumber } from './datatypes/quantity.js';
import { text, textFrom } from './datatypes/text.js';
import { dateTime, period } from './datatypes/time.js';
import { periodUnit } from './value-maps/medication.js';

/** All effectiveTime elements, those inside a parenthetic set (SXPR_TS) too. */
const times = (at: XmlElement): XmlElement[] =>
  childElements(at, 'effectiveTime').flatMap((time) =>
    attributeOf(time, 'xsi:type') === 'SXPR_TS' ? childElements(time, 'comp') : [time],
  );
const isFrequency = (time: XmlElement): boolean =>
  ['PIVL_TS', 'EIVL_TS'].includes(attributeOf(time, 'xsi:type') ?? '') ||
  childElement(time, 'period') !== undefined ||
  childElement(time, 'event') !== undefined;
/** HL7 takes the first effectiveTime for the time of use and the second for the frequency; documents mix the order, so the type decides. */
export const useTime = (at: XmlElement): XmlElement | undefined => times(at).find((time) => !isFrequency(time));

const hoursOfDay = 24;
const units = new Map(periodUnit.rows.map(([unit]) => [unit as string, unit as NonNullable<TimingRepeat['periodUnit']>]));

/** A PIVL_TS as frequency, period and unit, by HL7's page: institutionSpecified "every 8 hours" is three times a day; otherwise it is every 8 hours. */
function periodic(time: XmlElement, context: Context): { repeat?: TimingRepeat; text?: string } {
  const found = childElement(time, 'period');
  const low = found ? (attributeOf(found, 'value') === undefined ? childElement(found, 'low') : found) : undefined;
  const written = attributeOf(low, 'value');
  const number = written === undefined ? undefined : readNumber(written)?.value;
  if (!found || written === undefined) return {};
  const unit = units.get(attributeOf(low, 'unit') ?? '');
  if (number === undefined || number <= 0 || unit === undefined) {
    context.warn(time, 'a dosing period is not a number with a unit of time and is kept as text');
    return { text: [written, attributeOf(low, 'unit')].filter((piece) => piece !== undefined).join(' ') };
  }
  const highValue = attributeOf(childElement(found, 'high'), 'value');
  const high = highValue === undefined ? undefined : readNumber(highValue)?.value;
  const perDay = unit === 'h' ? hoursOfDay / number : unit === 'd' ? 1 / number : 0;
  if (attributeOf(time, 'institutionSpecified') === 'true' && high === undefined && Number.isInteger(perDay) && perDay >= 1) {
    // The source's period goes with it as text: "three times a day" and "every 8 h at the ward's hours" are not quite the same words.
    return { repeat: { frequency: perDay, period: 1, periodUnit: 'd' }, text: `every ${written} ${unit}, at the institution's times` };
  }
  return {
    repeat: { frequency: 1, period: number, ...(high !== undefined && high > number ? { periodMax: high } : {}), periodUnit: unit },
  };
}

/** FHIR EventTiming codes that CDA's TimingEvent has too (event-timing value set). */
const eventCodes: ReadonlySet<string> = new Set([
  'HS',
  'WAKE',
  'C',
  'CM',
  'CD',
  'CV',
  'AC',
  'ACM',
  'ACD',
  'ACV',
  'PC',
  'PCM',
  'PCD',
  'PCV',
]);
const minutesBy: ReadonlyMap<string, number> = new Map([
  ['s', 1 / 60],
  ['min', 1],
  ['h', 60],
  ['d', 1440],
]);
/** Events at a meal itself take no offset (FHIR tim-9). */
const withoutOffset: ReadonlySet<string> = new Set(['C', 'CM', 'CD', 'CV']);

function eventBased(time: XmlElement, context: Context): { repeat?: TimingRepeat; text?: string } {
  const code = attributeOf(childElement(time, 'event'), 'code');
  if (code === undefined) return {};
  if (!eventCodes.has(code)) {
    context.warn(time, 'a dosing event is not in FHIR’s event timing and is kept as text');
    return { text: code };
  }
  const offsetElement = childElement(time, 'offset');
  const point = offsetElement && attributeOf(offsetElement, 'value') === undefined ? childElement(offsetElement, 'low') : offsetElement;
  const offset = Math.round(
    Number(attributeOf(point, 'value') ?? Number.NaN) * (minutesBy.get(attributeOf(point, 'unit') ?? '') ?? Number.NaN),
  );
  // Cast: eventCodes holds codes of the value set only.
  const repeat: TimingRepeat = { when: [code as NonNullable<TimingRepeat['when']>[number]] };
  return { repeat: offset >= 0 && !withoutOffset.has(code) ? { ...repeat, offset } : repeat };
}

/** `bounds`: whether the time of use stands here (requests) or in the resource's own effective time (statements). */
const timingWith = (bounds: boolean) =>
  named('Timing: time of use, PIVL_TS and EIVL_TS', (at, context): Timing | undefined => {
    const frequencies = times(at).filter(isFrequency);
    const read = frequencies.map((time) => (childElement(time, 'event') ? eventBased(time, context) : periodic(time, context)));
    const use = bounds ? useTime(at) : undefined;
    const single = use && attributeOf(use, 'value') !== undefined ? dateTime(use, context) : undefined;
    const boundsPeriod = use && single === undefined ? period(use, context) : undefined;
    const repeat: TimingRepeat = {
      ...(boundsPeriod ? { boundsPeriod } : {}),
      ...Object.assign({}, ...read.map((part) => part.repeat ?? {})),
    };
    const words = read.flatMap((part) => part.text ?? []);
    const found: Timing = {
      ...(single === undefined ? {} : { event: [single] }),
      ...(Object.keys(repeat).length === 0 ? {} : { repeat }),
      ...(words.length === 0 ? {} : { code: { text: words.join(', ') } }),
    };
    return Object.keys(found).length === 0 ? undefined : found;
  });

const preconditionValue = parsePath('precondition/criterion/value');
const preconditions = (at: XmlElement): XmlElement[] =>
  childElements(at, 'precondition').filter((found) => attributeOf(found, 'nullFlavor') === undefined);
const asNeededFor = named('CodeableConcept of the criterion', (at, context) =>
  preconditions(at).length === 0 ? undefined : select(at, preconditionValue).flatMap((found) => conceptFrom(found, context) ?? [])[0],
);
const asNeeded = named('true where a precondition stands and names no criterion', (at, context): boolean | undefined =>
  preconditions(at).length > 0 && asNeededFor(at, context) === undefined ? true : undefined,
);

const sigPath = 'entryRelationship/substanceAdministration[code=76662-6]/text';
const isStructured = named('neither dose nor frequency nor sig is given', (at, context): true | undefined => {
  const hasDose =
    attributeOf(childElement(at, 'doseQuantity'), 'value') !== undefined || isRange(childElement(at, 'doseQuantity') ?? at, context);
  return hasDose || times(at).some(isFrequency) ? undefined : true;
});

export const doseAndRate = part<NonNullable<Dosage['doseAndRate']>[number]>('dose and rate', {
  doseQuantity: from('doseQuantity', quantity),
  doseRange: from('doseQuantity', where(isRange, range)),
  rateQuantity: from('rateQuantity', quantity),
  rateRange: from('rateQuantity', where(isRange, range)),
});

const instructionPath = 'entryRelationship[@typeCode=SUBJ][@inversionInd=true]/act';

const dosageWith = (bounds: boolean) =>
  part<Dosage>('dosage', {
    text: firstOf(
      from(sigPath, text),
      deviation(
        'the statement’s own text, where it gives no dose and no frequency: nothing else says how it is taken',
        from(
          '.',
          named(`text, where ${isStructured.label}`, (at, context) =>
            isStructured(at, context) ? textFrom(childElement(at, 'text'), context) : undefined,
          ),
        ),
      ),
    ),
    additionalInstruction: each(`${instructionPath}/code`, codedInstruction()),
    patientInstruction: from(`${instructionPath}/text`, text),
    timing: here(timingWith(bounds)),
    asNeededBoolean: here(asNeeded),
    asNeededCodeableConcept: here(asNeededFor),
    site: from('approachSiteCode', codeableConcept),
    route: from('routeCode', codeableConcept),
    doseAndRate: one(here(doseAndRate)),
    maxDosePerPeriod: from('maxDoseQuantity', ratio),
  });

/** An instruction's code, unless it only says that this is an instruction (C-CDA: 409073007 Education, or "instructions"). */
function codedInstruction() {
  const generic: ReadonlySet<string> = new Set(['409073007', 'instruction', '48767-8', '171044003']);
  return named('CodeableConcept, unless it only says "instruction"', (at, context) =>
    generic.has(attributeOf(at, 'code') ?? '') ? undefined : conceptFrom(at, context),
  );
}

/** How a medication is taken; the time of use stands in the resource. */
export const dosage = dosageWith(false);
/** How a medication is to be taken, with the time of use inside, as HL7's page for requests. */
export const dosageInstruction = dosageWith(true);
export const listOfDosage = listOf(dosage);
export const listOfDosageInstruction = listOf(dosageInstruction);
