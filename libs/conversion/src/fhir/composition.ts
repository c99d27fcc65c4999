import type { CodeableConcept, Composition, CompositionSection, Narrative, Provenance, Reference } from 'fhir/r4.js';
import { systems } from '../terminology/code-systems.js';
import { requiredSections } from './absent-sections.js';
import type { RecordBuilding } from './record-building.js';

/** The house as the record's author: who made it, and with what. */
export interface House {
  readonly organization: Reference;
  readonly device: Reference;
}

export interface CompositionParts {
  /** What stays equal over the versions of this record (domain.md section 4: Composition.identifier is the lineage). */
  readonly lineage: string;
  readonly type: CodeableConcept;
  readonly title: string;
  readonly language: string | undefined;
  readonly confidentiality: Composition['confidentiality'];
  readonly subject: Reference;
  readonly house: House;
  readonly recordedAt: string;
  readonly sections: CompositionSection[];
}

/** What the record is by its shape: IPS fixes this code. The source's own type stands before it, and alone on the source's DocumentReference. */
const patientSummary = { system: systems.loinc, code: '60591-5', display: 'Patient summary Document' };

/** The document's first page. The house is its author: who wrote or signed the sources stands on their DocumentReferences. */
export function compositionOf(parts: CompositionParts): Composition {
  return {
    resourceType: 'Composition',
    ...(parts.language === undefined ? {} : { language: parts.language }),
    identifier: { system: systems.uri, value: `urn:uuid:${parts.lineage}` },
    status: 'final',
    type: { ...parts.type, coding: [...(parts.type.coding ?? []), patientSummary] },
    subject: parts.subject,
    date: parts.recordedAt,
    author: [parts.house.device, parts.house.organization],
    title: parts.title,
    ...(parts.confidentiality ? { confidentiality: parts.confidentiality } : {}),
    custodian: parts.house.organization,
    section: parts.sections,
  };
}

/**
 * Gives every section that IPS requires an entry: where no section of that code has one, the first such section gets "no information", and where there is none
 * it is added. Sections of sources are otherwise left as they are.
 */
export function fillRequired(sections: CompositionSection[], subject: Reference, record: RecordBuilding): void {
  for (const { code, title, absent } of requiredSections) {
    const alike = flatten(sections).filter((section) => section.code?.coding?.some((coding) => coding.code === code) === true);
    if (alike.some((section) => section.entry)) continue;
    const [first] = alike;
    const entry = record.place(absent(subject, isNarrated(first)), { ids: [], place: `no information for ${code}` });
    if (first) {
      first.entry = [entry];
      first.text ??= unavailableText();
    } else sections.push({ title, code: { coding: [{ system: systems.loinc, code }] }, text: unavailableText(), entry: [entry] });
  }
}

/** How a section without content reads, always alike: whether the source never had it, or what it had may not leave (domain.md section 4). */
export const unavailableText = (): Narrative => textOf('Information unavailable');
const textOf = (sentence: string): Narrative => ({
  status: 'generated',
  div: `<div xmlns="http://www.w3.org/1999/xhtml">${sentence}</div>`,
});

const isNarrated = (section: CompositionSection | undefined): boolean =>
  section?.text !== undefined && section.text.div !== unavailableText().div;

const flatten = (sections: readonly CompositionSection[]): CompositionSection[] =>
  sections.flatMap((section) => [section, ...flatten(section.section ?? [])]);

/** The documents the record was made from, so that a reader of the document finds them. */
export const sourceSection = (sources: Reference[]): CompositionSection => ({
  title: 'Source documents',
  code: { coding: [{ system: systems.loinc, code: '77599-9', display: 'Additional documentation' }] },
  text: textOf('The documents that this record was made from.'),
  entry: sources,
});

/** Who made what of which source, and when. */
export function provenanceOf(targets: Reference[], source: Reference, house: House, recordedAt: string): Provenance {
  return {
    resourceType: 'Provenance',
    target: targets,
    recorded: recordedAt,
    activity: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-DataOperation', code: 'CREATE', display: 'create' }] },
    agent: [
      {
        type: {
          coding: [
            { system: 'http://terminology.hl7.org/CodeSystem/provenance-participant-type', code: 'assembler', display: 'Assembler' },
          ],
        },
        who: house.device,
        onBehalfOf: house.organization,
      },
    ],
    entity: [{ role: 'source', what: source }],
  };
}
