import type { Bundle, FhirResource } from 'fhir/r4.js';
import { convert } from '../convert.js';
import type { ConversionInput, ConversionOutcome, Ledger } from '../outcome.js';

/** Small C-CDA documents for tests, written here: nothing is copied from anywhere, and nobody in them exists. */
export interface Fixture {
  /** Sections, as `section(...)` writes them. */
  readonly sections?: readonly string[];
  /** Replaces the patient (`<patientRole>...`). */
  readonly patientRole?: string;
  /** Further header elements, after the title. */
  readonly header?: string;
  /** Replaces the whole body (`<component>...`). */
  readonly body?: string;
  readonly id?: string;
}

const anna = `<patientRole><id root="1.2.3.4" extension="P-1"/><patient><name use="L"><given>Anna</given><family>Beispiel</family></name>
  <administrativeGenderCode code="F" codeSystem="2.16.840.1.113883.5.1"/><birthTime value="19700203"/></patient></patientRole>`;

export function ccda({ sections = [], patientRole = anna, header = '', body, id = 'D-1' }: Fixture = {}): Uint8Array {
  const written =
    body ?? `<component><structuredBody>${sections.map((one) => `<component>${one}</component>`).join('')}</structuredBody></component>`;
  return new TextEncoder().encode(`<?xml version="1.0" encoding="UTF-8"?>
<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:sdtc="urn:hl7-org:sdtc">
<typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/><id root="1.2.3.9" extension="${id}"/>
<code code="34133-9" codeSystem="2.16.840.1.113883.6.1" displayName="Summarization of Episode Note"/><title>Summary</title>
<effectiveTime value="20260102030405+0100"/><languageCode code="en-US"/>${header}<recordTarget>${patientRole}</recordTarget>${written}</ClinicalDocument>`);
}

const titles: Readonly<Record<string, string>> = {
  '11450-4': 'Problems',
  '48765-2': 'Allergies',
  '10160-0': 'Medications',
  '30954-2': 'Results',
};

/** A section with entries; `text` is its narrative's content. */
export const section = (code: string, entries: readonly string[] = [], text = 'as told'): string =>
  `<section><code code="${code}" codeSystem="2.16.840.1.113883.6.1"/><title>${titles[code] ?? code}</title><text>${text}</text>${entries.map((entry) => `<entry>${entry}</entry>`).join('')}</section>`;

const concern = (template: string, inner: string, status: string): string =>
  `<act classCode="ACT" moodCode="EVN"><templateId root="${template}"/><code code="CONC" codeSystem="2.16.840.1.113883.5.6"/><statusCode code="${status}"/><entryRelationship typeCode="SUBJ">${inner}</entryRelationship></act>`;

/** A problem: the content of its observation, and its attributes. */
export const problem = (content: string, attributes = '', status = 'active'): string =>
  concern(
    '2.16.840.1.113883.10.20.22.4.3',
    `<observation classCode="OBS" moodCode="EVN" ${attributes}><templateId root="2.16.840.1.113883.10.20.22.4.4"/>${content}</observation>`,
    status,
  );

export const allergy = (content: string, attributes = '', status = 'active'): string =>
  concern(
    '2.16.840.1.113883.10.20.22.4.30',
    `<observation classCode="OBS" moodCode="EVN" ${attributes}><templateId root="2.16.840.1.113883.10.20.22.4.7"/>${content}</observation>`,
    status,
  );

export const substance = (code: string): string =>
  `<participant typeCode="CSM"><participantRole><playingEntity>${code}</playingEntity></participantRole></participant>`;

const aspirin =
  '<consumable><manufacturedProduct><manufacturedMaterial><code code="1191" codeSystem="2.16.840.1.113883.6.88" displayName="Aspirin"/></manufacturedMaterial></manufacturedProduct></consumable>';

export const medication = (content: string, attributes = 'moodCode="EVN"', product = aspirin): string =>
  `<substanceAdministration classCode="SBADM" ${attributes}><templateId root="2.16.840.1.113883.10.20.22.4.16"/>${content}${product}</substanceAdministration>`;

export const result = (content: string, attributes = ''): string =>
  `<observation classCode="OBS" moodCode="EVN" ${attributes}><templateId root="2.16.840.1.113883.10.20.22.4.2"/><code code="718-7" codeSystem="2.16.840.1.113883.6.1" displayName="Hemoglobin"/><statusCode code="completed"/>${content}</observation>`;

export const panel = (components: readonly string[], content = ''): string =>
  `<organizer classCode="BATTERY" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.1"/><code code="58410-2" codeSystem="2.16.840.1.113883.6.1" displayName="CBC"/><statusCode code="completed"/>${content}${components.map((one) => `<component>${one}</component>`).join('')}</organizer>`;

export const patientId = '6f1b3f0e-3b0b-4f43-9d0a-7a3f6f6a0001';

export const inputOf = (...documents: readonly Uint8Array[]): ConversionInput => ({
  sources: documents.map((bytes, i) => ({ documentId: `00000000-0000-4000-8000-00000000000${i + 1}`, bytes })),
  patientId,
  recordedAt: '2026-11-24T12:00:00Z',
  recordId: '6f1b3f0e-3b0b-4f43-9d0a-7a3f6f6a0002',
});

/** Converts documents that must convert. @throws when they are refused. */
export function converted(...documents: readonly Uint8Array[]): { record: Bundle; report: Ledger } {
  const outcome = convert(inputOf(...documents));
  if (!outcome.ok) throw new Error(`refused: ${outcome.reason}`);
  return outcome;
}

/** Why documents are refused. @throws when they are not. */
export function refused(...documents: readonly Uint8Array[]): Extract<ConversionOutcome, { ok: false }> {
  const outcome = convert(inputOf(...documents));
  if (outcome.ok) throw new Error('was converted');
  return outcome;
}

/** The resources of one type in a record, in their order. */
export function resources<T extends FhirResource['resourceType']>(record: Bundle, type: T): Extract<FhirResource, { resourceType: T }>[] {
  // Cast: the filter leaves that type only.
  return (record.entry ?? []).flatMap(({ resource }) =>
    resource?.resourceType === type ? [resource as Extract<FhirResource, { resourceType: T }>] : [],
  );
}

/** The only resource of a type. @throws when there is none, or more. */
export function only<T extends FhirResource['resourceType']>(record: Bundle, type: T): Extract<FhirResource, { resourceType: T }> {
  const [first, ...others] = resources(record, type);
  if (!first || others.length > 0) throw new Error(`${others.length + (first ? 1 : 0)} resources of type ${type}`);
  return first;
}

/** The one resource that one section with one entry becomes. */
export const single = <T extends FhirResource['resourceType']>(type: T, code: string, entry: string, text?: string) =>
  only(converted(ccda({ sections: [section(code, [entry], text)] })).record, type);
