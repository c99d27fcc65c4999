import type { Bundle, CompositionSection, Reference } from 'fhir/r4.js';
import { type ClinicalDocument, clinicalDocumentOf } from './ccda/document/clinical-document.js';
import { convertSections, type Destination } from './ccda/document/convert-document.js';
import { headingOf, placePatient } from './ccda/document/header.js';
import { placeSource } from './ccda/document/source-document.js';
import { detectByHead } from './detect.js';
import { compositionOf, fillRequired, type House, provenanceOf, sourceSection } from './fhir/composition.js';
import { houseDevice, houseOrganization } from './fhir/house.js';
import { nameOf, uuidV5 } from './fhir/identity.js';
import { RecordBuilding, withId } from './fhir/record-building.js';
import { LedgerKeeping } from './ledger.js';
import { type ConversionInput, type ConversionOutcome, type ConversionRefusal, refusalSentences, type SourceDocument } from './outcome.js';
import { readXml } from './xml/read-xml.js';

/** A source that was read, with what came with it. */
interface ReadSource {
  readonly source: SourceDocument;
  readonly document: ClinicalDocument;
}

/**
 * Converts the documents of one patient to one record: an R4 document Bundle, and a report that accounts for every statement of the sources.
 * Pure: the same input gives the same bytes. Refuses as a value when any source cannot be read; never throws for what a document contains.
 * @throws when patientId is not a UUID: a mistake of the caller.
 */
export function convert(input: ConversionInput): ConversionOutcome {
  const ledger = new LedgerKeeping();
  if (input.sources.length === 0) return refusal('no-sources');
  const read: ReadSource[] = [];
  for (const source of input.sources) {
    const found = readSource(source, ledger);
    if ('refused' in found) return refusal(found.refused, source);
    read.push(found);
  }
  const record = build(input, read, ledger);
  return { ok: true, record, report: ledger.close() };
}

function refusal(reason: ConversionRefusal, source?: SourceDocument): ConversionOutcome {
  const sentence = refusalSentences[reason];
  return {
    ok: false,
    reason,
    detail: source ? `Document ${source.documentId}: ${sentence}` : sentence,
    report: new LedgerKeeping().close(),
  };
}

function readSource(source: SourceDocument, ledger: LedgerKeeping): ReadSource | { refused: ConversionRefusal } {
  const { type } = detectByHead(source.bytes);
  if (type === 'unknown') return { refused: 'unknown-type' };
  if (type !== 'xml') return { refused: 'not-convertible-yet' };
  const reading = readXml(source.bytes);
  if ('refused' in reading) return { refused: reading.refused };
  if (reading.root.name !== 'ClinicalDocument') return { refused: 'not-a-clinical-document' };
  const document = clinicalDocumentOf(reading.root, source.bytes);
  // Who a document is about was decided when it was filed under the patient; one that names nobody is told, not refused.
  if (!document.patientRole) ledger.warn({ where: source.documentId, what: 'the document names no patient (recordTarget)' });
  for (const repair of reading.repairs) ledger.warn({ where: source.documentId, what: repair });
  return { source, document };
}

function build(input: ConversionInput, read: readonly ReadSource[], ledger: LedgerKeeping): Bundle {
  const record = new RecordBuilding(input.patientId);
  const documents = read.map(({ document }) => document);
  const destinationOf = ({ source, document }: ReadSource, subject: Reference): Destination => ({
    document,
    subject,
    record,
    ledger,
    label: source.documentId,
    usedIds,
  });
  const usedIds = new Set<string>();
  const subject = placePatient(read.map((one) => destinationOf(one, {})));
  const house = placeHouse(record);
  const sections: CompositionSection[] = [];
  const origins: { source: Reference; targets: Reference[] }[] = [];
  for (const one of read) {
    const destination = destinationOf(one, subject);
    const before = record.size;
    sections.push(...convertSections(destination));
    const targets = record.references().slice(before);
    origins.push({ source: placeSource(destination, one.source.bytes), targets });
  }
  fillRequired(sections, subject, record);
  sections.push(sourceSection(origins.map(({ source }) => source)));
  const lineage = uuidV5(input.patientId, nameOf('record of', ...documents.map(({ setKey }) => setKey)));
  const composition = compositionOf({ ...headingOf(documents), lineage, subject, house, recordedAt: input.recordedAt, sections });
  const compositionId = uuidV5(input.patientId, nameOf('Composition', lineage));
  const self: Reference = { reference: `urn:uuid:${compositionId}` };
  const present = new Set(record.entriesFrom(composition).map(({ fullUrl }) => fullUrl));
  const provenances = origins.map(({ source, targets }) => {
    const made = [self, ...targets.filter(({ reference }) => present.has(reference))];
    return record.place(provenanceOf(made, source, house, input.recordedAt), { ids: [], place: `provenance of ${source.reference}` });
  });
  return {
    resourceType: 'Bundle',
    identifier: { system: 'urn:ietf:rfc:3986', value: `urn:uuid:${input.recordId}` },
    type: 'document',
    timestamp: input.recordedAt,
    entry: [{ fullUrl: self.reference, resource: withId(composition, compositionId) }, ...record.entriesFrom(composition, ...provenances)],
  };
}

function placeHouse(record: RecordBuilding): House {
  const organization = record.place(houseOrganization, { ids: [], place: 'house' });
  return { organization, device: record.place(houseDevice(organization), { ids: [], place: 'house' }) };
}
