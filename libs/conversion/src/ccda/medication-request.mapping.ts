import type { MedicationRequest, MedicationRequestDispenseRequest } from 'fhir/r4.js';
import { deviation, documentPatient, each, firstOf, from, here, mapping, named, part, type Rule, when } from '../mapping/mapping.js';
import { codeOf } from '../mapping/value-map.js';
import { attributeOf, childElements } from '../xml/element.js';
import { codeableConcept } from './datatypes/coding.js';
import { identifier } from './datatypes/identifier.js';
import { quantity } from './datatypes/quantity.js';
import { period } from './datatypes/time.js';
import { listOfDosageInstruction } from './dosage.js';
import { medicationConcept, medicationReference } from './medication.js';
import { comments, negated, recordedDate, recorder } from './rules.js';
import { medicationIntent, medicationStatus } from './value-maps/medication.js';

const moods = new Map<string, MedicationRequest['intent']>(
  medicationIntent.rows.flatMap(([mood, , intent]) => (intent === 'no-target' ? [] : [[mood, intent]])),
);
const intent: Rule<MedicationRequest['intent']> = {
  from: '@moodCode',
  how: `code by ${medicationIntent.name}`,
  read: (at) => moods.get(attributeOf(at, 'moodCode') ?? ''),
};

/** INT of a planned template. Its other moods say how firm it is. */
const intentOfPlan: Rule<MedicationRequest['intent']> = {
  from: '@moodCode',
  how: 'plan, where INT',
  read: (at) => (attributeOf(at, 'moodCode') === 'INT' ? 'plan' : undefined),
};

/** A Planned Medication Activity, or a Planned Immunization, says by its template that it is a plan. */
const isPlanned = named('a planned template', (at): true | undefined =>
  childElements(at, 'templateId').some((id) => plannedTemplates.has(attributeOf(id, 'root') ?? '')) ? true : undefined,
);
const plannedTemplates: ReadonlySet<string> = new Set(['2.16.840.1.113883.10.20.22.4.42', '2.16.840.1.113883.10.20.22.4.120']);

/** Medication Supply Order (2.16.840.1.113883.10.20.22.4.17). HL7's page writes substanceAdministration here; the template is a supply. */
export const dispenseRequest = part<MedicationRequestDispenseRequest>('dispense request', {
  validityPeriod: from('effectiveTime', period),
  numberOfRepeatsAllowed: from(
    'repeatNumber',
    named('one less than repeatNumber, which counts the first dispense too', (at) => {
      const total = Number(attributeOf(at, 'value') ?? Number.NaN);
      return Number.isInteger(total) && total >= 1 ? total - 1 : undefined;
    }),
  ),
  quantity: from('quantity', quantity),
});

/** Medication Activity (2.16.840.1.113883.10.20.22.4.16) in mood INT: what is ordered or intended. */
export const medicationRequest = mapping<MedicationRequest>(
  'MedicationRequest',
  {
    file: 'medication-request.mapping',
    template: 'Medication Activity 2.16.840.1.113883.10.20.22.4.16, moodCode INT',
    page: 'C-CDA on FHIR, CF-medications',
  },
  {
    identifier: each('id', identifier),
    status: firstOf(from('statusCode', codeOf(medicationStatus)), here(named('unknown where nothing is stated', () => 'unknown' as const))),
    intent: firstOf(
      deviation(
        'CF-MedActivityMood makes an order of every INT; the planned templates of C-CDA (22.4.42, 22.4.120) with INT are plans, not orders',
        when(isPlanned, intentOfPlan),
      ),
      intent,
      here(named('plan: the least a mood that is no event can mean', () => 'plan' as const)),
    ),
    doNotPerform: when(negated, here(named('true', () => true))),
    medicationCodeableConcept: medicationConcept,
    medicationReference,
    subject: documentPatient,
    authoredOn: recordedDate,
    requester: recorder,
    reasonCode: each('entryRelationship[@typeCode=RSON]/observation/value', codeableConcept),
    note: comments,
    dosageInstruction: here(listOfDosageInstruction),
    dispenseRequest: from('entryRelationship[@typeCode=REFR]/supply[@moodCode=INT]', dispenseRequest),
  },
);
