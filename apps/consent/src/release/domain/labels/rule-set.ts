import type { ProtectedKind } from '#libs/contracts';

/** Code systems that rule sets read, by the URI FHIR names them with. */
export const systems = {
  icd10cm: 'http://hl7.org/fhir/sid/icd-10-cm',
  icd10: 'http://hl7.org/fhir/sid/icd-10',
  icd9cm: 'http://hl7.org/fhir/sid/icd-9-cm',
  snomed: 'http://snomed.info/sct',
  loinc: 'http://loinc.org',
  rxnorm: 'http://www.nlm.nih.gov/research/umls/rxnorm',
  atc: 'http://www.whocc.no/atc',
  actCode: 'http://terminology.hl7.org/CodeSystem/v3-ActCode',
  confidentiality: 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality',
  serviceSection: 'http://terminology.hl7.org/CodeSystem/v2-0074',
} as const;

/**
 * `set`: the code says it. `possible`: it may be and a person must look, because the code has other uses, only a word was found, or the
 * source that would decide it is not known.
 */
export type Certainty = 'set' | 'possible';

/** Codes of one system, each line with its source. `ranges`: ICD categories from..to, both with all below them. `under`: a code and all below it. */
export interface CodeRule {
  readonly system: string;
  readonly codes?: readonly string[];
  readonly ranges?: readonly (readonly [from: string, to: string])[];
  readonly under?: readonly string[];
  readonly certainty: Certainty;
  readonly source: string;
}
/** Words in displays, titles and narratives: a net under the code lists, for codes that no list has. Never more than `possible`. */
export interface WordRule {
  /** Whole words or beginnings of words (ending in `*`), in lower case unless `isExact`. */
  readonly words: readonly string[];
  readonly isExact?: boolean;
  readonly source: string;
}

/** What tells one protected kind by content: data with a version and an author. A change is a new version, which decisions name. */
export interface RuleSet {
  readonly kind: ProtectedKind;
  readonly version: string;
  readonly author: string;
  readonly codes: readonly CodeRule[];
  readonly words: readonly WordRule[];
}

export interface Label {
  readonly kind: ProtectedKind;
  readonly certainty: Certainty;
  /** Version of the rule set that set it. */
  readonly version: string;
}

/** URIs that say a system in another way: CDA's OIDs where a record kept them. */
const otherNames: Readonly<Record<string, string>> = {
  'urn:oid:2.16.840.1.113883.6.90': systems.icd10cm,
  'urn:oid:2.16.840.1.113883.6.3': systems.icd10,
  'urn:oid:2.16.840.1.113883.6.103': systems.icd9cm,
  'urn:oid:2.16.840.1.113883.6.104': systems.icd9cm,
  'urn:oid:2.16.840.1.113883.6.96': systems.snomed,
  'urn:oid:2.16.840.1.113883.6.1': systems.loinc,
  'urn:oid:2.16.840.1.113883.6.88': systems.rxnorm,
  'urn:oid:2.16.840.1.113883.6.73': systems.atc,
  'urn:oid:2.16.840.1.113883.5.4': systems.actCode,
  'urn:oid:2.16.840.1.113883.5.25': systems.confidentiality,
};

export function systemOf(system: string): string {
  return otherNames[system] ?? system;
}

/** Whether the rule tells of this code. ICD codes come with and without their dot, and in either case. */
export function isToldBy(rule: CodeRule, code: string): boolean {
  const plain = plainOf(code);
  if (rule.codes?.some((one) => plainOf(one) === plain)) return true;
  if (rule.under?.some((one) => plain.startsWith(plainOf(one)))) return true;
  const category = plain.slice(0, 3);
  return plain.length >= 3 && (rule.ranges?.some(([from, to]) => category >= from && category <= to) ?? false);
}

function plainOf(code: string): string {
  return code.trim().toUpperCase().replace('.', '');
}

/** The words as one pattern. Letters of any script end a word, so that a word inside another is not found. */
export function patternOf({ words, isExact }: WordRule): RegExp {
  const alternatives = words.map((word) => {
    const escaped = word
      .replace(/\*$/, '')
      .replaceAll(/[.+?^${}()|[\]\\*]/g, '\\$&')
      .replaceAll(' ', '\\s+');
    return word.endsWith('*') ? escaped : `${escaped}(?![\\p{L}\\p{N}])`;
  });
  return new RegExp(`(?<![\\p{L}\\p{N}])(?:${alternatives.join('|')})`, isExact ? 'u' : 'iu');
}
