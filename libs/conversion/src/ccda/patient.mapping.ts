import type { Extension, Patient, PatientCommunication, PatientContact, Reference } from 'fhir/r4.js';
import type { Context } from '../mapping/context.js';
import { each, firstOf, from, here, mapping, named, part } from '../mapping/mapping.js';
import { codeOf } from '../mapping/value-map.js';
import { commonLanguage } from '../terminology/languages.js';
import { attributeOf, childElements, type XmlElement } from '../xml/element.js';
import { codeableConcept, codingFrom, conceptFrom, fixedConcept } from './datatypes/coding.js';
import { identifier } from './datatypes/identifier.js';
import { address, contactPoint, humanName } from './datatypes/person.js';
import { date, dateTime, dateTimeExtension, readTime } from './datatypes/time.js';
import { placeOrganization } from './participants.js';
import { gender } from './value-maps/person.js';

const usCore = 'http://hl7.org/fhir/us/core/StructureDefinition/';
const core = 'http://hl7.org/fhir/StructureDefinition/';

/** The five OMB race categories and two ethnicity categories; any other code is a detail of one of them (US Core, OMB value sets). */
const ombRace: ReadonlySet<string> = new Set(['1002-5', '2028-9', '2054-5', '2076-8', '2106-3']);
const ombEthnicity: ReadonlySet<string> = new Set(['2135-2', '2186-5']);

const genderCode = codeOf(gender);
/** HL7's map sends every other value to unknown. */
const genderOrUnknown = named(
  `${genderCode.label}; everything else unknown, as HL7's map says`,
  (at, context) => genderCode(at, context) ?? ('unknown' as const),
);

/** CDA booleans. */
const flag = named('boolean', (at): boolean | undefined => {
  const value = attributeOf(at, 'value');
  return value === 'true' ? true : value === 'false' ? false : undefined;
});

/** The time of birth, where FHIR can carry it. */
const birthTime = named('extension patient-birthTime where the time has a zone', (at): { extension: Extension[] } | undefined => {
  const written = attributeOf(at, 'value');
  const time = written === undefined ? undefined : readTime(written);
  if (time?.dateTime.includes('T')) return { extension: [{ url: `${core}patient-birthTime`, valueDateTime: time.dateTime }] };
  return undefined;
});

/** A US Core race or ethnicity extension over all codes of both CDA elements. Where no text can be given there is none, since US Core requires it. */
function omb(name: 'race' | 'ethnicity', elements: readonly XmlElement[], categories: ReadonlySet<string>, context: Context): Extension[] {
  const texts = new Set<string>();
  const parts: Extension[] = [];
  for (const element of elements) {
    const coding = codingFrom(element, context);
    const text = conceptFrom(element, context)?.text ?? coding?.display ?? coding?.code;
    if (text !== undefined) texts.add(text);
    if (!coding?.code) continue;
    parts.push({ url: categories.has(coding.code) ? 'ombCategory' : 'detailed', valueCoding: coding });
  }
  if (texts.size === 0) return [];
  return [{ url: `${usCore}us-core-${name}`, extension: [...parts, { url: 'text', valueString: [...texts].join(', ') }] }];
}

const extensions = named('US Core race and ethnicity, religion, place of birth', (at, context): Extension[] | undefined => {
  const patient = childElements(at, 'patient')[0];
  if (!patient) return undefined;
  const religion = childElements(patient, 'religiousAffiliationCode').flatMap((code) => conceptFrom(code, context) ?? []);
  const birthPlaces = childElements(patient, 'birthplace')
    .flatMap((place) => childElements(place, 'place'))
    .flatMap((place) => childElements(place, 'addr'))
    .flatMap((addr) => address(addr, context) ?? []);
  const found: Extension[] = [
    ...omb('race', [...childElements(patient, 'raceCode'), ...childElements(patient, 'sdtc:raceCode')], ombRace, context),
    ...omb(
      'ethnicity',
      [...childElements(patient, 'ethnicGroupCode'), ...childElements(patient, 'sdtc:ethnicGroupCode')],
      ombEthnicity,
      context,
    ),
    ...religion.slice(0, 1).map((concept) => ({ url: `${core}patient-religion`, valueCodeableConcept: concept })),
    ...birthPlaces.slice(0, 1).map((place) => ({ url: `${core}patient-birthPlace`, valueAddress: place })),
  ];
  return found.length === 0 ? undefined : found;
});

