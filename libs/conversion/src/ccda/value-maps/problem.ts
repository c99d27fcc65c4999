import { ours, type ValueMap } from '../../mapping/value-map.js';

const base = 'http://hl7.org/fhir/us/ccda/ConceptMap/';
const actStatus = 'http://terminology.hl7.org/CodeSystem/v3-ActStatus';
const snomed = 'http://snomed.info/sct';
type Clinical = 'active' | 'recurrence' | 'relapse' | 'inactive' | 'remission' | 'resolved';

/** HL7 ConceptMap CF-ProblemStatus, every row: the Problem Status Observation's value. */
export const problemStatus: ValueMap<Clinical> = {
  name: 'CF-ProblemStatus',
  url: `${base}CF-ProblemStatus`,
  source: snomed,
  rows: [
    ['246455001', 'Recurrence', 'recurrence'],
    ['263855007', 'Relapse phase', 'relapse'],
    ['277022003', 'Remission phase', 'remission'],
    ['413322009', 'Problem resolved', 'resolved'],
    ['55561003', 'Active', 'active'],
    ['73425007', 'Inactive', 'inactive'],
  ],
};

/** HL7 ConceptMap CF-ConditionClinicalStatus, every row: the concern act's status, used where no status observation stands. */
export const concernStatus: ValueMap<'active' | 'inactive'> = {
  name: 'CF-ConditionClinicalStatus',
  url: `${base}CF-ConditionClinicalStatus`,
  source: actStatus,
  rows: [
    ['aborted', 'aborted', 'inactive'],
    ['active', 'active', 'active'],
    ['completed', 'completed', 'inactive'],
    ['suspended', 'suspended', 'inactive'],
  ],
};

/** HL7 ConceptMap CF-ProblemCategory, every row: from the section's code. (Its third row is in another code system: see condition.mapping.) */
export const problemCategory: ValueMap<'encounter-diagnosis' | 'problem-list-item'> = {
  name: 'CF-ProblemCategory',
  url: `${base}CF-ProblemCategory`,
  source: 'http://loinc.org',
  rows: [
    ['46240-8', 'History of Hospitalizations+Outpatient visits Narrative', 'encounter-diagnosis'],
    ['11450-4', 'Problem List - Reported', 'problem-list-item'],
  ],
};

/** What a negated problem without a specific finding means. HL7 leaves the code to the implementer ("or adjust .code for negated concept"). */
export const noKnownProblems: ValueMap<'no-known-problems'> = {
  name: 'no known problems',
  url: 'https://bulfinch.org/maps/no-known-problems',
  source: snomed,
  rows: [
    [
      '55607006',
      'Problem',
      'no-known-problems',
      ours('a negated "Problem" says that none is known: IPS has a code for it, HL7’s page names none'),
    ],
  ],
};
