import type { CodeableConcept, Composition, Patient, Reference } from 'fhir/r4.js';
import type { Context } from '../../mapping/context.js';
import { commonLanguage } from '../../terminology/languages.js';
import { attributeOf, childElement, textOf } from '../../xml/element.js';
import { conceptFrom } from '../datatypes/coding.js';
import { patient } from '../patient.mapping.js';
import { dataAbsent } from '../value-maps/null-flavor.js';
import type { ClinicalDocument } from './clinical-document.js';
import { contextOf, type Destination } from './convert-document.js';

/** What a FHIR confidentiality may be (v3-ConfidentialityClassification, a required binding). */
const confidentialities: ReadonlySet<string> = new Set(['U', 'L', 'M', 'N', 'R', 'V']);
/** From the least to the most protected: of several documents the strictest counts. */
const byStrictness = ['U', 'L', 'M', 'N', 'R', 'V'];
const titleWhereNone = 'Health record';

/**
 * The one Patient of the record, from the first document. Its id depends on the patient alone, so each version of a record updates the same one. Documents that
 * describe the patient otherwise are told to the ledger: whether it is the same person is decided before conversion, by people.
 */
export function placePatient(destinations: readonly Destination[]): Reference {
  let placed: { reference: Reference; content: string } | undefined;
  for (const destination of destinations) {
    const role = destination.document.patientRole;
    if (!role) continue;
    const context = contextOf(destination);
    const found = whole(patient.read(role, context));
    const content = JSON.stringify(found);
    if (!placed) placed = { reference: destination.record.place(found, { ids: [], place: 'patient' }), content };
    else if (placed.content !== content)
      context.warn(role, 'the document describes the patient otherwise than the first document; the first one’s description is kept');
  }
  if (placed) return placed.reference;
  const [first] = destinations;
  // convert() refuses an empty list of sources, so there is a first.
  return first ? first.record.place(whole({ resourceType: 'Patient' }), { ids: [], place: 'patient' }) : {};
}

/** IPS wants a name and a date of birth: where the source has none, the reason stands there. */
function whole(found: Patient): Patient {
  return {
    ...found,
    ...(found.name ? {} : { name: [{ extension: [dataAbsent('unknown')] }] }),
    ...(found.birthDate !== undefined || found._birthDate ? {} : { _birthDate: { extension: [dataAbsent('unknown')] } }),
  };
}

/** What the record is called: by the first document, at the strictest confidentiality of all. */
export function headingOf(documents: readonly ClinicalDocument[]): {
  type: CodeableConcept;
  title: string;
  language: string | undefined;
  confidentiality: Composition['confidentiality'];
} {
  const [first] = documents;
  const code = first ? childElement(first.root, 'code') : undefined;
  const type = first && code ? conceptFrom(code, silent(first)) : undefined;
  const language = attributeOf(first ? childElement(first.root, 'languageCode') : undefined, 'code');
  const found = documents
    .map(({ root }) => attributeOf(childElement(root, 'confidentialityCode'), 'code'))
    .filter((one) => one !== undefined && confidentialities.has(one));
  const strictest = byStrictness.findLast((one) => found.includes(one));
  return {
    type: type ?? {},
    title: (first ? textOf(childElement(first.root, 'title')) : undefined) ?? type?.coding?.[0]?.display ?? titleWhereNone,
    language: language === undefined ? undefined : commonLanguage(language),
    // Cast: strictest is one of the codes above, which are the value set's.
    confidentiality: strictest as Composition['confidentiality'],
  };
}

/** The type is read for the source's DocumentReference too, which tells the ledger. */
const silent = (document: ClinicalDocument): Pick<Context, 'narrativeText' | 'warn'> => ({
  narrativeText: (id) => document.narrativeText(id),
  warn: () => undefined,
});
