import type { Bundle } from 'fhir/r4.js';
import type { XmlRefusal } from './xml/read-xml.js';

/** What a document is, told by its content alone, never by its name. */
export type DetectedType =
  | 'ccda'
  | 'fhir-r4-json'
  | 'hl7v2'
  | 'pdf'
  | 'dicom'
  | 'xml'
  | 'json'
  | 'jpeg'
  | 'png'
  | 'gif'
  | 'tiff'
  | 'zip'
  | 'gzip'
  | 'text'
  | 'unknown';

/** `reason`: a sentence saying why the document cannot be used although its type is known. It never repeats content. */
export interface Detection {
  readonly type: DetectedType;
  readonly mediaType: string;
  readonly reason?: string;
}

export interface SourceDocument {
  /** The document's UUID in this house. */
  readonly documentId: string;
  readonly bytes: Uint8Array;
}

export interface ConversionInput {
  /** In the order their sections are to stand in the record. */
  readonly sources: readonly SourceDocument[];
  /** UUID of the patient: the namespace of every id made here. It never appears in the record. */
  readonly patientId: string;
  /** When the record is made, as an ISO instant with a zone. There is no clock in here. */
  readonly recordedAt: string;
  /** UUID of this very record: its Bundle.identifier. */
  readonly recordId: string;
}

/** One statement that did not make it. `where`: the place in the source, by names and positions; `what`: class, code system, template; `why`: a code. */
export interface Loss {
  readonly where: string;
  readonly what: string;
  readonly why: LossReason;
}
export type LossReason = 'not-coded-yet' | 'no-content' | 'not-understood';
export interface Warning {
  readonly where: string;
  readonly what: string;
}
/** What became of every statement: source.statements === kept + lost.length, always. Nothing in it is a patient's value. */
export interface Ledger {
  readonly source: { readonly statements: number; readonly bySection: Record<string, number> };
  readonly kept: number;
  readonly lost: readonly Loss[];
  readonly warnings: readonly Warning[];
}

export type ConversionRefusal = XmlRefusal | 'not-convertible-yet' | 'unknown-type' | 'not-a-clinical-document' | 'no-sources';
export type ConversionOutcome =
  | { readonly ok: true; readonly record: Bundle; readonly report: Ledger }
  | { readonly ok: false; readonly reason: ConversionRefusal; readonly detail: string; readonly report: Ledger };

/** What each refusal says to a person. */
export const refusalSentences: Readonly<Record<ConversionRefusal, string>> = {
  'too-large': 'The document is larger than the limit for documents that are read.',
  'encoding-unsupported':
    'The document declares a character encoding that is not read here; UTF-8, UTF-16, ISO-8859-1 and windows-1252 are.',
  'encoding-broken': 'The document holds bytes that are not of the character encoding it declares.',
  'not-well-formed': 'The document is not well-formed XML.',
  'dtd-not-allowed': 'The document has a document type declaration, which is refused together with every entity.',
  'too-deep': 'The elements of the document are nested deeper than the limit.',
  'too-many-elements': 'The document has more elements than the limit.',
  'too-many-attributes': 'An element of the document has more attributes than the limit.',
  'text-too-long': 'The text of the document is longer than the limit.',
  'not-convertible-yet': 'Documents of this type are recognised, but not converted yet.',
  'unknown-type': 'The type of the document is not known.',
  'not-a-clinical-document': 'The XML document is not an HL7 ClinicalDocument.',
  'no-sources': 'There is no document to convert.',
};
