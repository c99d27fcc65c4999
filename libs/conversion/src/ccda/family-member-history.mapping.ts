import type { Age, Annotation, FamilyMemberHistory, FamilyMemberHistoryCondition } from 'fhir/r4.js';
import type { Context } from '../mapping/context.js';
import { deviation, documentPatient, each, firstOf, from, here, mapping, named, one, part } from '../mapping/mapping.js';
import { parsePath, select } from '../mapping/path.js';
import { codeOf } from '../mapping/value-map.js';
import { attributeOf, childElement, type XmlElement } from '../xml/element.js';
import { identifier } from './datatypes/identifier.js';
import { humanName } from './datatypes/person.js';
import { quantity } from './datatypes/quantity.js';
import { date, dateTime } from './datatypes/time.js';
import { conceptOrText, orAbsent, textConcept } from './rules.js';
import { gender } from './value-maps/person.js';

const relative = 'subject/relatedSubject';
const ageObservation = parsePath('entryRelationship/observation[templateId=2.16.840.1.113883.10.20.22.4.31]/value');
const ageByCode = parsePath('entryRelationship/observation[code=445518008]/value');
const deathObservation = parsePath('entryRelationship/observation[templateId=2.16.840.1.113883.10.20.22.4.47]');

/** FHIR wants a positive age in a UCUM unit of time (age-1). */
const timeUnits: ReadonlySet<string> = new Set(['min', 'h', 'd', 'wk', 'mo', 'a']);
const age = named('Age of the Age Observation', (at, context): Age | undefined => {
  const [value] = [...select(at, ageObservation), ...select(at, ageByCode)];
  const found = value ? quantity(value, context) : undefined;
  return found?.value !== undefined && found.value > 0 && timeUnits.has(found.code ?? '') ? found : undefined;
});
const hasAge = (at: XmlElement, context: Context): boolean => age(at, context) !== undefined;
const stated = from('effectiveTime', dateTime);

const onset = named('the time as text, where no age is given', (at, context) =>
  hasAge(at, context) ? undefined : stated.read(at, context),
);
const timeNote = named('Annotation with the time, where an age is given too', (at, context): Annotation | undefined => {
  const time = hasAge(at, context) ? stated.read(at, context) : undefined;
  return time === undefined ? undefined : { text: `Time stated by the source: ${time}` };
});

/** Family History Observation (2.16.840.1.113883.10.20.22.4.46). */
export const familyCondition = part<FamilyMemberHistoryCondition>('condition', {
  code: orAbsent(
    firstOf(
      from('value', conceptOrText),
      deviation('the statement’s text, where it has no value: nothing else names the condition', from('text', textConcept)),
    ),
  ),
  contributedToDeath: here(
    named('true, where a Family History Death Observation stands below', (at) =>
      select(at, deathObservation).length > 0 ? true : undefined,
    ),
  ),
  onsetAge: here(age),
  onsetString: here(onset),
  note: one(here(timeNote)),
});

const deceased = named('boolean', (at): boolean | undefined => {
  const value = attributeOf(at, 'value');
  return value === 'true' ? true : value === 'false' ? false : undefined;
});
const sex = named(`CodeableConcept by ${gender.name}`, (at, context) => {
  const code = codeOf(gender)(at, context);
  return code === undefined ? undefined : { coding: [{ system: 'http://hl7.org/fhir/administrative-gender', code }] };
});
const nameText = named('name as text', (at, context) => {
  const found = humanName(at, context);
  return found && (found.text ?? [...(found.prefix ?? []), ...(found.given ?? []), found.family ?? ''].join(' ').trim());
});

/** Family History Organizer (2.16.840.1.113883.10.20.22.4.45): one relative, with what is known of them. */
export const familyMemberHistory = mapping<FamilyMemberHistory>(
  'FamilyMemberHistory',
  {
    file: 'family-member-history.mapping',
    template: 'Family History Organizer 2.16.840.1.113883.10.20.22.4.45, Family History Observation 2.16.840.1.113883.10.20.22.4.46',
    page: 'C-CDA on FHIR has no page for it; FHIR R4, FamilyMemberHistory, mapping to HL7 v3',
    ours: 'HL7 has no page for family history.',
    notes: [
      'identifier: that of the organizer and those of its observations: a condition has none of its own in FHIR.',
      'status: partial where the source does not say completed, since more may be known.',
      'condition: none for a negated observation. FHIR cannot say that a relative does not have something; the ledger tells it.',
    ],
  },
  {
    identifier: each('id', identifier),
    status: firstOf(
      from(
        'statusCode',
        named('completed, or entered-in-error', (at) => {
          const code = attributeOf(at, 'code');
          return code === 'completed' ? ('completed' as const) : code === 'nullified' ? ('entered-in-error' as const) : undefined;
        }),
      ),
      here(named('partial', () => 'partial' as const)),
    ),
    patient: documentPatient,
    date: from('effectiveTime', dateTime),
    name: from(`${relative}/subject/name`, nameText),
    relationship: orAbsent(from(`${relative}/code`, conceptOrText)),
    sex: from(`${relative}/subject/administrativeGenderCode`, sex),
    bornDate: from(`${relative}/subject/birthTime`, date),
    deceasedBoolean: from(`${relative}/subject/sdtc:deceasedInd`, deceased),
    condition: here(
      named('each observation that is not negated, by the table below', (): FamilyMemberHistoryCondition[] | undefined => undefined),
    ),
  },
);

/** What a component says, unless it is negated or says nothing. */
export function readFamilyCondition(at: XmlElement, context: Context): FamilyMemberHistoryCondition | undefined {
  if (childElement(at, 'value') === undefined && childElement(at, 'text') === undefined) return undefined;
  const found = familyCondition(at, context);
  return found?.code.coding === undefined && found?.code.text === undefined ? undefined : found;
}
