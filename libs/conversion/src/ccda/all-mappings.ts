import type { Mapping } from '../mapping/mapping.js';
import type { ValueMap } from '../mapping/value-map.js';
import { allergyIntolerance, reaction } from './allergy-intolerance.mapping.js';
import { condition } from './condition.mapping.js';
import { device } from './device.mapping.js';
import { deviceRequest } from './device-request.mapping.js';
import { deviceUseStatement } from './device-use-statement.mapping.js';
import { diagnosticReport } from './diagnostic-report.mapping.js';
import { documentReference } from './document-reference.mapping.js';
import { dosage, dosageInstruction, doseAndRate } from './dosage.js';
import { encounter } from './encounter.mapping.js';
import { familyCondition, familyMemberHistory } from './family-member-history.mapping.js';
import { goal } from './goal.mapping.js';
import { healthConcern } from './health-concern.mapping.js';
import { immunization, immunizationReaction } from './immunization.mapping.js';
import { location } from './location.mapping.js';
import { medication } from './medication.js';
import { medicationDispense } from './medication-dispense.mapping.js';
import { dispenseRequest, medicationRequest } from './medication-request.mapping.js';
import { medicationStatement } from './medication-statement.mapping.js';
import { note } from './note.mapping.js';
import { resultObservation } from './observation.mapping.js';
import { component, referenceRange } from './observation-value.js';
import { authoringDevice, organization, practitioner, practitionerRole } from './participants.js';
import { communication, guardian, patient } from './patient.mapping.js';
import { procedure } from './procedure.mapping.js';
import { serviceRequest } from './service-request.mapping.js';
import { socialHistory } from './social-history.mapping.js';
import { statusObservation, statusOrganizer } from './status-observation.mapping.js';
import { allergyCategory, allergyStatus, allergyType, criticality, noKnownAllergies, severity } from './value-maps/allergy.js';
import { encounterClassByCpt, encounterStatus } from './value-maps/encounter.js';
import { immunizationStatus } from './value-maps/immunization.js';
import { medicationIntent, medicationStatus, periodUnit } from './value-maps/medication.js';
import { nullFlavorAbsence } from './value-maps/null-flavor.js';
import { addressUse, gender, nameUse, telecomType, telecomUse } from './value-maps/person.js';
import { deviceUseStatus, dispenseStatus, goalStatus, requestIntent, requestStatus } from './value-maps/plan.js';
import { concernStatus, noKnownProblems, problemCategory, problemStatus } from './value-maps/problem.js';
import { procedureStatus } from './value-maps/procedure.js';
import { reportStatus, resultStatus } from './value-maps/result.js';
import { vitalUnit } from './value-maps/vital-sign.js';
import { vitalComponent, vitalSign, vitalSignsPanel } from './vital-sign.mapping.js';

type Rules = Mapping<unknown>['rules'];

/** One mapping with the parts inside it and the value maps it goes through: one printed page. */
export interface MappingGroup {
  readonly mapping: Pick<Mapping<unknown>, 'resourceType' | 'about' | 'rules'>;
  readonly parts: readonly { readonly name: string; readonly rules: Rules }[];
  readonly valueMaps: readonly ValueMap<string>[];
  /** Name of the page, where several mappings make one type of resource. */
  readonly page?: string;
}

/** Every mapping of C-CDA there is. A test fails when a mapping file is missing here. */
export const ccdaMappings: readonly MappingGroup[] = [
  {
    mapping: patient,
    parts: [
      { name: 'contact (guardian)', rules: guardian.rules },
      { name: 'communication', rules: communication.rules },
    ],
    valueMaps: [gender, nameUse, addressUse, telecomType, telecomUse, nullFlavorAbsence],
  },
  { mapping: documentReference, parts: [], valueMaps: [] },
  { mapping: practitioner, parts: [], valueMaps: [] },
  { mapping: practitionerRole, parts: [], valueMaps: [] },
  { mapping: organization, parts: [], valueMaps: [] },
  { mapping: authoringDevice, parts: [], valueMaps: [] },
  { mapping: condition, parts: [], valueMaps: [problemStatus, concernStatus, problemCategory, noKnownProblems] },
  {
    mapping: allergyIntolerance,
    parts: [{ name: 'reaction', rules: reaction.rules }],
    valueMaps: [allergyCategory, allergyType, allergyStatus, concernStatus, criticality, severity, noKnownAllergies],
  },
  {
    mapping: medicationStatement,
    parts: [
      { name: 'dosage', rules: dosage.rules },
      { name: 'dosage.doseAndRate', rules: doseAndRate.rules },
    ],
    valueMaps: [medicationStatus, periodUnit],
  },
  {
    mapping: medicationRequest,
    parts: [
      { name: 'dosageInstruction', rules: dosageInstruction.rules },
      { name: 'dosageInstruction.doseAndRate', rules: doseAndRate.rules },
      { name: 'dispenseRequest', rules: dispenseRequest.rules },
    ],
    valueMaps: [medicationIntent, medicationStatus, periodUnit],
  },
  { mapping: medication, parts: [], valueMaps: [] },
  { mapping: diagnosticReport, parts: [], valueMaps: [reportStatus] },
  {
    mapping: resultObservation,
    parts: [{ name: 'referenceRange', rules: referenceRange.rules }],
    valueMaps: [resultStatus, nullFlavorAbsence],
  },
  { mapping: immunization, parts: [{ name: 'reaction', rules: immunizationReaction.rules }], valueMaps: [immunizationStatus] },
  {
    mapping: vitalSign,
    parts: [{ name: 'component', rules: vitalComponent.rules }],
    valueMaps: [resultStatus, vitalUnit],
    page: 'observation-vital-sign',
  },
  { mapping: vitalSignsPanel, parts: [], valueMaps: [resultStatus], page: 'observation-vital-signs-panel' },
  { mapping: procedure, parts: [], valueMaps: [procedureStatus] },
  { mapping: encounter, parts: [], valueMaps: [encounterStatus, encounterClassByCpt] },
  { mapping: location, parts: [], valueMaps: [] },
  { mapping: socialHistory, parts: [], valueMaps: [resultStatus], page: 'observation-social-history' },
  { mapping: familyMemberHistory, parts: [{ name: 'condition', rules: familyCondition.rules }], valueMaps: [gender] },
  { mapping: device, parts: [], valueMaps: [], page: 'device-of-patient' },
  { mapping: deviceUseStatement, parts: [], valueMaps: [deviceUseStatus] },
  { mapping: deviceRequest, parts: [], valueMaps: [requestStatus, requestIntent] },
  { mapping: serviceRequest, parts: [], valueMaps: [requestStatus, requestIntent] },
  { mapping: goal, parts: [], valueMaps: [goalStatus] },
  {
    mapping: statusObservation,
    parts: [{ name: 'component', rules: component.rules }],
    valueMaps: [resultStatus],
    page: 'observation-status',
  },
  { mapping: statusOrganizer, parts: [], valueMaps: [resultStatus], page: 'observation-status-organizer' },
  { mapping: healthConcern, parts: [], valueMaps: [concernStatus], page: 'condition-health-concern' },
  { mapping: note, parts: [], valueMaps: [], page: 'document-reference-note' },
  { mapping: medicationDispense, parts: [], valueMaps: [dispenseStatus] },
];
