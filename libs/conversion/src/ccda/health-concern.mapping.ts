import type { Condition } from 'fhir/r4.js';
import { always, concept, documentPatient, each, from, mapping } from '../mapping/mapping.js';
import { codeOf } from '../mapping/value-map.js';
import { identifier } from './datatypes/identifier.js';
import { comments, orAbsent, recordedDate, recorder, textConcept } from './rules.js';
import { concernStatus } from './value-maps/problem.js';

/** Health Concern Act (2.16.840.1.113883.10.20.22.4.132) that holds no observation: all it says is its text. */
export const healthConcern = mapping<Condition>(
  'Condition',
  {
    file: 'health-concern.mapping',
    template: 'Health Concern Act 2.16.840.1.113883.10.20.22.4.132 without an observation',
    page: 'C-CDA on FHIR, CF-problems (concern status)',
    ours: 'HL7 maps the observations of a concern. One that holds none is only words, which would be lost.',
    notes: ['code: the text only. The act’s code says that it is a health concern, not which.'],
  },
  {
    identifier: each('id', identifier),
    clinicalStatus: from('statusCode', concept('http://terminology.hl7.org/CodeSystem/condition-clinical', codeOf(concernStatus))),
    category: always('health-concern of US Core', () => [
      {
        coding: [
          { system: 'http://hl7.org/fhir/us/core/CodeSystem/condition-category', code: 'health-concern', display: 'Health Concern' },
        ],
      },
    ]),
    code: orAbsent(from('text', textConcept)),
    subject: documentPatient,
    recordedDate,
    recorder,
    note: comments,
  },
);
