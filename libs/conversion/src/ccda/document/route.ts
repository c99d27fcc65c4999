import { attributeOf, childElement, childElements, type XmlElement } from '../../xml/element.js';

/** What a statement is: which mapping reads it. `none`: there is no mapping for it yet. */
export type Kind =
  | 'problem'
  | 'allergy'
  | 'medication'
  | 'immunization'
  | 'dispense'
  | 'device-use'
  | 'device-request'
  | 'result'
  | 'vital-sign'
  | 'social-history'
  | 'observation'
  | 'goal'
  | 'procedure'
  | 'request'
  | 'encounter'
  | 'note'
  | 'concern'
  | 'none';
export type OrganizerKind = 'results' | 'vital-signs' | 'family' | 'observations';

const template = (part: string): string => `2.16.840.1.113883.10.20.${part}`;

/** Sections by LOINC code whose observations are of one kind, whatever template they name. */
const problemSections: ReadonlySet<string> = new Set(['11450-4', '11348-0']);
const diagnosisSections: ReadonlySet<string> = new Set(['46241-6', '11535-2', '10219-4', '10218-6', '59769-0', '29308-4']);
const allergySections: ReadonlySet<string> = new Set(['48765-2']);
const resultSections: ReadonlySet<string> = new Set(['30954-2']);
const vitalSections: ReadonlySet<string> = new Set(['8716-3']);
const socialSections: ReadonlySet<string> = new Set(['29762-2']);
const familySections: ReadonlySet<string> = new Set(['10157-6']);
const immunizationSections: ReadonlySet<string> = new Set(['11369-6']);
const deviceSections: ReadonlySet<string> = new Set(['46264-8']);

const problemTemplates = [template('22.4.4'), template('1.28')];
const allergyTemplates = [template('22.4.7'), template('1.18')];
const vitalTemplates = [template('22.4.27')];
const resultTemplates = [template('22.4.2')];
const socialTemplates = [template('22.4.38'), template('22.4.78'), template('22.4.85'), template('15.3.8')];
const familyTemplates = [template('22.4.45')];
const immunizationTemplates = [template('22.4.52'), template('1.24')];
const dispenseTemplates = [template('22.4.18'), template('1.34')];
const goalTemplates = [template('22.4.121')];
const noteTemplates = [template('22.4.202'), template('22.4.64')];
const noteCodes: ReadonlySet<string> = new Set(['34109-9', '48767-8']);
/** Acts that are no deed: each says something about coverage, concerns, care teams or other entries, which a Procedure would turn into something done. */
const actsWithoutDeed = [
  template('22.4.60'), // Coverage Activity
  template('22.4.61'), // Policy Activity
  template('1.20'), // CCD Coverage Activity
  template('1.26'), // CCD Policy Activity
  template('22.4.136'), // Risk Concern Act
  template('22.4.122'), // Entry Reference
  template('22.4.500.1'), // Care Team Member
  template('6.2.6'), // Study Act of imaging
  template('22.4.3'), // Problem Concern Act that holds none
  template('22.4.30'), // Allergy Concern Act that holds none
  template('1.27'), // CCD Problem Act that holds none
];

const isOf = (element: XmlElement, roots: readonly string[]): boolean =>
  childElements(element, 'templateId').some((id) => roots.includes(attributeOf(id, 'root') ?? ''));
const codeOf = (element: XmlElement): string => attributeOf(childElement(element, 'code'), 'code') ?? '';
const moodOf = (element: XmlElement): string => attributeOf(element, 'moodCode') ?? 'EVN';

/** What a statement is, by its class, mood and template first, then by its section. */
export function kindOfStatement(element: XmlElement, section: string): Kind {
  const isEvent = moodOf(element) === 'EVN';
  switch (element.name) {
    case 'observation':
      return observationKind(element, section);
    case 'substanceAdministration': {
      const isVaccine = immunizationSections.has(section) || isOf(element, immunizationTemplates);
      return isVaccine && isEvent ? 'immunization' : 'medication';
    }
    case 'procedure':
      return isEvent ? 'procedure' : 'request';
    case 'encounter':
      return isEvent ? 'encounter' : 'request';
    case 'act':
      return actKind(element, isEvent);
    case 'supply':
      return supplyKind(element, section, isEvent);
    default:
      return 'none';
  }
}

function observationKind(element: XmlElement, section: string): Kind {
  const mood = moodOf(element);
  if (mood === 'GOL' || isOf(element, goalTemplates)) return 'goal';
  if (mood !== 'EVN') return 'request';
  if (isOf(element, problemTemplates) || problemSections.has(section)) return 'problem';
  if (isOf(element, allergyTemplates) || allergySections.has(section)) return 'allergy';
  if (isOf(element, vitalTemplates) || vitalSections.has(section)) return 'vital-sign';
  if (isOf(element, resultTemplates) || resultSections.has(section)) return 'result';
  if (isOf(element, socialTemplates) || socialSections.has(section)) return 'social-history';
  return diagnosisSections.has(section) ? 'problem' : 'observation';
}

function actKind(element: XmlElement, isEvent: boolean): Kind {
  if (isOf(element, noteTemplates) || noteCodes.has(codeOf(element))) return 'note';
  if (isOf(element, [template('22.4.132')])) return 'concern';
  if (isOf(element, actsWithoutDeed) || codeOf(element) === 'CONC') return 'none';
  return isEvent ? 'procedure' : 'request';
}

function supplyKind(element: XmlElement, section: string, isEvent: boolean): Kind {
  if (!isEvent) return 'device-request';
  const isDrug = isOf(element, dispenseTemplates);
  return isDrug && !deviceSections.has(section) ? 'dispense' : 'device-use';
}

/** What an organizer is. */
export function kindOfOrganizer(element: XmlElement, section: string): OrganizerKind {
  if (isOf(element, familyTemplates) || familySections.has(section)) return 'family';
  if (isOf(element, [template('22.4.26')]) || vitalSections.has(section)) return 'vital-signs';
  if (isOf(element, [template('22.4.1')]) || resultSections.has(section)) return 'results';
  return 'observations';
}
