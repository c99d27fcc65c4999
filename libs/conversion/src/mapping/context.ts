import type { FhirResource, Reference } from 'fhir/r4.js';
import type { XmlElement } from '../xml/element.js';

/** What a rule may know beside the element it reads, and whom it may tell. */
export interface Context {
  /** Reference to the record's Patient. */
  readonly subject: Reference;
  /** LOINC code of the section the statement stands in. */
  readonly sectionCode: string | undefined;
  /** The text of the narrative element with this ID in the same document; undefined when there is none. */
  narrativeText(id: string): string | undefined;
  /** Tells the ledger what a reader of the record could miss. `what` names classes, code systems and templates, never a value. */
  warn(at: XmlElement, what: string): void;
  /** Puts a resource (without id) that came from `at` into the record, once however often it is met. Returns a reference to it. */
  place(resource: FhirResource, at: XmlElement): Reference;
}
