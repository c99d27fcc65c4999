import type { CodeableConcept, Observation } from 'fhir/r4.js';
import { mapping, type Rule } from '../mapping/mapping.js';
import { systems } from '../terminology/code-systems.js';
import { attributeOf, childElement, childElements } from '../xml/element.js';
import { fixedConcept } from './datatypes/coding.js';
import { observationRules } from './observation.mapping.js';
import { category } from './rules.js';

const pregnancyTemplate = '2.16.840.1.113883.10.20.15.3.8';

/** HL7: the pregnancy observation of C-CDA before 4.0 has the code ASSERTION, which says nothing of pregnancy. */
const code: Rule<CodeableConcept> = {
  ...observationRules.code,
  how: `${observationRules.code.how}; a Pregnancy Observation with the code ASSERTION is 82810-3`,
  read(at, context) {
    const isPregnancy = childElements(at, 'templateId').some((id) => attributeOf(id, 'root') === pregnancyTemplate);
    return isPregnancy && attributeOf(childElement(at, 'code'), 'code') === 'ASSERTION'
      ? fixedConcept(systems.loinc, '82810-3', 'Pregnancy status')
      : observationRules.code.read(at, context);
  },
};

/** Social History Observation (2.16.840.1.113883.10.20.22.4.38), Smoking Status (.78), Tobacco Use (.85), and all others of the section. */
export const socialHistory = mapping<Observation>(
  'Observation',
  {
    file: 'social-history.mapping',
    template:
      'Social History Observation 2.16.840.1.113883.10.20.22.4.38, Smoking Status 2.16.840.1.113883.10.20.22.4.78, Tobacco Use 2.16.840.1.113883.10.20.22.4.85, Pregnancy Observation 2.16.840.1.113883.10.20.15.3.8',
    page: 'C-CDA on FHIR, CF-social',
    ours: 'Birth sex, gender identity, sex and tribal affiliation: HL7’s page puts them into extensions of US Core on the patient and makes no Observation. A reader abroad does not know these extensions, so each stays an Observation like the others.',
    notes: ['status: by CF-ResultStatus; the page says final, since C-CDA fixes completed.'],
  },
  { ...observationRules, category: category('social-history', 'Social History'), code },
);
