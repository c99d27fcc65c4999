import type { Entry, JsonObject } from '../content/bundle.js';
import { unavailable } from '../content/sections.js';
import { sentenceNarrative } from './narrative.js';

/** LOINC codes of the sections that IPS 1.1.0 requires, in the order in which the house adds them. */
export const requiredCodes = ['11450-4', '48765-2', '10160-0'] as const;
export type RequiredCode = (typeof requiredCodes)[number];
/** The id of each absent-statement, by section: the one that the conversion gives it for this patient (a UUIDv5, made outside of the domain). */
export type AbsentIds = Readonly<Record<RequiredCode, string>>;

const absentUnknown = 'http://hl7.org/fhir/uv/ips/CodeSystem/absent-unknown-uv-ips';
const noInformation = (code: string, display: string): JsonObject => ({
  coding: [{ system: absentUnknown, code, display }],
  text: display,
});
const active = (system: string): JsonObject => ({
  coding: [{ system: `http://terminology.hl7.org/CodeSystem/${system}`, code: 'active' }],
});

interface Absent {
  readonly title: string;
  readonly resource: (id: string, subject: JsonObject) => Entry['resource'];
}

/**
 * What a required section holds that the source never had, element for element as the conversion writes it (IPS 1.1.0: an entry with an
 * absent-or-unknown code, "no information", never "none known"): a section emptied by withholding must read the same.
 */
const absents: Readonly<Record<RequiredCode, Absent>> = {
  '11450-4': {
    title: 'Problem list',
    resource: (id, subject) => ({
      resourceType: 'Condition',
      id,
      clinicalStatus: active('condition-clinical'),
      category: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/condition-category', code: 'problem-list-item' }] }],
      code: noInformation('no-problem-info', 'No information about problems'),
      subject,
    }),
  },
  '48765-2': {
    title: 'Allergies and intolerances',
    resource: (id, subject) => ({
      resourceType: 'AllergyIntolerance',
      id,
      clinicalStatus: active('allergyintolerance-clinical'),
      code: noInformation('no-allergy-info', 'No information about allergies'),
      patient: subject,
    }),
  },
  '10160-0': {
    title: 'Medication list',
    resource: (id, subject) => ({
      resourceType: 'MedicationStatement',
      id,
      status: 'unknown',
      medicationCodeableConcept: noInformation('no-medication-info', 'No information about medications'),
      subject,
      _effectiveDateTime: {
        extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/data-absent-reason', valueCode: 'unknown' }],
      },
    }),
  },
};

export function absentEntry(code: RequiredCode, ids: AbsentIds, subject: JsonObject): Entry {
  return { fullUrl: `urn:uuid:${ids[code]}`, resource: absents[code].resource(ids[code], subject) };
}

export function absentSection(code: RequiredCode, ids: AbsentIds): JsonObject {
  return {
    title: absents[code].title,
    code: { coding: [{ system: 'http://loinc.org', code }] },
    text: sentenceNarrative(unavailable),
    entry: [{ reference: `urn:uuid:${ids[code]}` }],
  };
}
