import type { AllergyIntolerance, AllergyIntoleranceReaction, CodeableConcept, Extension } from 'fhir/r4.js';
import type { Context } from '../mapping/context.js';
import { concept, deviation, documentPatient, each, firstOf, from, here, listOf, mapping, named, part, when } from '../mapping/mapping.js';
import { parsePath, select } from '../mapping/path.js';
import { codeOf } from '../mapping/value-map.js';
import { systems } from '../terminology/code-systems.js';
import type { XmlElement } from '../xml/element.js';
import { conceptFrom } from './datatypes/coding.js';
import { identifier } from './datatypes/identifier.js';
import { text } from './datatypes/text.js';
import { dateTime, dateTimeExtension } from './datatypes/time.js';
import { above, comments, conceptOrText, negated, orAbsent, recordedDate, recorder, textConcept } from './rules.js';
import {
  allergyCategory,
  allergyStatus,
  allergyType,
  criticality,
  noKnownAllergies,
  noKnownAllergyDisplay,
  severity,
} from './value-maps/allergy.js';
import { dataAbsent } from './value-maps/null-flavor.js';
import { concernStatus } from './value-maps/problem.js';

const clinicalSystem = 'http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical';
const verificationSystem = 'http://terminology.hl7.org/CodeSystem/allergyintolerance-verification';
const core = 'http://hl7.org/fhir/StructureDefinition/';
const substancePath = 'participant[@typeCode=CSM]/participantRole/playingEntity';

const substance = firstOf(
  from(`${substancePath}/code`, named('CodeableConcept', conceptFrom)),
  deviation('CDA allows a substance that is only named; HL7’s page maps only its code', from(`${substancePath}/name`, textConcept)),
);
/** SNOMED CT "Substance": names the kind of thing, not a thing. */
const anySubstance = '105590001';
const hasSubstance = (at: XmlElement, context: Context): boolean => {
  const found = substance.read(at, context);
  return found !== undefined && found.coding?.some(({ code }) => code === anySubstance) !== true;
};
const noneKnownCode = codeOf(noKnownAllergies);
const value = parsePath('value');
const noneKnown = (at: XmlElement, context: Context): keyof typeof noKnownAllergyDisplay | undefined =>
  negated(at, context) && !hasSubstance(at, context)
    ? select(at, value).flatMap((found) => noneKnownCode(found, context) ?? [])[0]
    : undefined;
/** What is negated and has no concept of its own: the denial must still reach a reader. */
const refutedOnly = named('negated, unless the code itself says "no known"', (at, context): true | undefined =>
  negated(at, context) && noneKnown(at, context) === undefined ? true : undefined,
);
const noKnownAllergy = named(`SNOMED CT concept by ${noKnownAllergies.name}`, (at, context): CodeableConcept | undefined => {
  const code = noneKnown(at, context);
  return code === undefined ? undefined : { coding: [{ system: systems.snomed, code, display: noKnownAllergyDisplay[code] }] };
});

const abatement = parsePath('effectiveTime/high');
const resolution = named('extension allergyintolerance-abatement', (at, context): Extension[] | undefined => {
  const end = select(at, abatement).flatMap((high) => dateTime(high, context) ?? [])[0];
  return end === undefined ? undefined : [{ url: `${core}allergyintolerance-abatement`, valueDateTime: end }];
});

const activeUnlessKnown = named('active', (at, context): CodeableConcept => {
  context.warn(at, 'the allergy has no status in the source; FHIR demands one, and active was set');
  return { coding: [{ system: clinicalSystem, code: 'active' }] };
});

const severityPath = 'entryRelationship/observation[code=SEV]/value';
const severityOf = codeOf(severity);
const allergySeverity = from(severityPath, severityOf);

