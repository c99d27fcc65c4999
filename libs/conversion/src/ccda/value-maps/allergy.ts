import { NO_TARGET, ours, type ValueMap } from '../../mapping/value-map.js';

const base = 'http://hl7.org/fhir/us/ccda/ConceptMap/';
const snomed = 'http://snomed.info/sct';

/** HL7 ConceptMap CF-AllergyIntoleranceCategory, every row. */
export const allergyCategory: ValueMap<'food' | 'medication' | 'environment' | 'biologic'> = {
  name: 'CF-AllergyIntoleranceCategory',
  url: `${base}CF-AllergyIntoleranceCategory`,
  source: snomed,
  rows: [
    ['418038007', 'Propensity to adverse reactions to substance', NO_TARGET],
    ['419199007', 'Allergy to substance', NO_TARGET],
    ['420134006', 'Propensity to adverse reaction', NO_TARGET],
    ['235719002', 'Intolerance to food', 'food'],
    ['414285001', 'Allergy to food', 'food'],
    ['418471000', 'Propensity to adverse reactions to food', 'food'],
    ['416098002', 'Allergy to drug', 'medication'],
    ['419511003', 'Propensity to adverse reactions to drug', 'medication'],
    ['59037007', 'Intolerance to drug', 'medication'],
  ],
};

/** HL7 ConceptMap CF-AllergyIntoleranceType, every row. */
export const allergyType: ValueMap<'allergy' | 'intolerance'> = {
  name: 'CF-AllergyIntoleranceType',
  url: `${base}CF-AllergyIntoleranceType`,
  source: snomed,
  rows: [
    ['235719002', 'Intolerance to food', 'intolerance'],
    ['414285001', 'Allergy to food', 'allergy'],
    ['416098002', 'Allergy to drug', 'allergy'],
    ['418038007', 'Propensity to adverse reactions to substance', NO_TARGET],
    ['418471000', 'Propensity to adverse reactions to food', NO_TARGET],
    ['419199007', 'Allergy to substance', 'allergy'],
    ['419511003', 'Propensity to adverse reactions to drug', NO_TARGET],
    ['420134006', 'Propensity to adverse reaction', NO_TARGET],
    ['59037007', 'Intolerance to drug', 'intolerance'],
  ],
};

/** HL7 ConceptMap CF-AllergyStatus, every row: the Allergy Status Observation's value. */
export const allergyStatus: ValueMap<'active' | 'inactive' | 'resolved'> = {
  name: 'CF-AllergyStatus',
  url: `${base}CF-AllergyStatus`,
  source: snomed,
  rows: [
    ['413322009', 'Problem Resolved', 'resolved'],
    ['73425007', 'Inactive', 'inactive'],
    ['55561003', 'Active', 'active'],
  ],
};

/** HL7 ConceptMap CF-Criticality, every row. */
export const criticality: ValueMap<'high' | 'low' | 'unable-to-assess'> = {
  name: 'CF-Criticality',
  url: `${base}CF-Criticality`,
  source: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue',
  rows: [
    ['CRITH', 'high criticality', 'high'],
    ['CRITL', 'low criticality', 'low'],
    ['CRITU', 'unable to assess criticality', 'unable-to-assess'],
  ],
};

/** HL7 ConceptMap CF-Severity, every row, and two older codes. */
export const severity: ValueMap<'mild' | 'moderate' | 'severe'> = {
  name: 'CF-Severity',
  url: `${base}CF-Severity`,
  source: snomed,
  rows: [
    ['255604002', 'Mild', 'mild'],
    ['6736007', 'Moderate', 'moderate'],
    ['24484000', 'Severe', 'severe'],
    [
      '371923003',
      'Mild to moderate',
      'moderate',
      ours('C-CDA’s severity value set has it, HL7’s map lacks it; FHIR has no step between, so the graver of the two'),
    ],
    [
      '371924009',
      'Moderate to severe',
      'severe',
      ours('C-CDA’s severity value set has it, HL7’s map lacks it; FHIR has no step between, so the graver of the two'),
    ],
    ['399166001', 'Fatal', 'severe', ours('C-CDA’s severity value set has it, HL7’s map lacks it; severe is FHIR’s gravest')],
  ],
};

/** HL7 ConceptMap CF-NoKnownAllergies, every row: what a negated allergy without a named substance means, by its value. */
export const noKnownAllergies: ValueMap<'429625007' | '409137002' | '716186003'> = {
  name: 'CF-NoKnownAllergies',
  url: `${base}CF-NoKnownAllergies`,
  source: snomed,
  rows: [
    ['414285001', 'Allergy to food', '429625007'],
    ['416098002', 'Allergy to drug', '409137002'],
    ['419199007', 'Allergy to substance', '716186003'],
    ['235719002', 'Intolerance to food', NO_TARGET],
    ['418038007', 'Propensity to adverse reactions to substance', NO_TARGET],
    ['418471000', 'Propensity to adverse reactions to food (finding)', NO_TARGET],
    ['419511003', 'Propensity to adverse reactions to drug', NO_TARGET],
    ['420134006', 'Propensity to adverse reaction', NO_TARGET],
  ],
};

/** SNOMED CT displays of the targets of CF-NoKnownAllergies, as that map prints them. */
export const noKnownAllergyDisplay = {
  '429625007': 'No known food allergy',
  '409137002': 'No known drug allergy',
  '716186003': 'No known allergy',
} as const;
