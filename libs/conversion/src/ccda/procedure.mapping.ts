import type { Procedure, ProcedurePerformer } from 'fhir/r4.js';
import { type Condition, documentPatient, each, firstOf, from, here, mapping, named, when, where } from '../mapping/mapping.js';
import { codeOf } from '../mapping/value-map.js';
import { attributeOf } from '../xml/element.js';
import { codeableConcept } from './datatypes/coding.js';
import { identifier } from './datatypes/identifier.js';
import { dateTime, dateTimeExtension, period } from './datatypes/time.js';
import { placeDevice } from './device.mapping.js';
import { placeLocation } from './location.mapping.js';
import { participants } from './participants.js';
import { codeOrText, comments, negated, orAbsent, reasons, recorder } from './rules.js';
import { dataAbsent } from './value-maps/null-flavor.js';
import { procedureStatus } from './value-maps/procedure.js';

/** HL7: @value gives performedDateTime, anything else performedPeriod. */
export const isPoint: Condition = named('@value is given', (at): true | undefined =>
  attributeOf(at, 'value') === undefined ? undefined : true,
);
const isSpan: Condition = named('@value is not given', (at): true | undefined =>
  attributeOf(at, 'value') === undefined ? true : undefined,
);

const performed = from('effectiveTime', where(isPoint, dateTime));
const performedPeriod = from('effectiveTime', where(isSpan, period));

const performer = named('actor: Practitioner, PractitionerRole or Organization', (at, context): ProcedurePerformer | undefined => {
  const who = participants(at, context);
  const actor = who.person ?? who.organization;
  return actor && { actor };
});

/** Procedure Activity Procedure (2.16.840.1.113883.10.20.22.4.14) and Act (.12): what was done. */
export const procedure = mapping<Procedure>(
  'Procedure',
  {
    file: 'procedure.mapping',
    template:
      'Procedure Activity Procedure 2.16.840.1.113883.10.20.22.4.14, Procedure Activity Act 2.16.840.1.113883.10.20.22.4.12, mood EVN',
    page: 'C-CDA on FHIR, CF-procedures',
    notes: [
      'Procedure Activity Observation (2.16.840.1.113883.10.20.22.4.13) becomes an Observation, as the page says.',
      'usedReference: the Product Instance a procedure used or implanted, in the participant DEV. The page leaves it out.',
      'Any other act that was done becomes a Procedure too: its class, code and text are all that is known of it.',
    ],
  },
  {
    identifier: each('id', identifier),
    status: firstOf(
      when(negated, here(named('not-done', () => 'not-done' as const))),
      from('statusCode', codeOf(procedureStatus)),
      here(named('unknown where nothing else is stated', () => 'unknown' as const)),
    ),
    code: orAbsent(codeOrText),
    subject: documentPatient,
    performedDateTime: performed,
    _performedDateTime: firstOf(
      from('effectiveTime', where(isPoint, dateTimeExtension)),
      here(
        named('data-absent-reason unknown where no time is given', (at, context) =>
          performed.read(at, context) === undefined && performedPeriod.read(at, context) === undefined
            ? { extension: [dataAbsent('unknown')] }
            : undefined,
        ),
      ),
    ),
    performedPeriod,
    recorder,
    performer: each('performer', performer),
    location: from('participant[@typeCode=LOC]/participantRole', placeLocation),
    reasonCode: reasons,
    bodySite: each('targetSiteCode', codeableConcept),
    note: comments,
    usedReference: each('participant[@typeCode=DEV]/participantRole', placeDevice),
  },
);
