import type { ValueMap } from '../../mapping/value-map.js';

const actStatus = 'http://terminology.hl7.org/CodeSystem/v3-ActStatus';

/** HL7 ConceptMap CF-ProcedureStatus, every row. */
export const procedureStatus: ValueMap<'stopped' | 'in-progress' | 'not-done' | 'completed'> = {
  name: 'CF-ProcedureStatus',
  url: 'http://hl7.org/fhir/us/ccda/ConceptMap/CF-ProcedureStatus',
  source: actStatus,
  rows: [
    ['aborted', 'aborted', 'stopped'],
    ['active', 'active', 'in-progress'],
    ['cancelled', 'cancelled', 'not-done'],
    ['completed', 'completed', 'completed'],
  ],
};
