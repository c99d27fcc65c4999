import { type Resource, stringsOf } from './bundle.js';
import { isNote } from './originals.js';

/** What staff, audit and scopes call a kind of content. Coarse on purpose: it must not tell what is protected (domain.md section 6). */
export type CoarseClass =
  | 'document'
  | 'patient'
  | 'administrative'
  | 'problems'
  | 'allergies'
  | 'medications'
  | 'immunizations'
  | 'laboratory'
  | 'imaging'
  | 'vital-signs'
  | 'observations'
  | 'procedures'
  | 'encounters'
  | 'plans'
  | 'notes'
  | 'original'
  | 'other';

const byType: Readonly<Record<string, CoarseClass>> = {
  Composition: 'document',
  Patient: 'patient',
  RelatedPerson: 'administrative',
  Practitioner: 'administrative',
  PractitionerRole: 'administrative',
  Organization: 'administrative',
  Location: 'administrative',
  Device: 'administrative',
  Coverage: 'administrative',
  Provenance: 'administrative',
  Condition: 'problems',
  FamilyMemberHistory: 'problems',
  ClinicalImpression: 'problems',
  AllergyIntolerance: 'allergies',
  Medication: 'medications',
  MedicationStatement: 'medications',
  MedicationRequest: 'medications',
  MedicationAdministration: 'medications',
  MedicationDispense: 'medications',
  Immunization: 'immunizations',
  Specimen: 'laboratory',
  ImagingStudy: 'imaging',
  Media: 'imaging',
  Procedure: 'procedures',
  DeviceUseStatement: 'procedures',
  Encounter: 'encounters',
  CarePlan: 'plans',
  CareTeam: 'plans',
  DeviceRequest: 'plans',
  Goal: 'plans',
  ServiceRequest: 'plans',
  Appointment: 'plans',
  Binary: 'original',
  DocumentReference: 'original',
};

/** Codes of Observation.category and DiagnosticReport.category (observation-category; v2-0074). */
const byCategory: Readonly<Record<string, CoarseClass>> = {
  laboratory: 'laboratory',
  LAB: 'laboratory',
  CH: 'laboratory',
  HM: 'laboratory',
  MB: 'laboratory',
  'vital-signs': 'vital-signs',
  imaging: 'imaging',
  RAD: 'imaging',
  procedure: 'procedures',
};

export function coarseClass(resource: Resource): CoarseClass {
  if (isNote(resource)) return 'notes';
  const known = byType[resource.resourceType];
  if (known) return known;
  if (resource.resourceType !== 'Observation' && resource.resourceType !== 'DiagnosticReport') return 'other';
  for (const { key, text } of stringsOf(resource['category'] ?? null)) {
    const found = key === 'code' && Object.hasOwn(byCategory, text) ? byCategory[text] : undefined;
    if (found) return found;
  }
  return 'observations';
}
