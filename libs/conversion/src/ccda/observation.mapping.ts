import type { Observation } from 'fhir/r4.js';
import { documentPatient, each, firstOf, from, here, mapping, named, where } from '../mapping/mapping.js';
import { codeOf } from '../mapping/value-map.js';
import { codeableConcept } from './datatypes/coding.js';
import { identifier } from './datatypes/identifier.js';
import { isInterval, period } from './datatypes/time.js';
import { valueRules } from './observation-value.js';
import { comments, orAbsent, performers, pointInTime, pointInTimeExtension } from './rules.js';
import { resultStatus } from './value-maps/result.js';

/** What every observation has, whatever section it stands in. */
export const observationRules = {
  identifier: each('id', identifier),
  status: firstOf(from('statusCode', codeOf(resultStatus)), here(named('unknown where nothing else is stated', () => 'unknown' as const))),
  code: orAbsent(from('code', codeableConcept)),
  subject: documentPatient,
  effectiveDateTime: from('effectiveTime', pointInTime),
  _effectiveDateTime: from('effectiveTime', pointInTimeExtension),
  effectivePeriod: from('effectiveTime', where(isInterval, period)),
  performer: performers('performer', 'author'),
  ...valueRules,
  note: comments,
  bodySite: from('targetSiteCode', codeableConcept),
  method: from('methodCode', codeableConcept),
};

/** Result Observation (2.16.840.1.113883.10.20.22.4.2). */
export const resultObservation = mapping<Observation>(
  'Observation',
  {
    file: 'observation.mapping',
    template: 'Result Observation 2.16.840.1.113883.10.20.22.4.2',
    page: 'C-CDA on FHIR, CF-results',
    notes: [
      'category: HL7 infers it from the LOINC class, which needs a terminology server; none is set, since a default would state a fact.',
      'value ED: a text becomes valueString, as HL7 allows; data in base64 is reported, its narrative kept.',
    ],
  },
  observationRules,
);
