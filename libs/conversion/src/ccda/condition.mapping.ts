import type { CodeableConcept, Condition, Extension } from 'fhir/r4.js';
import type { Context } from '../mapping/context.js';
import { all, deviation, documentPatient, each, firstOf, from, here, mapping, named, when } from '../mapping/mapping.js';
import { parsePath, select } from '../mapping/path.js';
import { codeOf } from '../mapping/value-map.js';
import { systems } from '../terminology/code-systems.js';
import { attributeOf, childElement, type XmlElement } from '../xml/element.js';
import { codeableConcept, conceptFrom, fixedConcept } from './datatypes/coding.js';
import { identifier } from './datatypes/identifier.js';
import { quantity } from './datatypes/quantity.js';
import { dateTime, dateTimeExtension } from './datatypes/time.js';
import { above, comments, conceptOrText, negated, orAbsent, recordedDate, recorder, textConcept } from './rules.js';
import { concernStatus, noKnownProblems, problemCategory, problemStatus } from './value-maps/problem.js';

const clinicalSystem = 'http://terminology.hl7.org/CodeSystem/condition-clinical';
const verificationSystem = 'http://terminology.hl7.org/CodeSystem/condition-ver-status';
const categorySystem = 'http://terminology.hl7.org/CodeSystem/condition-category';

const statusCode = firstOf(
  from('entryRelationship/observation[code=33999-4]/value', codeOf(problemStatus)),
  from('entryRelationship/observation[templateId=2.16.840.1.113883.10.20.22.4.6]/value', codeOf(problemStatus)),
  above('statusCode', codeOf(concernStatus)),
);

/** The problem is over: it has an end, or (HL7: the recommended way to say "resolved, date unknown") an end of unknown date. */
const abated = (at: XmlElement): boolean => {
  const high = childElement(childElement(at, 'effectiveTime') ?? at, 'high');
  return attributeOf(high, 'value') !== undefined || attributeOf(high, 'nullFlavor') === 'UNK';
};
const stillActive: ReadonlySet<string> = new Set(['active', 'recurrence', 'relapse']);

/** HL7: an ended problem may not be active in FHIR (con-4), so active, relapse and recurrence become inactive. */
function clinicalStatusOf(at: XmlElement, context: Context): CodeableConcept | undefined {
  const stated = statusCode.read(at, context);
  if (abated(at) && (stated === undefined || stillActive.has(stated))) {
    if (stated !== undefined) context.warn(at, 'the problem has an end and an active status: by HL7’s rule it is inactive');
    return { coding: [{ system: clinicalSystem, code: 'inactive' }] };
  }
  return stated === undefined ? undefined : { coding: [{ system: clinicalSystem, code: stated }] };
}

/** A negated "Problem" without any finding: the source says that none is known. */
export const noneKnown = named('negated, and the value is "Problem"', (at): true | undefined => {
  const value = childElement(at, 'value');
  return attributeOf(at, 'negationInd') === 'true' && noKnownProblems.rows.some(([code]) => code === attributeOf(value, 'code'))
    ? true
    : undefined;
});

const refuted = named('refuted', (): CodeableConcept => ({ coding: [{ system: verificationSystem, code: 'refuted' }] }));
const notNoneKnown = named('negated, and the value is a finding', (at, context): true | undefined =>
  negated(at, context) && !noneKnown(at, context) ? true : undefined,
);

const sectionCategory = named(
  `category by ${problemCategory.name} from the section's code`,
  (_at, context): CodeableConcept[] | undefined => {
    const row = problemCategory.rows.find(([code]) => code === context.sectionCode);
    return row ? [{ coding: [{ system: categorySystem, code: row[2] }] }] : undefined;
  },
);
/** ASSERTION is CDA's way to say that the value is the whole statement: it is no category. */
const problemType = named('CodeableConcept, unless it is ASSERTION', (at, context) =>
  attributeOf(at, 'code') === 'ASSERTION' ? undefined : conceptFrom(at, context),
);

const ageObservation = 'entryRelationship/observation[code=445518008]/value';
const hasOnset = named('no onset time', (at, context): true | undefined =>
  select(at, parsePath('effectiveTime')).some(
    (time) => dateTime(time, context) !== undefined || dateTimeExtension(time, context) !== undefined,
  )
    ? undefined
    : true,
);
const endExtension = named(
  'source text of a cut time; data-absent-reason where the end is unknown (UNK)',
  (at, context): { extension: Extension[] } | undefined => {
    const nullFlavor = attributeOf(at, 'nullFlavor');
    return nullFlavor === undefined || nullFlavor === 'UNK' ? dateTimeExtension(at, context) : undefined;
  },
);
const assertedDate = named('extension condition-assertedDate', (at, context): Extension[] | undefined => {
  const asserted = dateTime(at, context);
  return asserted === undefined
    ? undefined
    : [{ url: 'http://hl7.org/fhir/StructureDefinition/condition-assertedDate', valueDateTime: asserted }];
});

/** Problem Observation (2.16.840.1.113883.10.20.22.4.4), each of a Problem Concern Act, as HL7 says: one Condition each. */
export const condition = mapping<Condition>(
  'Condition',
  {
    file: 'condition.mapping',
    template: 'Problem Observation 2.16.840.1.113883.10.20.22.4.4 in Problem Concern Act 2.16.840.1.113883.10.20.22.4.3',
    page: 'C-CDA on FHIR, CF-problems',
    notes: ['CF-problems names no verificationStatus for a problem that is not negated: none is set.'],
  },
  {
    extension: from('entryRelationship/act[code=77975-1]/effectiveTime', assertedDate),
    identifier: each('id', identifier),
    clinicalStatus: {
      ...here(named('code in condition-clinical', clinicalStatusOf)),
      from: statusCode.from,
      how: `${statusCode.how}; an ended problem is never active`,
    },
    verificationStatus: when(notNoneKnown, here(refuted)),
    category: all(here(sectionCategory), each('code', problemType)),
    code: orAbsent(
      when(
        noneKnown,
        deviation(
          'HL7 leaves the negated code open; IPS names it',
          here(named('IPS code no-known-problems', () => fixedConcept(systems.absentUnknown, 'no-known-problems', 'No known problems'))),
        ),
        firstOf(
          from('value', conceptOrText),
          deviation('the statement’s text, where it has no value: nothing else names the problem', from('text', textConcept)),
        ),
      ),
    ),
    bodySite: deviation('not on HL7’s page; the CDA element means the same', each('targetSiteCode', codeableConcept)),
    subject: documentPatient,
    onsetDateTime: from('effectiveTime', dateTime),
    _onsetDateTime: from('effectiveTime', dateTimeExtension),
    onsetAge: when(hasOnset, from(ageObservation, quantity)),
    abatementDateTime: from('effectiveTime/high', dateTime),
    _abatementDateTime: from('effectiveTime/high', endExtension),
    recordedDate,
    recorder,
    note: comments,
  },
);
