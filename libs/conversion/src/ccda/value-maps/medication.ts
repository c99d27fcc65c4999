import { ours, type ValueMap } from '../../mapping/value-map.js';

const base = 'http://hl7.org/fhir/us/ccda/ConceptMap/';
type MedicationStatus = 'active' | 'on-hold' | 'stopped' | 'completed' | 'entered-in-error';

/** HL7 ConceptMap CF-MedicationStatus, every row. Its targets are codes of MedicationRequest.status and of MedicationStatement.status alike. */
export const medicationStatus: ValueMap<MedicationStatus> = {
  name: 'CF-MedicationStatus',
  url: `${base}CF-MedicationStatus`,
  source: 'http://terminology.hl7.org/CodeSystem/v3-ActStatus',
  rows: [
    ['active', 'active', 'active'],
    ['suspended', 'suspended', 'on-hold'],
    ['aborted', 'aborted', 'stopped'],
    ['completed', 'completed', 'completed'],
    ['nullified', 'nullified', 'entered-in-error'],
  ],
};

/** HL7 ConceptMap CF-MedActivityMood: its row INT. The row EVN (plan) is not used: see medication-statement.mapping. */
export const medicationIntent: ValueMap<'order' | 'plan' | 'proposal'> = {
  name: 'CF-MedActivityMood',
  url: `${base}CF-MedActivityMood`,
  source: 'http://terminology.hl7.org/CodeSystem/v3-ActMood',
  rows: [
    ['INT', 'intent', 'order'],
    ['RQO', 'request', 'order', ours('HL7 lists EVN and INT only; a request is FHIR’s order')],
    ['PRP', 'proposal', 'proposal', ours('HL7 lists EVN and INT only; FHIR has the same word')],
    ['PRMS', 'promise', 'plan', ours('HL7 lists EVN and INT only; a promise is at least a plan')],
  ],
};

/** Units of a CDA period to FHIR's; both are UCUM and equal. Anything else is no time. */
export const periodUnit: ValueMap<'s' | 'min' | 'h' | 'd' | 'wk' | 'mo' | 'a'> = {
  name: 'UnitsOfTime',
  url: 'http://hl7.org/fhir/ValueSet/units-of-time',
  source: 'http://unitsofmeasure.org',
  rows: [
    ['s', 'second', 's'],
    ['min', 'minute', 'min'],
    ['h', 'hour', 'h'],
    ['d', 'day', 'd'],
    ['wk', 'week', 'wk'],
    ['mo', 'month', 'mo'],
    ['a', 'year', 'a'],
  ],
};
