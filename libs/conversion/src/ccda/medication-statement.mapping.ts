import type { MedicationStatement } from 'fhir/r4.js';
import { deviation, documentPatient, each, firstOf, from, here, mapping, named, type Rule, when } from '../mapping/mapping.js';
import { codeOf } from '../mapping/value-map.js';
import { attributeOf, childElement, type XmlElement } from '../xml/element.js';
import { codeableConcept } from './datatypes/coding.js';
import { identifier } from './datatypes/identifier.js';
import { dateTime, dateTimeExtension, period } from './datatypes/time.js';
import { listOfDosage, useTime } from './dosage.js';
import { medicationConcept, medicationReference, noMedicationKnown } from './medication.js';
import { comments, negated, recordedDate, recorder } from './rules.js';
import { medicationStatus } from './value-maps/medication.js';
import { dataAbsent } from './value-maps/null-flavor.js';

const status = codeOf(medicationStatus);
const isPeriod = (time: XmlElement): boolean =>
  attributeOf(time, 'value') === undefined && (childElement(time, 'low') ?? childElement(time, 'high')) !== undefined;

/** Reads the effectiveTime that is the time of use, not the frequency. */
function use<T>(how: string, read: Rule<T>['read']): Rule<T> {
  return { from: 'effectiveTime (the one that is no frequency)', how, read: (at, context) => read(useTime(at) ?? noTime, context) };
}
const noTime: XmlElement = { name: 'effectiveTime', attributes: new Map(), children: [], parent: undefined };

/** Medication Activity (2.16.840.1.113883.10.20.22.4.16) in mood EVN: what was or is taken. */
export const medicationStatement = mapping<MedicationStatement>(
  'MedicationStatement',
  {
    file: 'medication-statement.mapping',
    template: 'Medication Activity 2.16.840.1.113883.10.20.22.4.16, moodCode EVN',
    page: 'C-CDA on FHIR, CF-medications',
    ours: 'HL7 maps moodCode INT to MedicationRequest and says of EVN that "no consensus was established"; its ConceptMap CF-MedActivityMood gives a request with intent plan. What someone takes is no request, and IPS has MedicationStatement for it.',
  },
  {
    identifier: each('id', identifier),
    status: firstOf(
      deviation(
        '"no known medications" is a statement of its own, not a drug that is not taken',
        when(noMedicationKnown, here(named('unknown', () => 'unknown' as const))),
      ),
      deviation(
        'HL7’s doNotPerform belongs to requests; not-taken is what a negated history says',
        when(negated, here(named('not-taken', () => 'not-taken' as const))),
      ),
      from('statusCode', status),
      here(named('unknown where nothing is stated', () => 'unknown' as const)),
    ),
    medicationCodeableConcept: medicationConcept,
    medicationReference,
    subject: documentPatient,
    effectiveDateTime: use('dateTime, where it is one point', (time, context) => (isPeriod(time) ? undefined : dateTime(time, context))),
    _effectiveDateTime: use(
      'source text of a cut time; data-absent-reason where no time is stated (IPS wants the element)',
      (time, context) => {
        if (isPeriod(time)) return period(time, context) ? undefined : { extension: [dataAbsent('unknown')] };
        return (
          dateTimeExtension(time, context) ?? (dateTime(time, context) === undefined ? { extension: [dataAbsent('unknown')] } : undefined)
        );
      },
    ),
    effectivePeriod: use('Period, where it is an interval', (time, context) => (isPeriod(time) ? period(time, context) : undefined)),
    dateAsserted: recordedDate,
    informationSource: recorder,
    reasonCode: each('entryRelationship[@typeCode=RSON]/observation/value', codeableConcept),
    note: comments,
    dosage: here(listOfDosage),
  },
);
