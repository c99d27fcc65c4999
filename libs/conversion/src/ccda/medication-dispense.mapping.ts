import type { MedicationDispense } from 'fhir/r4.js';
import { documentPatient, each, firstOf, from, here, mapping, named } from '../mapping/mapping.js';
import { codeOf } from '../mapping/value-map.js';
import { codeableConcept } from './datatypes/coding.js';
import { identifier } from './datatypes/identifier.js';
import { quantity } from './datatypes/quantity.js';
import { dateTime, dateTimeExtension } from './datatypes/time.js';
import { materialCode } from './medication.js';
import { participants } from './participants.js';
import { comments, orAbsent, textConcept } from './rules.js';
import { dispenseStatus } from './value-maps/plan.js';

const dispensed = 'product/manufacturedProduct';
const drug = firstOf(
  from(`${dispensed}/manufacturedMaterial/code`, codeableConcept),
  from(`${dispensed}/manufacturedMaterial/name`, textConcept),
  {
    ...materialCode,
    from: `the medication around it: ${materialCode.from}`,
    read: (at, context) => (at.parent?.parent ? materialCode.read(at.parent.parent, context) : undefined),
  },
);

/** Medication Dispense (2.16.840.1.113883.10.20.22.4.18): a supply in mood EVN, below a medication or alone. */
export const medicationDispense = mapping<MedicationDispense>(
  'MedicationDispense',
  {
    file: 'medication-dispense.mapping',
    template: 'Medication Dispense 2.16.840.1.113883.10.20.22.4.18, mood EVN',
    page: 'C-CDA on FHIR, CF-medications ("moodCode=EVN means dispense, which is not documented here"); FHIR R4, MedicationDispense, mapping to HL7 v3',
    ours: 'HL7 says that the mood EVN means dispense and documents no mapping.',
    notes: ['authorizingPrescription: the MedicationRequest the dispense stands below.'],
  },
  {
    identifier: each('id', identifier),
    status: firstOf(from('statusCode', codeOf(dispenseStatus)), here(named('unknown where nothing is stated', () => 'unknown' as const))),
    medicationCodeableConcept: orAbsent(drug),
    subject: documentPatient,
    performer: each(
      'performer',
      named('actor: Practitioner, PractitionerRole or Organization', (at, context) => {
        const who = participants(at, context);
        const actor = who.person ?? who.organization;
        return actor && { actor };
      }),
    ),
    quantity: from('quantity', quantity),
    whenHandedOver: from('effectiveTime', dateTime),
    _whenHandedOver: from('effectiveTime', dateTimeExtension),
    note: comments,
  },
);
