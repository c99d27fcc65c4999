import type { DiagnosticReport } from 'fhir/r4.js';
import { documentPatient, each, firstOf, from, here, mapping, named, where } from '../mapping/mapping.js';
import { codeOf } from '../mapping/value-map.js';
import { codeableConcept } from './datatypes/coding.js';
import { identifier } from './datatypes/identifier.js';
import { isInterval, period } from './datatypes/time.js';
import { orAbsent, performers, pointInTime, pointInTimeExtension } from './rules.js';
import { reportStatus } from './value-maps/result.js';

/** Result Organizer (2.16.840.1.113883.10.20.22.4.1): one report over the observations inside it. */
export const diagnosticReport = mapping<DiagnosticReport>(
  'DiagnosticReport',
  {
    file: 'diagnostic-report.mapping',
    template: 'Result Organizer 2.16.840.1.113883.10.20.22.4.1',
    page: 'C-CDA on FHIR, CF-results',
    notes: [
      'category: HL7 infers it from the LOINC class, which needs a terminology server; none is set, since a default would state a fact.',
      'result: the Observations of component/observation, in the order of the source.',
    ],
  },
  {
    identifier: each('id', identifier),
    status: firstOf(
      from('statusCode', codeOf(reportStatus)),
      here(named('unknown where nothing else is stated', () => 'unknown' as const)),
    ),
    code: orAbsent(from('code', codeableConcept)),
    subject: documentPatient,
    effectiveDateTime: from('effectiveTime', pointInTime),
    _effectiveDateTime: from('effectiveTime', pointInTimeExtension),
    effectivePeriod: from('effectiveTime', where(isInterval, period)),
    performer: performers('performer'),
  },
);
