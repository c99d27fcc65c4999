import type { Mapping } from '../mapping/mapping.js';
import type { ValueMap } from '../mapping/value-map.js';
import { allergyIntolerance, reaction } from './allergy-intolerance.mapping.js';
import { condition } from './condition.mapping.js';
import { diagnosticReport } from './diagnostic-report.mapping.js';
import { documentReference } from './document-reference.mapping.js';
import { dosage, dosageInstruction, doseAndRate } from './dosage.js';
import { medication } from './medication.js';
import { dispenseRequest, medicationRequest } from './medication-request.mapping.js';
import { medicationStatement } from './medication-statement.mapping.js';
import { referenceRange, resultObservation } from './observation.mapping.js';
import { authoringDevice, organization, practitioner, practitionerRole } from './participants.js';
import { communication, guardian, patient } from './patient.mapping.js';
import { allergyCategory, allergyStatus, allergyType, criticality, noKnownAllergies, severity } from './value-maps/allergy.js';
import { medicationIntent, medicationStatus, periodUnit } from './value-maps/medication.js';
import { nullFlavorAbsence } from './value-maps/null-flavor.js';
import { addressUse, gender, nameUse, telecomType, telecomUse } from './value-maps/person.js';
import { concernStatus, noKnownProblems, problemCategory, problemStatus } from './value-maps/problem.js';
import { reportStatus, resultStatus } from './value-maps/result.js';

type Rules = Mapping<unknown>['rules'];

/** One mapping with the parts inside it and the value maps it goes through: one printed page. */
export interface MappingGroup {
  readonly mapping: Pick<Mapping<unknown>, 'resourceType' | 'about' | 'rules'>;
  readonly parts: readonly { readonly name: string; readonly rules: Rules }[];
  readonly valueMaps: readonly ValueMap<string>[];
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
];
