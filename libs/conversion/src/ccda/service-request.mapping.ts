import type { ServiceRequest } from 'fhir/r4.js';
import { documentPatient, each, firstOf, from, here, listOf, mapping, named, type Rule, when, where } from '../mapping/mapping.js';
import { codeOf } from '../mapping/value-map.js';
import { attributeOf, childElements } from '../xml/element.js';
import { codeableConcept } from './datatypes/coding.js';
import { identifier } from './datatypes/identifier.js';
import { text } from './datatypes/text.js';
import { dateTime, dateTimeExtension, period } from './datatypes/time.js';
import { placeLocation } from './location.mapping.js';
import { isPoint } from './procedure.mapping.js';
import { codeOrText, comments, negated, orAbsent, performers, reasons, recordedDate, recorder } from './rules.js';
import { requestIntent, requestStatus } from './value-maps/plan.js';

const moods = new Map<string, ServiceRequest['intent']>(
  requestIntent.rows.flatMap(([mood, , intent]) => (intent === 'no-target' ? [] : [[mood, intent]])),
);
const intent: Rule<ServiceRequest['intent']> = {
  from: '@moodCode',
  how: `code by ${requestIntent.name}`,
  read: (at) => moods.get(attributeOf(at, 'moodCode') ?? ''),
};
const isSpan = named('@value is not given', (at): true | undefined => (attributeOf(at, 'value') === undefined ? true : undefined));

const isInstruction = named('an Instruction', (at): true | undefined =>
  childElements(at, 'templateId').some((id) => attributeOf(id, 'root') === '2.16.840.1.113883.10.20.22.4.20') ? true : undefined,
);

/** Planned Act (.39), Observation (.44), Procedure (.41), Encounter (.40), Instruction (.20) and every other act that is to be done. */
export const serviceRequest = mapping<ServiceRequest>(
  'ServiceRequest',
  {
    file: 'service-request.mapping',
    template:
      'Planned Act 2.16.840.1.113883.10.20.22.4.39, Planned Observation 2.16.840.1.113883.10.20.22.4.44, Planned Procedure 2.16.840.1.113883.10.20.22.4.41, Planned Encounter 2.16.840.1.113883.10.20.22.4.40, Instruction 2.16.840.1.113883.10.20.22.4.20, any other act in a mood that is no event',
    page: 'C-CDA on FHIR has no page for plans; FHIR R4, ServiceRequest, mapping to HL7 v3',
    ours: 'HL7 has no page for the plan of treatment; US Core names ServiceRequest for what is planned or ordered.',
    notes: ['patientInstruction: the text of an Instruction, or of the instructions below an act.'],
  },
  {
    identifier: each('id', identifier),
    status: firstOf(from('statusCode', codeOf(requestStatus)), here(named('unknown where nothing is stated', () => 'unknown' as const))),
    intent: firstOf(intent, here(named('plan: the least a mood that is no event can mean', () => 'plan' as const))),
    doNotPerform: when(negated, here(named('true', () => true))),
    code: orAbsent(codeOrText),
    subject: documentPatient,
    occurrenceDateTime: from('effectiveTime', where(isPoint, dateTime)),
    _occurrenceDateTime: from('effectiveTime', where(isPoint, dateTimeExtension)),
    occurrencePeriod: from('effectiveTime', where(isSpan, period)),
    authoredOn: recordedDate,
    requester: recorder,
    performer: performers('performer'),
    locationReference: from('participant[@typeCode=LOC]/participantRole', listOf(placeLocation)),
    reasonCode: reasons,
    bodySite: each('targetSiteCode', codeableConcept),
    note: comments,
    patientInstruction: firstOf(
      from('entryRelationship/act[templateId=2.16.840.1.113883.10.20.22.4.20]/text', text),
      when(isInstruction, from('text', text)),
    ),
  },
);