/** Reaction Observation (2.16.840.1.113883.10.20.22.4.9). */
export const reaction = part<AllergyIntoleranceReaction>('reaction', {
  manifestation: firstOf(
    from('value', listOf(conceptOrText)),
    from('text', listOf(textConcept)),
    here(named('data-absent-reason where the source names none', (): CodeableConcept[] => [{ extension: [dataAbsent('unknown')] }])),
  ),
  description: from('text', text),
  onset: deviation('not on HL7’s page; the reaction’s own low is its onset', from('effectiveTime', dateTime)),
  _onset: from('effectiveTime', dateTimeExtension),
  severity: from(severityPath, severityOf),
});

/** All reactions; a severity stated only of the allergy is that of every reaction (HL7: "assuming that the same severity applies to all child reactions"). */
const reactionPath = parsePath('entryRelationship[@typeCode=MFST]/observation');
const reactions = named(
  'each: reaction; the allergy’s severity where a reaction has none',
  (at, context): AllergyIntoleranceReaction[] | undefined => {
    const common = allergySeverity.read(at, context);
    const found = select(at, reactionPath)
      .filter((observation) => isStated(observation, context))
      .flatMap((observation) => reaction(observation, context) ?? []);
    if (found.length === 0) return common ? [{ manifestation: [{ extension: [dataAbsent('unknown')] }], severity: common }] : undefined;
    return found.map((one) => (one.severity || !common ? one : { ...one, severity: common }));
  },
);

/** A negated or null reaction is no reaction. */
function isStated(observation: XmlElement, context: Context): boolean {
  if (negated(observation, context)) {
    context.warn(observation, 'a reaction that is negated has no place in FHIR and was left out');
    return false;
  }
  return observation.attributes.get('nullFlavor') === undefined;
}

/** Allergy Intolerance Observation (2.16.840.1.113883.10.20.22.4.7), each of an Allergy Concern Act: one AllergyIntolerance each. */
export const allergyIntolerance = mapping<AllergyIntolerance>(
  'AllergyIntolerance',
  {
    file: 'allergy-intolerance.mapping',
    template: 'Allergy Intolerance Observation 2.16.840.1.113883.10.20.22.4.7 in Allergy Concern Act 2.16.840.1.113883.10.20.22.4.30',
    page: 'C-CDA on FHIR, CF-allergies',
    notes: ['CF-allergies names no verificationStatus for an allergy that is not negated: none is set.'],
  },
  {
    extension: here(resolution),
    identifier: each('id', identifier),
    clinicalStatus: firstOf(
      from('entryRelationship/observation[code=33999-4]/value', concept(clinicalSystem, codeOf(allergyStatus))),
      from(
        'entryRelationship/observation[templateId=2.16.840.1.113883.10.20.22.4.28]/value',
        concept(clinicalSystem, codeOf(allergyStatus)),
      ),
      above('statusCode', concept(clinicalSystem, codeOf(concernStatus))),
      deviation(
        'FHIR R4 demands a code here (ait-1) and has none for unknown; of the three, active hides no allergy. The ledger says so',
        here(activeUnlessKnown),
      ),
    ),
    verificationStatus: deviation(
      'HL7 sets none, and puts a negated substance into the extension substanceExposureRisk; R4’s definition of it carries a constraint (inv-1) that no resource meets. Refuted says the same to every reader',
      when(refutedOnly, here(named('refuted', (): CodeableConcept => ({ coding: [{ system: verificationSystem, code: 'refuted' }] })))),
    ),
    type: from('value', codeOf(allergyType)),
    category: from('value', listOf(codeOf(allergyCategory))),
    criticality: from('entryRelationship/observation[code=82606-5]/value', codeOf(criticality)),
    code: orAbsent(
      firstOf(
        here(noKnownAllergy),
        substance,
        deviation(
          'no substance is named: the kind of allergy is all the source says (refuted where negated)',
          from('value', conceptOrText),
        ),
        from('text', textConcept),
      ),
    ),
    patient: documentPatient,
    onsetDateTime: from('effectiveTime', dateTime),
    _onsetDateTime: from('effectiveTime', dateTimeExtension),
    recordedDate,
    recorder,
    note: comments,
    reaction: here(reactions),
  },
);
