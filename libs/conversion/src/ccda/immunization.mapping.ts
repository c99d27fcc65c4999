import type { Immunization, ImmunizationPerformer, ImmunizationReaction, Observation } from 'fhir/r4.js';
import type { Context } from '../mapping/context.js';
import { deviation, documentPatient, each, firstOf, from, here, mapping, named, part, when } from '../mapping/mapping.js';
import { codeOf } from '../mapping/value-map.js';
import { attributeOf, childElement, type XmlElement } from '../xml/element.js';
import { codeableConcept } from './datatypes/coding.js';
import { identifier } from './datatypes/identifier.js';
import { quantity } from './datatypes/quantity.js';
import { text } from './datatypes/text.js';
import { dateTime, dateTimeExtension } from './datatypes/time.js';
import { materialCode, product } from './medication.js';
import { observationRules } from './observation.mapping.js';
import { participants, placeOrganization } from './participants.js';
import { comments, conceptOrText, negated, orAbsent, recordedDate } from './rules.js';
import { immunizationStatus, noImmunizationReasons } from './value-maps/immunization.js';
import { dataAbsent } from './value-maps/null-flavor.js';

const statusOf = codeOf(immunizationStatus);
const isKnown = (at: XmlElement, context: Context): boolean =>
  attributeOf(at, 'negationInd') === 'true' || statusOf(childElement(at, 'statusCode') ?? at, context) !== undefined;

const isRefusal = (observation: XmlElement): boolean =>
  noImmunizationReasons.has(attributeOf(childElement(observation, 'code'), 'code') ?? '');
const refusalReason = named('CodeableConcept, where the code is of No Immunization Reason', (at, context) =>
  isRefusal(at) ? codeableConcept(childElement(at, 'code') ?? at, context) : undefined,
);
const indication = named('CodeableConcept of value, where the code is not of No Immunization Reason', (at, context) => {
  const value = childElement(at, 'value');
  return value && !isRefusal(at) ? conceptOrText(value, context) : undefined;
});
const reasonPath = 'entryRelationship[@typeCode=RSON]/observation';

const administering = named(
  'Practitioner, PractitionerRole or Organization, function AP',
  (at, context): ImmunizationPerformer | undefined => {
    const who = participants(at, context);
    const actor = who.person ?? who.organization;
    return actor && { function: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0443', code: 'AP' }] }, actor };
  },
);

const positiveMax = 2_147_483_647;
const dose = named('one series entry with the number as doseNumberPositiveInt', (at) => {
  const number = Number(attributeOf(at, 'value') ?? Number.NaN);
  return Number.isInteger(number) && number >= 1 && number <= positiveMax ? { doseNumberPositiveInt: number } : undefined;
});

const reactionDetail = named('Observation with the reaction as its value', (at, context) => {
  const value = childElement(at, 'value');
  if (!value || attributeOf(at, 'negationInd') === 'true' || conceptOrText(value, context) === undefined) return undefined;
  const detail: Observation = { resourceType: 'Observation', ...readReaction(at, context) };
  return context.place(detail, at);
});
const readReaction = (at: XmlElement, context: Context): Omit<Observation, 'resourceType'> => ({
  ...(observationRules.identifier.read(at, context) ? { identifier: observationRules.identifier.read(at, context) } : {}),
  status: observationRules.status.read(at, context) ?? 'unknown',
  code: observationRules.code.read(at, context) ?? { extension: [dataAbsent('unknown')] },
  subject: { ...context.subject },
  valueCodeableConcept: observationRules.valueCodeableConcept.read(at, context),
});
export const immunizationReaction = part<ImmunizationReaction>('reaction', {
  date: from('effectiveTime', dateTime),
  detail: here(reactionDetail),
});

/** FHIR demands a time: why there is none stands in its place. */
const noTime = named('data-absent-reason unknown where no time is given', (at, context) =>
  from('effectiveTime', dateTime).read(at, context) === undefined ? { extension: [dataAbsent('unknown')] } : undefined,
);

/** Immunization Activity (2.16.840.1.113883.10.20.22.4.52) in mood EVN. In any other mood it is a request (HL7: "use the MedicationRequest resource"). */
export const immunization = mapping<Immunization>(
  'Immunization',
  {
    file: 'immunization.mapping',
    template: 'Immunization Activity 2.16.840.1.113883.10.20.22.4.52, moodCode EVN',
    page: 'C-CDA on FHIR, CF-immunizations',
    notes: ['lotNumber and manufacturer: HL7’s page leaves out manufacturedProduct in their paths; the CDA schema has them there.'],
  },
  {
    identifier: each('id', identifier),
    status: firstOf(
      when(negated, here(named('not-done', () => 'not-done' as const))),
      from('statusCode', statusOf),
      // Not a default: the element stays without a value, see _status.
    ),
    _status: here(
      named('data-absent-reason unknown where the source gives no status that HL7 maps', (at, context) =>
        isKnown(at, context) ? undefined : { extension: [dataAbsent('unknown')] },
      ),
    ),
    statusReason: from(reasonPath, refusalReason),
    vaccineCode: orAbsent(materialCode),
    patient: documentPatient,
    occurrenceDateTime: from('effectiveTime', dateTime),
    _occurrenceDateTime: firstOf(from('effectiveTime', dateTimeExtension), here(noTime)),
    recorded: recordedDate,
    manufacturer: from(`${product}/manufacturerOrganization`, named('Organization', placeOrganization)),
    lotNumber: from(`${product}/manufacturedMaterial/lotNumberText`, text),
    site: from('approachSiteCode', codeableConcept),
    route: from('routeCode', codeableConcept),
    doseQuantity: from('doseQuantity', quantity),
    performer: each('performer', administering),
    note: comments,
    reasonCode: each(reasonPath, indication),
    reaction: each('entryRelationship[@typeCode=MFST]/observation', immunizationReaction),
    protocolApplied: each('repeatNumber', dose),
    expirationDate: deviation(
      'not on HL7’s page; sdtc:expirationTime of the vaccine is the same',
      from(
        `${product}/manufacturedMaterial/sdtc:expirationTime`,
        named('date', (at, context) => dateTime(at, context)?.slice(0, 10)),
      ),
    ),
  },
);
