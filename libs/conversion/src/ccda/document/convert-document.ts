import type { CompositionSection, Reference } from 'fhir/r4.js';
import { unavailableText } from '../../fhir/composition.js';
import type { RecordBuilding } from '../../fhir/record-building.js';
import type { LedgerKeeping } from '../../ledger.js';
import type { Context } from '../../mapping/context.js';
import { childElement, childElements, placeOf, positionOf, textOf, type XmlElement } from '../../xml/element.js';
import { conceptFrom } from '../datatypes/coding.js';
import { type ClinicalDocument, idKey, type Section } from './clinical-document.js';
import { convertStatement } from './convert-organizer.js';
import { narrativeDiv, type UsedIds } from './narrative.js';
import { kindOf, sectionName, statementsOf } from './statements.js';

/** Where one document's content goes. */
export interface Destination {
  readonly document: ClinicalDocument;
  readonly subject: Reference;
  readonly record: RecordBuilding;
  readonly ledger: LedgerKeeping;
  /** Names the document in the ledger: its documentId. */
  readonly label: string;
  readonly usedIds: UsedIds;
}

/** What a rule may ask while it reads this document. */
export function contextOf({ document, subject, record, ledger, label }: Destination, sectionCode?: string): Context {
  return {
    subject,
    sectionCode,
    narrativeText: (id) => document.narrativeText(id),
    warn: (at, what) => ledger.warn({ where: `${label}: ${placeOf(at)}`, what }),
    place: (resource, at) => record.place(resource, { ids: ownIds(at), place: `${document.setKey}#${positionOf(at)}` }),
  };
}

/** The first id of an element that identifies something. A later version may carry more ids, so one must do. */
function ownIds(at: XmlElement): string[] {
  const key = childElements(at, 'id')
    .map(idKey)
    .find((found) => found !== undefined);
  return key === undefined ? [] : [key];
}

/** All sections of a document as Composition sections: each narrative kept, each coded statement placed and listed, each fate told. */
export function convertSections(destination: Destination): CompositionSection[] {
  return destination.document.sections.flatMap((section) => convertSection(section, destination) ?? []);
}

function convertSection(section: Section, destination: Destination): CompositionSection | undefined {
  const context = contextOf(destination, section.code);
  const { ledger, label } = destination;
  const name = sectionName(section);
  const entries = statementsOf(section).flatMap((statement) =>
    convertStatement(statement, context, ({ element }, fate) => {
      if ('kept' in fate) ledger.statementKept(name);
      else ledger.statementLost(name, { where: `${label}: ${placeOf(element)}`, what: kindOf(element), why: fate.lost });
    }),
  );
  const codeElement = childElement(section.element, 'code');
  const code = codeElement ? conceptFrom(codeElement, context) : undefined;
  const title = textOf(childElement(section.element, 'title')) ?? code?.coding?.[0]?.display ?? code?.text;
  const div = narrativeDiv(childElement(section.element, 'text'), destination.usedIds);
  const inner = section.sections.flatMap((nested) => convertSection(nested, destination) ?? []);
  // A section needs text, entries or sections (cmp-1); one that has none says so.
  const isEmpty = div === undefined && entries.length === 0 && inner.length === 0;
  const listed = [...new Map(entries.map((entry) => [entry.reference, entry])).values()];
  return {
    ...(title === undefined ? {} : { title }),
    ...(code ? { code } : {}),
    ...(div === undefined ? {} : { text: { status: 'generated', div } }),
    ...(isEmpty ? { text: unavailableText() } : {}),
    ...(listed.length === 0 ? {} : { entry: listed }),
    ...(inner.length === 0 ? {} : { section: inner }),
  };
}
