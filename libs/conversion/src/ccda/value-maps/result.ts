import type { ValueMap } from '../../mapping/value-map.js';

const base = 'http://hl7.org/fhir/us/ccda/ConceptMap/';
const actStatus = 'http://terminology.hl7.org/CodeSystem/v3-ActStatus';
type ResultStatus = 'cancelled' | 'registered' | 'final';

/** HL7 ConceptMap CF-ResultStatus, every row. */
export const resultStatus: ValueMap<ResultStatus> = {
  name: 'CF-ResultStatus',
  url: `${base}CF-ResultStatus`,
  source: actStatus,
  rows: [
    ['aborted', 'aborted', 'cancelled'],
    ['active', 'active', 'registered'],
    ['cancelled', 'cancelled', 'cancelled'],
    ['completed', 'completed', 'final'],
    ['held', 'held', 'registered'],
    ['suspended', 'suspended', 'registered'],
  ],
};

/** HL7 ConceptMap CF-ResultReportStatus, every row. */
export const reportStatus: ValueMap<ResultStatus> = {
  name: 'CF-ResultReportStatus',
  url: `${base}CF-ResultReportStatus`,
  source: actStatus,
  rows: [
    ['aborted', 'aborted', 'cancelled'],
    ['active', 'active', 'registered'],
    ['cancelled', 'cancelled', 'cancelled'],
    ['completed', 'completed', 'final'],
    ['held', 'held', 'registered'],
    ['suspended', 'suspended', 'registered'],
  ],
};
