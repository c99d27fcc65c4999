import type { CodeableConcept, DocumentReference, DocumentReferenceContent, Reference } from 'fhir/r4.js';
import type { Context } from '../mapping/context.js';
import { always, deviation, documentPatient, each, from, here, listOf, mapping, named, type Rule } from '../mapping/mapping.js';
import { attributeOf, childElement, childElements, textOf, type XmlElement } from '../xml/element.js';
import { conceptFrom } from './datatypes/coding.js';
import { identifier } from './datatypes/identifier.js';
import { textFrom } from './datatypes/text.js';
import { instant, period } from './datatypes/time.js';
import { participants, placeOrganization } from './participants.js';
import { orAbsent } from './rules.js';

const noteCode = '34109-9';
const mediaTypePattern = /^[a-z]+\/[\w.+-]+$/i;
const base64Pattern = /^[A-Za-z0-9+/]+={0,2}$/;

/** HL7: the code is always "Note"; its translations say which. */
const type: Rule<CodeableConcept> = {
  from: 'code/translation, else code',
  how: 'CodeableConcept of the translations; of the code where there is none',
  read(at, context) {
    const code = childElement(at, 'code');
    const found = code ? conceptFrom(code, context) : undefined;
    const specific = found?.coding?.filter((coding) => coding.code !== noteCode) ?? [];
    return found && specific.length > 0 ? { ...found, coding: specific } : found;
  },
};

/** The text of a note: base64 as it is with its media type, a narrative as plain text. Undefined where there is none. */
export const noteContent = named(
  'attachment: base64 with its media type, else the text referred to as text/plain',
  (at: XmlElement, context: Context): DocumentReferenceContent | undefined => {
    const text = childElement(at, 'text');
    if (!text) return undefined;
    const mediaType = attributeOf(text, 'mediaType');
    const packed = textOf(text)?.replace(/\s+/g, '');
    if (attributeOf(text, 'representation') === 'B64') {
      if (packed === undefined || !base64Pattern.test(packed) || packed.length % 4 !== 0) {
        context.warn(text, 'the text is not the base64 it claims to be');
        return undefined;
      }
      const contentType = mediaType !== undefined && mediaTypePattern.test(mediaType) ? mediaType : 'application/octet-stream';
      return { attachment: { contentType, data: packed } };
    }
    const plain = textFrom(text, context);
    if (plain === undefined) return undefined;
    return { attachment: { contentType: 'text/plain; charset=UTF-8', data: Buffer.from(plain, 'utf8').toString('base64') } };
  },
);

const author = named('Practitioner, PractitionerRole, Organization or Device', (at, context): Reference | undefined => {
  const who = participants(at, context);
  return who.person ?? who.device ?? who.organization;
});
const firstTime = named('instant of the first author', (at, context) => {
  const time = childElements(at, 'author').flatMap((one) => childElement(one, 'time') ?? [])[0];
  return time ? instant(time, context) : undefined;
});

/** The custodian of a CDA document keeps all that is in it. Whoever judges a note by where it came from (42 CFR part 2) finds it here, as on the source. */
const custodian: Rule<Reference> = {
  from: 'ClinicalDocument/custodian/assignedCustodian/representedCustodianOrganization',
  how: 'Organization that keeps the document',
  read(at, context) {
    let root = at;
    while (root.parent) root = root.parent;
    return ofDocument.read(root, context);
  },
};
const ofDocument = from('custodian/assignedCustodian/representedCustodianOrganization', named('Organization', placeOrganization));

/** Note Activity (2.16.840.1.113883.10.20.22.4.202), and a Comment Activity (.64) that stands alone. */
export const note = mapping<DocumentReference>(
  'DocumentReference',
  {
    file: 'note.mapping',
    template: 'Note Activity 2.16.840.1.113883.10.20.22.4.202; Comment Activity 2.16.840.1.113883.10.20.22.4.64 as an entry of its own',
    page: 'C-CDA on FHIR, CF-notes',
    notes: [
      'content: the page wants xhtml of a narrative with markup; the narrative with its markup stands in the section, the note holds its text.',
      'date: an instant, so only where the author’s time has a zone.',
    ],
  },
  {
    identifier: each('id', identifier),
    status: always('current: the note as it was received', () => 'current' as const),
    type: orAbsent(type),
    category: always('clinical-note of US Core, as the page says', () => [
      {
        coding: [
          {
            system: 'http://hl7.org/fhir/us/core/CodeSystem/us-core-documentreference-category',
            code: 'clinical-note',
            display: 'Clinical Note',
          },
        ],
      },
    ]),
    subject: documentPatient,
    date: here(firstTime),
    author: each('author', author),
    custodian: deviation('not on HL7’s page; the custodian of a CDA document keeps all that is in it', custodian),
    content: here(listOf(noteContent)),
    context: from(
      'effectiveTime',
      named('period', (at, context) => {
        const found = period(at, context);
        return found && { period: found };
      }),
    ),
  },
);
