import type { CodeableConcept, Observation, ObservationComponent } from 'fhir/r4.js';
import type { Context } from '../mapping/context.js';
import { each, mapping, part, type Rule, where } from '../mapping/mapping.js';
import { systems } from '../terminology/code-systems.js';
import { attributeOf, childElement, type XmlElement } from '../xml/element.js';
import { conceptFrom } from './datatypes/coding.js';
import { identifier } from './datatypes/identifier.js';
import { dateTime, dateTimeExtension, isInterval, period } from './datatypes/time.js';
import { observationRules } from './observation.mapping.js';
import { valueRules } from './observation-value.js';
import { category, comments, performers } from './rules.js';
import { dataAbsent } from './value-maps/null-flavor.js';
import { vitalUnit } from './value-maps/vital-sign.js';

const vitalSigns = category('vital-signs', 'Vital Signs');
const page = 'C-CDA on FHIR, CF-vitals';

/** The time of a vital sign: its own, else that of the organizer around it, whose context it stands in. */
export function vitalTime(at: XmlElement): XmlElement | undefined {
  const own = childElement(at, 'effectiveTime');
  const isGiven = own && (attributeOf(own, 'value') ?? attributeOf(childElement(own, 'low'), 'value')) !== undefined;
  const organizer = at.parent?.parent;
  return isGiven || organizer?.name !== 'organizer' ? own : (childElement(organizer, 'effectiveTime') ?? own);
}
function timed<T>(how: string, read: Rule<T>['read'], otherwise?: T): Rule<T> {
  return {
    from: 'effectiveTime, else that of the organizer',
    how,
    read(at, context) {
      const time = vitalTime(at);
      return (time ? read(time, context) : undefined) ?? otherwise;
    },
  };
}
const hasTime = (time: XmlElement, context: Context): boolean =>
  isInterval(time, context) === true || dateTime(time, context) !== undefined;

const time = {
  effectiveDateTime: timed(dateTime.label, (at, context) => (isInterval(at, context) ? undefined : dateTime(at, context))),
  _effectiveDateTime: timed(
    'source text of a cut time; data-absent-reason where no time is given',
    (at, context) => {
      if (isInterval(at, context)) return period(at, context) ? { extension: [] } : { extension: [dataAbsent('unknown')] };
      return dateTimeExtension(at, context) ?? (hasTime(at, context) ? { extension: [] } : { extension: [dataAbsent('unknown')] });
    },
    { extension: [dataAbsent('unknown')] },
  ),
  effectivePeriod: timed(period.label, where(isInterval, period)),
};
/** `timed` tells "no time at all" from "nothing to add" by an empty list, which must not reach the record. */
const unlessEmpty: typeof time._effectiveDateTime = {
  ...time._effectiveDateTime,
  read(at, context) {
    const found = time._effectiveDateTime.read(at, context);
    return found?.extension.length === 0 ? undefined : found;
  },
};

const ucumOf = new Map<string, string>(vitalUnit.rows.map(([written, , unit]) => [written.toLowerCase(), unit]));
const { valueQuantity } = observationRules;
/** Vital signs are measured in few units, which systems write in many ways; FHIR demands the UCUM code (profile vitalsigns). */
const quantityInUcum: typeof valueQuantity = {
  ...valueQuantity,
  how: `${valueQuantity.how}; units that are no UCUM by ${vitalUnit.name}`,
  read(at, context) {
    const found = valueQuantity.read(at, context);
    const code = found?.unit === undefined ? undefined : ucumOf.get(found.unit.toLowerCase());
    return found && code !== undefined ? { ...found, system: systems.ucum, code } : found;
  },
};

const vitalRules = { ...observationRules, valueQuantity: quantityInUcum };

/** One reading inside blood pressure or pulse oximetry. */
export const vitalComponent = part<ObservationComponent>('component', {
  code: observationRules.code,
  ...valueRules,
  valueQuantity: quantityInUcum,
});

/** Vital Sign Observation (2.16.840.1.113883.10.20.22.4.27). */
export const vitalSign = mapping<Observation>(
  'Observation',
  {
    file: 'vital-sign.mapping',
    template: 'Vital Sign Observation 2.16.840.1.113883.10.20.22.4.27',
    page,
    notes: [
      'Blood pressure: 8480-6 and 8462-4 of one organizer and time become one Observation 85354-9 with two components. A reading without its partner stays as it is.',
      'Pulse oximetry: 59408-5 or 2708-6 carries both codes; 3150-0 and 3151-8 of the same organizer and time become its components.',
      'status: by CF-ResultStatus; the page says final, since C-CDA fixes completed.',
    ],
  },
  { ...vitalRules, category: vitalSigns, ...time, _effectiveDateTime: unlessEmpty },
);

const panelCode: Rule<CodeableConcept> = {
  from: 'code',
  how: '85353-1 of LOINC, with the codes of the source beside it',
  read(at, context) {
    const code = childElement(at, 'code');
    const own = code ? conceptFrom(code, context) : undefined;
    const coding = (own?.coding ?? []).filter((one) => one.code !== '85353-1');
    return {
      coding: [
        {
          system: systems.loinc,
          code: '85353-1',
          display: 'Vital signs, weight, height, head circumference, oxygen saturation and BMI panel',
        },
        ...coding,
      ],
      ...(own?.text === undefined ? {} : { text: own.text }),
    };
  },
};

/** Vital Signs Organizer (2.16.840.1.113883.10.20.22.4.26). Its members are added by convert-vital-signs.ts. */
export const vitalSignsPanel = mapping<Observation>(
  'Observation',
  {
    file: 'vital-sign.mapping',
    template: 'Vital Signs Organizer 2.16.840.1.113883.10.20.22.4.26',
    page,
    notes: [
      'hasMember: the Observations of component/observation, in the order of the source.',
      'effective: where the organizer has no time, the earliest and latest of its observations.',
    ],
  },
  {
    identifier: each('id', identifier),
    status: observationRules.status,
    category: vitalSigns,
    code: panelCode,
    subject: observationRules.subject,
    ...time,
    _effectiveDateTime: unlessEmpty,
    performer: performers('performer', 'author'),
    note: comments,
  },
);
