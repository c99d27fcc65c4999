import type { DocumentReference, Reference } from 'fhir/r4.js';
import type { Context } from '../mapping/context.js';
import { always, documentPatient, each, from, here, listOf, mapping, named } from '../mapping/mapping.js';
import { systemUri } from '../terminology/code-systems.js';
import { attributeOf, childElements, type XmlElement } from '../xml/element.js';
import { codeableConcept } from './datatypes/coding.js';
import { identifier, identifierFrom } from './datatypes/identifier.js';
import { text } from './datatypes/text.js';
import { instant, period } from './datatypes/time.js';
import { participants, placeOrganization } from './participants.js';

const whoever = (at: XmlElement, context: Context): Reference | undefined => {
  const who = participants(at, context);
  return who.person ?? who.device ?? who.organization;
};
const author = named('Practitioner, PractitionerRole, Organization or Device', whoever);
const signer = named('Practitioner, PractitionerRole or Organization who signed the source', (at, context): Reference | undefined => {
  const who = participants(at, context);
  return who.person ?? who.organization;
});

const relationCodes: ReadonlyMap<string, 'replaces' | 'appends' | 'transforms'> = new Map([
  ['RPLC', 'replaces'],
  ['APND', 'appends'],
  ['XFRM', 'transforms'],
]);

/** relatedDocument of the header. The earlier document itself is not here, so it is named by its identifier. */
const relation = named('relation to an earlier document, by its identifier', (at) => {
  const code = relationCodes.get(attributeOf(at, 'typeCode') ?? '');
  const id = childElements(at, 'parentDocument').flatMap((parent) => childElements(parent, 'id'))[0];
  const found = id ? identifierFrom(id) : undefined;
  return code && found ? { code, target: { identifier: found } } : undefined;
});
/** Confidentiality codes that FHIR's required binding for security labels on whole documents knows. */
const confidentiality = named('confidentiality label', (at) => {
  const code = attributeOf(at, 'code');
  const system = systemUri(attributeOf(at, 'codeSystem') ?? '2.16.840.1.113883.5.25');
  return code === undefined || system === undefined ? undefined : { coding: [{ system, code }] };
});

/**
 * The ClinicalDocument header: the source as what it was, with who wrote, signed and keeps it. Its content (the bytes) is added by source-document.ts.
 * The record's own author is the house (domain.md section 4), so the source's people stand here and nowhere else.
 */
export const documentReference = mapping<DocumentReference>(
  'DocumentReference',
  {
    file: 'document-reference.mapping',
    template: 'ClinicalDocument (header)',
    page: 'C-CDA on FHIR, CF-notes and mapping guidance (Provenance)',
  },
  {
    masterIdentifier: from('id', identifier),
    identifier: each('setId', identifier),
    status: always('current: the document as it was received', () => 'current' as const),
    type: from('code', codeableConcept),
    subject: documentPatient,
    date: from('effectiveTime', instant),
    author: each('author', author),
    authenticator: from('legalAuthenticator', signer),
    custodian: from('custodian/assignedCustodian/representedCustodianOrganization', named('Organization', placeOrganization)),
    relatesTo: each('relatedDocument', relation),
    description: from('title', text),
    securityLabel: from('confidentialityCode', listOf(confidentiality)),
    content: here(named('the source’s bytes as Binary, and an embedded body where there is one', () => [])),
    context: from(
      'documentationOf/serviceEvent/effectiveTime',
      named('period the document is about', (at, context) => {
        const found = period(at, context);
        return found ? { period: found } : undefined;
      }),
    ),
  },
);
