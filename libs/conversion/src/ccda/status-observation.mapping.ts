import type { Observation } from 'fhir/r4.js';
import { each, mapping, named } from '../mapping/mapping.js';
import { attributeOf, childElement } from '../xml/element.js';
import { observationRules } from './observation.mapping.js';
import { component } from './observation-value.js';

const page = 'C-CDA on FHIR has no page for it; the rules are those of CF-results';
const ours = 'HL7 has no page for these; an observation is an observation in both standards, so the rules of results apply.';

/** FHIR: an observation that has a value has no component of its own code (obs-7); one that is negated found nothing. */
const supporting = named(component.label, (at, context) => {
  const own = attributeOf(childElement(at, 'code'), 'code');
  const around = attributeOf(childElement(at.parent?.parent ?? at, 'code'), 'code');
  if (attributeOf(at, 'nullFlavor') !== undefined) return undefined;
  if ((own !== undefined && own === around) || attributeOf(at, 'negationInd') === 'true') {
    context.warn(at, 'a supporting observation that has no place in FHIR: negated, or of the same code as the one it supports');
    return undefined;
  }
  return component(at, context);
});

/** Functional, mental and cognitive status, assessment scales, advance directives, and every observation of a template we do not know. */
export const statusObservation = mapping<Observation>(
  'Observation',
  {
    file: 'status-observation.mapping',
    template:
      'Functional Status Observation 2.16.840.1.113883.10.20.22.4.67, Mental Status Observation 2.16.840.1.113883.10.20.22.4.74, Assessment Scale Observation 2.16.840.1.113883.10.20.22.4.69, Procedure Activity Observation 2.16.840.1.113883.10.20.22.4.13, any other observation',
    page,
    ours,
    notes: [
      'category: none. R4 has no code for functional or mental status, and survey or exam would state how it was found.',
      'component: the supporting observations of an assessment scale.',
    ],
  },
  {
    ...observationRules,
    component: each('entryRelationship[@typeCode=COMP]/observation', supporting),
  },
);

/** An organizer of observations that is neither a panel of results nor of vital signs. Its members are added where it is converted. */
export const statusOrganizer = mapping<Observation>(
  'Observation',
  {
    file: 'status-observation.mapping',
    template:
      'Functional Status Organizer 2.16.840.1.113883.10.20.22.4.66, Mental Status Organizer 2.16.840.1.113883.10.20.22.4.75, any other organizer of observations',
    page,
    ours,
    notes: ['hasMember: the Observations of component/observation, in the order of the source.'],
  },
  {
    identifier: observationRules.identifier,
    status: observationRules.status,
    code: observationRules.code,
    subject: observationRules.subject,
    effectiveDateTime: observationRules.effectiveDateTime,
    _effectiveDateTime: observationRules._effectiveDateTime,
    effectivePeriod: observationRules.effectivePeriod,
    performer: observationRules.performer,
    note: observationRules.note,
  },
);
