import type { Extension } from 'fhir/r4.js';
import type { ValueMap } from '../../mapping/value-map.js';
import { attributeOf, type XmlElement } from '../../xml/element.js';

type Absence =
  | 'unknown'
  | 'unsupported'
  | 'negative-infinity'
  | 'positive-infinity'
  | 'masked'
  | 'not-applicable'
  | 'asked-unknown'
  | 'temp-unknown'
  | 'not-asked';

/** HL7 ConceptMap CF-NullFlavorDataAbsentReason, every row. */
export const nullFlavorAbsence: ValueMap<Absence> = {
  name: 'CF-NullFlavorDataAbsentReason',
  url: 'http://hl7.org/fhir/us/ccda/ConceptMap/CF-NullFlavorDataAbsentReason',
  source: 'http://terminology.hl7.org/CodeSystem/v3-NullFlavor',
  rows: [
    ['NI', 'NoInformation', 'unknown'],
    ['OTH', 'other', 'unsupported'],
    ['NINF', 'negative infinity', 'negative-infinity'],
    ['PINF', 'positive infinity', 'positive-infinity'],
    ['MSK', 'masked', 'masked'],
    ['NA', 'not applicable', 'not-applicable'],
    ['UNK', 'unknown', 'unknown'],
    ['ASKU', 'asked but unknown', 'asked-unknown'],
    ['NAV', 'temporarily unavailable', 'temp-unknown'],
    ['NASK', 'not asked', 'not-asked'],
    ['TRC', 'trace', 'unsupported'],
    ['NP', 'not present', 'unknown'],
  ],
};

const absences: ReadonlyMap<string, string> = new Map(nullFlavorAbsence.rows.map(([code, , absence]) => [code, absence]));

export const dataAbsentReasonUrl = 'http://hl7.org/fhir/StructureDefinition/data-absent-reason';

/** Why an element has no value, from its nullFlavor; undefined when it has none. A nullFlavor outside HL7's map means no more than unknown. */
export function absenceOf(at: XmlElement | undefined): string | undefined {
  const nullFlavor = attributeOf(at, 'nullFlavor');
  return nullFlavor === undefined ? undefined : (absences.get(nullFlavor) ?? 'unknown');
}

/** FHIR's way to say why a value is missing. */
export const dataAbsent = (reason: string): Extension => ({ url: dataAbsentReasonUrl, valueCode: reason });
