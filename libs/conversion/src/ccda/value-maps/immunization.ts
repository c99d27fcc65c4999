import type { ValueMap } from '../../mapping/value-map.js';

/** HL7 ConceptMap CF-ImmunizationStatus, every row. Its second target of `completed` (not-done, "only when CDA negation is present and true") is the mapping's. */
export const immunizationStatus: ValueMap<'completed' | 'not-done' | 'entered-in-error'> = {
  name: 'CF-ImmunizationStatus',
  url: 'http://hl7.org/fhir/us/ccda/ConceptMap/CF-ImmunizationStatus',
  source: 'http://terminology.hl7.org/CodeSystem/v3-ActStatus',
  rows: [
    ['aborted', 'aborted', 'not-done'],
    ['cancelled', 'cancelled', 'not-done'],
    ['completed', 'completed', 'completed'],
    ['held', 'held', 'not-done'],
    ['new', 'new', 'not-done'],
    ['nullified', 'nullified', 'entered-in-error'],
    ['obsolete', 'obsolete', 'not-done'],
    ['suspended', 'suspended', 'not-done'],
  ],
};

/** Codes of the value set No Immunization Reason (2.16.840.1.113883.1.11.19717), which HL7’s page tells a refusal from an indication by. */
export const noImmunizationReasons: ReadonlySet<string> = new Set([
  'IMMUNE',
  'MEDPREC',
  'OSTOCK',
  'PATOBJ',
  'PHILISOP',
  'RELIG',
  'VACEFF',
  'VACSAF',
]);
