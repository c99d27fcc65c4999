import type { Coding, Encounter, EncounterDiagnosis, EncounterLocation, EncounterParticipant } from 'fhir/r4.js';
import type { Context } from '../mapping/context.js';
import { documentPatient, each, firstOf, from, here, mapping, named } from '../mapping/mapping.js';
import { codeOf } from '../mapping/value-map.js';
import { attributeOf, childElement, childElements, type XmlElement } from '../xml/element.js';
import { condition } from './condition.mapping.js';
import { codeableConcept, codingFrom, conceptFrom } from './datatypes/coding.js';
import { identifier } from './datatypes/identifier.js';
import { period } from './datatypes/time.js';
import { placeLocation } from './location.mapping.js';
import { participants } from './participants.js';
import { reasons } from './rules.js';
import { encounterClassByCpt, encounterStatus } from './value-maps/encounter.js';
import { dataAbsent } from './value-maps/null-flavor.js';

const actCode = 'http://terminology.hl7.org/CodeSystem/v3-ActCode';
const cptClass = new Map<string, string>(encounterClassByCpt.rows.map(([code, , target]) => [code, target]));

/** Code and translations that are of one code system. */
const codings = (at: XmlElement, context: Context): Coding[] =>
  [at, ...childElements(at, 'translation')].flatMap((coded) => codingFrom(coded, context) ?? []);

/** HL7: only V3 ActCode, else by CPT range, else data-absent-reason. */
const classOf = named(`code of V3 ActCode, else by ${encounterClassByCpt.name}, else data-absent-reason unknown`, (at, context): Coding => {
  const code = childElement(at, 'code');
  const found = code ? codings(code, context) : [];
  const stated = found.find(({ system }) => system === actCode);
  if (stated) return stated;
  const byCpt = found.flatMap(({ system, code: cpt }) => (system === encounterClassByCpt.source ? (cptClass.get(cpt ?? '') ?? []) : []))[0];
  return byCpt === undefined ? { extension: [dataAbsent('unknown')] } : { system: actCode, code: byCpt };
});

const type = named('CodeableConcept without the codes of V3 ActCode', (at, context) => {
  const found = conceptFrom(at, context);
  const coding = found?.coding?.filter(({ system }) => system !== actCode) ?? [];
  if (!found || (coding.length === 0 && found.text === undefined)) return undefined;
  return { ...(coding.length === 0 ? {} : { coding }), ...(found.text === undefined ? {} : { text: found.text }) };
});

const statusCode = codeOf(encounterStatus);
const decidedByTime: ReadonlySet<string> = new Set(['completed', 'active']);
/** HL7: a time that is a point or has an end says finished; the status code decides where it says more than completed or active. */
const status = named(`finished by effectiveTime; other status codes by ${encounterStatus.name}; else unknown`, (at, context) => {
  const code = childElement(at, 'statusCode');
  const time = childElement(at, 'effectiveTime');
  if (code && !decidedByTime.has(attributeOf(code, 'code') ?? 'completed')) return statusCode(code, context) ?? 'unknown';
  const isOver = attributeOf(time, 'value') !== undefined || attributeOf(time && childElement(time, 'high'), 'value') !== undefined;
  if (isOver) return 'finished' as const;
  return (code && statusCode(code, context)) ?? ('unknown' as const);
});

const participant = named('type and individual', (at, context): EncounterParticipant | undefined => {
  const individual = participants(at, context).person;
  const role = childElement(at, 'sdtc:functionCode');
  const found = role ? conceptFrom(role, context) : undefined;
  return individual && { ...(found ? { type: [found] } : {}), individual };
});
const atLocation = named('Location', (at, context): EncounterLocation | undefined => {
  const found = placeLocation(at, context);
  return found && { location: found };
});

/** HL7: the diagnosis maps as a problem; its category comes from the section. One that names nothing is left out. */
const diagnosis = named('Condition (see its page), category encounter-diagnosis', (at, context): EncounterDiagnosis | undefined => {
  const found = condition.read(at, context);
  if (attributeOf(at, 'nullFlavor') !== undefined || (found.code?.coding ?? found.code?.text) === undefined) return undefined;
  return { condition: context.place(found, at) };
});

/** Encounter Activity (2.16.840.1.113883.10.20.22.4.49), mood EVN. */
export const encounter = mapping<Encounter>(
  'Encounter',
  {
    file: 'encounter.mapping',
    template: 'Encounter Activity 2.16.840.1.113883.10.20.22.4.49, mood EVN',
    page: 'C-CDA on FHIR, CF-encounters',
    notes: ['status: an encounter with a start and no end keeps what its statusCode says, else it is unknown.'],
  },
  {
    identifier: each('id', identifier),
    status: here(status),
    class: here(classOf),
    type: each('code', type),
    subject: documentPatient,
    participant: each('performer', participant),
    period: from('effectiveTime', period),
    reasonCode: reasons,
    diagnosis: firstOf(
      each('entryRelationship/act[code=29308-4]/entryRelationship/observation', diagnosis),
      each('entryRelationship/act[templateId=2.16.840.1.113883.10.20.22.4.80]/entryRelationship/observation', diagnosis),
    ),
    hospitalization: from(
      'sdtc:dischargeDispositionCode',
      named('dischargeDisposition', (at, context) => {
        const dischargeDisposition = codeableConcept(at, context);
        return dischargeDisposition && { dischargeDisposition };
      }),
    ),
    location: each('participant[@typeCode=LOC]/participantRole', atLocation),
  },
);