/** The tag FHIR lists, and the source's own word where it says more or other than that. */
const language = named("tag of FHIR's common languages; the source's own as text where it differs", (at) => {
  const written = attributeOf(at, 'code');
  if (written === undefined) return undefined;
  const tag = commonLanguage(written);
  if (tag === written) return { coding: [{ system: 'urn:ietf:bcp:47', code: tag }] };
  return { ...(tag === undefined ? {} : { coding: [{ system: 'urn:ietf:bcp:47', code: tag }] }), text: written };
});

export const communication = part<PatientCommunication>('communication', {
  language: from('languageCode', language),
  preferred: from('preferenceInd', flag),
});

const roleCode = 'http://terminology.hl7.org/CodeSystem/v3-RoleCode';
export const guardian = part<PatientContact>('guardian as contact', {
  relationship: here(
    named('GUARD, then the codes of the source', (at, context) => [
      fixedConcept(roleCode, 'GUARD', 'guardian'),
      ...childElements(at, 'code').flatMap((code) => conceptFrom(code, context) ?? []),
    ]),
  ),
  name: from('guardianPerson/name', humanName),
  telecom: each('telecom', contactPoint),
  address: from('addr', address),
});

/** recordTarget/patientRole of the header. Nothing in it is required: patients of any country, with any identifiers or none. */
export const patient = mapping<Patient>(
  'Patient',
  { file: 'patient.mapping', template: 'recordTarget/patientRole (US Realm Header)', page: 'C-CDA on FHIR, CF-patient' },
  {
    extension: here(extensions),
    identifier: each('id', identifier),
    name: each('patient/name', humanName),
    telecom: each('telecom', contactPoint),
    gender: from('patient/administrativeGenderCode', genderOrUnknown),
    birthDate: from('patient/birthTime', date),
    _birthDate: firstOf(from('patient/birthTime', birthTime), from('patient/birthTime', dateTimeExtension)),
    deceasedDateTime: from('patient/sdtc:deceasedTime', dateTime),
    deceasedBoolean: {
      ...from('patient/sdtc:deceasedInd', flag),
      how: 'boolean, where no deceasedTime is given',
      read: (at, context) =>
        from('patient/sdtc:deceasedTime', dateTime).read(at, context) === undefined
          ? from('patient/sdtc:deceasedInd', flag).read(at, context)
          : undefined,
    },
    address: each('addr', address),
    maritalStatus: from('patient/maritalStatusCode', codeableConcept),
    contact: each('patient/guardian', reachableGuardian()),
    communication: each('patient/languageCommunication', withLanguage()),
    managingOrganization: from(
      'providerOrganization',
      named('Organization', (at, context): Reference | undefined => placeOrganization(at, context)),
    ),
  },
);

/** FHIR wants a name, a telecom or an address of a contact (pat-1): without any there is nobody to contact. */
function reachableGuardian(): typeof guardian {
  const reading = named('guardian, with a name, telecom or address', (at, context) => {
    const found = guardian(at, context);
    return found?.name || found?.telecom || found?.address ? found : undefined;
  });
  return Object.assign(reading, { rules: guardian.rules });
}

/** FHIR requires the language of a communication: an entry that only says "preferred" says nothing. */
function withLanguage(): typeof communication {
  const reading = named('language, preferred', (at, context) => {
    const found = communication(at, context);
    return found?.language ? found : undefined;
  });
  return Object.assign(reading, { rules: communication.rules });
}
