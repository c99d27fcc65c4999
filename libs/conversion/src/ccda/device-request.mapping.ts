import type { DeviceRequest } from 'fhir/r4.js';
import { documentPatient, each, firstOf, from, here, mapping, named, type Rule, where } from '../mapping/mapping.js';
import { codeOf } from '../mapping/value-map.js';
import { attributeOf } from '../xml/element.js';
import { identifier } from './datatypes/identifier.js';
import { dateTime, period } from './datatypes/time.js';
import { suppliedDevice } from './device-use-statement.mapping.js';
import { isPoint } from './procedure.mapping.js';
import { codeOrText, comments, orAbsent, reasons, recordedDate, recorder } from './rules.js';
import { requestIntent, requestStatus } from './value-maps/plan.js';

const moods = new Map<string, DeviceRequest['intent']>(
  requestIntent.rows.flatMap(([mood, , intent]) => (intent === 'no-target' ? [] : [[mood, intent]])),
);
const intent: Rule<DeviceRequest['intent']> = {
  from: '@moodCode',
  how: `code by ${requestIntent.name}`,
  read: (at) => moods.get(attributeOf(at, 'moodCode') ?? ''),
};
const isSpan = named('@value is not given', (at): true | undefined => (attributeOf(at, 'value') === undefined ? true : undefined));

/** Planned Supply (2.16.840.1.113883.10.20.22.4.43), and Non-Medicinal Supply Activity (.50) in a mood that is no event. */
export const deviceRequest = mapping<DeviceRequest>(
  'DeviceRequest',
  {
    file: 'device-request.mapping',
    template:
      'Planned Supply 2.16.840.1.113883.10.20.22.4.43, Non-Medicinal Supply Activity 2.16.840.1.113883.10.20.22.4.50, mood INT, RQO or PRP',
    page: 'C-CDA on FHIR has no page for plans; FHIR R4, DeviceRequest, mapping to HL7 v3',
    ours: 'HL7 has no page for planned supplies.',
  },
  {
    identifier: each('id', identifier),
    status: firstOf(from('statusCode', codeOf(requestStatus)), here(named('unknown where nothing is stated', () => 'unknown' as const))),
    intent: firstOf(intent, here(named('plan: the least a mood that is no event can mean', () => 'plan' as const))),
    codeReference: suppliedDevice,
    codeCodeableConcept: {
      ...codeOrText,
      how: `${orAbsent(codeOrText).how}; only where no device is named`,
      read: (at, context) => (suppliedDevice.read(at, context) ? undefined : orAbsent(codeOrText).read(at, context)),
    },
    subject: documentPatient,
    occurrenceDateTime: from('effectiveTime', where(isPoint, dateTime)),
    occurrencePeriod: from('effectiveTime', where(isSpan, period)),
    authoredOn: recordedDate,
    requester: recorder,
    reasonCode: reasons,
    note: comments,
  },
);
