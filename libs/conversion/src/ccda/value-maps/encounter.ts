import type { ValueMap } from '../../mapping/value-map.js';

/** HL7 ConceptMap CF-EncounterStatus, every row. Used where effectiveTime does not settle the status. */
export const encounterStatus: ValueMap<'unknown' | 'in-progress' | 'cancelled' | 'finished' | 'planned' | 'onleave' | 'entered-in-error'> =
  {
    name: 'CF-EncounterStatus',
    url: 'http://hl7.org/fhir/us/ccda/ConceptMap/CF-EncounterStatus',
    source: 'http://terminology.hl7.org/CodeSystem/v3-ActStatus',
    rows: [
      ['aborted', 'Aborted', 'unknown'],
      ['active', 'Active', 'in-progress'],
      ['cancelled', 'Cancelled', 'cancelled'],
      ['completed', 'Completed', 'finished'],
      ['held', 'Held', 'planned'],
      ['new', 'New', 'unknown'],
      ['suspended', 'Suspended', 'onleave'],
      ['nullified', 'Nullified', 'entered-in-error'],
    ],
  };

const cpt = 'HL7’s page gives the range of CPT codes in words; it has no ConceptMap for it';
const range = (first: number, last: number, target: 'AMB' | 'IMP' | 'EMER') =>
  Array.from({ length: last - first + 1 }, (_, i) => [String(first + i), `CPT ${first + i}`, target] as const);

/** The class of an encounter by its CPT code, in the three ranges that HL7’s page names: 99211-99215, 99221-99223, 99281-99285. */
export const encounterClassByCpt: ValueMap<'AMB' | 'IMP' | 'EMER'> = {
  name: 'encounter class by CPT',
  url: 'https://bulfinch.org/maps/encounter-class-by-cpt',
  source: 'http://www.ama-assn.org/go/cpt',
  ours: cpt,
  rows: [...range(99211, 99215, 'AMB'), ...range(99221, 99223, 'IMP'), ...range(99281, 99285, 'EMER')],
};
