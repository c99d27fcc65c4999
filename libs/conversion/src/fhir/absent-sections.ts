import type { AllergyIntolerance, CodeableConcept, Condition, FhirResource, MedicationStatement, Reference } from 'fhir/r4.js';
import { systems } from '../terminology/code-systems.js';

/**
 * What a required IPS section holds when the source gives it no coded entry (IPS 1.1.0: an entry with an absent-or-unknown code, not emptyReason).
 * It says "no information", never "none known": only a source can say that.
 */
export interface RequiredSection {
  readonly code: string;
  readonly title: string;
  readonly absent: (subject: Reference, isNarrated: boolean) => FhirResource;
}

/** `isNarrated`: the section has text, so the concept must not read as if nothing stood there. */
const noInformation = (code: string, display: string, isNarrated: boolean): CodeableConcept => ({
  coding: [{ system: systems.absentUnknown, code, display }],
  text: isNarrated ? `${display} in coded form; see the text of the section` : display,
});

/** FHIR (ait-1) and IPS demand a status. It is the statement "no information" that is active, as in the examples of IPS, not a problem or allergy. */
const statementStatus = (system: string): CodeableConcept => ({
  coding: [{ system: `http://terminology.hl7.org/CodeSystem/${system}`, code: 'active' }],
});

export const requiredSections: readonly RequiredSection[] = [
  {
    code: '11450-4',
    title: 'Problem list',
    absent: (subject, isNarrated): Condition => ({
      resourceType: 'Condition',
      clinicalStatus: statementStatus('condition-clinical'),
      category: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/condition-category', code: 'problem-list-item' }] }],
      code: noInformation('no-problem-info', 'No information about problems', isNarrated),
      subject,
    }),
  },
  {
    code: '48765-2',
    title: 'Allergies and intolerances',
    absent: (subject, isNarrated): AllergyIntolerance => ({
      resourceType: 'AllergyIntolerance',
      clinicalStatus: statementStatus('allergyintolerance-clinical'),
      code: noInformation('no-allergy-info', 'No information about allergies', isNarrated),
      patient: subject,
    }),
  },
  {
    code: '10160-0',
    title: 'Medication list',
    absent: (subject, isNarrated): MedicationStatement => ({
      resourceType: 'MedicationStatement',
      status: 'unknown',
      medicationCodeableConcept: noInformation('no-medication-info', 'No information about medications', isNarrated),
      subject,
      _effectiveDateTime: { extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/data-absent-reason', valueCode: 'unknown' }] },
    }),
  },
];
