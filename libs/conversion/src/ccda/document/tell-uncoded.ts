import type { Context } from '../../mapping/context.js';
import { attributeOf, childElement, childElements, type XmlElement } from '../../xml/element.js';
import { kindOf } from './statements.js';

/** What hangs below a kept statement and a mapping reads. Anything else below it is told to the ledger. */
const readBelow: readonly ((relationship: XmlElement, child: XmlElement) => boolean)[] = [
  (_relationship, child) => hasCode(child, ['33999-4', '48767-8', '82606-5', 'SEV', '445518008', '77975-1', '76662-6', '29308-4']),
  (_relationship, child) =>
    hasTemplate(child, [
      '2.16.840.1.113883.10.20.22.4.6',
      '2.16.840.1.113883.10.20.22.4.20',
      '2.16.840.1.113883.10.20.22.4.28',
      '2.16.840.1.113883.10.20.22.4.64',
      '2.16.840.1.113883.10.20.22.4.80',
    ]),
  (relationship, child) => attributeOf(relationship, 'typeCode') === 'MFST' && child.name === 'observation',
  (relationship, child) => attributeOf(relationship, 'typeCode') === 'RSON' && child.name === 'observation',
  (relationship, child) =>
    attributeOf(relationship, 'typeCode') === 'SUBJ' && attributeOf(relationship, 'inversionInd') === 'true' && child.name === 'act',
  (_relationship, child) =>
    child.name === 'supply' && child.parent?.parent?.name === 'substanceAdministration' && isRead(child, child.parent.parent),
];
/** A dispense is always read, an order of supply below an order only. */
const isRead = (supply: XmlElement, medication: XmlElement): boolean =>
  attributeOf(supply, 'moodCode') === 'EVN' || (attributeOf(supply, 'moodCode') === 'INT' && attributeOf(medication, 'moodCode') === 'INT');
const hasCode = (element: XmlElement, codes: readonly string[]): boolean =>
  codes.includes(attributeOf(childElement(element, 'code'), 'code') ?? '');
const hasTemplate = (element: XmlElement, roots: readonly string[]): boolean =>
  childElements(element, 'templateId').some((id) => roots.includes(attributeOf(id, 'root') ?? ''));

/** Tells the ledger of the parts below a kept statement that no mapping reads. */
export function tellUncoded(element: XmlElement, context: Context): void {
  for (const relationship of childElements(element, 'entryRelationship')) {
    for (const child of childElements(relationship)) {
      if (child.name === 'sequenceNumber' || child.name === 'realmCode' || child.name === 'templateId') continue;
      if (!readBelow.some((reads) => reads(relationship, child)))
        context.warn(child, `part of a kept statement that is not coded yet: ${kindOf(child)}`);
    }
  }
}
