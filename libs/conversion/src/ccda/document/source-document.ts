import { createHash } from 'node:crypto';
import type { DocumentReference, DocumentReferenceContent, Reference } from 'fhir/r4.js';
import { commonLanguage } from '../../terminology/languages.js';
import { attributeOf, childElement, textOf, type XmlElement } from '../../xml/element.js';
import { documentReference } from '../document-reference.mapping.js';
import { contextOf, type Destination } from './convert-document.js';

/** Identifier system of a documentId. */
const documentSystem = 'urn:bulfinch:document';
/** A media type as FHIR's code: type/subtype with the parameters left out. */
const mediaTypePattern = /^[a-z]+\/[\w.+-]+$/i;
const base64Pattern = /^[A-Za-z0-9+/]*={0,2}$/;

/** Puts the source itself into the record: its bytes as Binary, its header as DocumentReference. Returns the DocumentReference. */
export function placeSource(destination: Destination, bytes: Uint8Array): Reference {
  const context = contextOf(destination);
  const { root } = destination.document;
  const language = attributeOf(childElement(root, 'languageCode'), 'code');
  const content: DocumentReferenceContent[] = [attach(destination, bytes, 'application/xml', 'source', language)];
  const body = destination.document.unstructuredBody;
  if (body) content.push(...embedded(destination, body));
  const header = documentReference.read(root, context);
  // The id the sender gave the document: a scope that names an original names it by this (domain.md section 2).
  const identifier = [{ system: documentSystem, value: destination.label }, ...(header.identifier ?? [])];
  const resource: DocumentReference = { ...header, identifier, content };
  return destination.record.place(resource, { ids: [], place: `${destination.document.setKey}#source ${sha1(bytes)}` });
}

function attach(
  { record, document }: Destination,
  bytes: Uint8Array,
  contentType: string,
  name: string,
  language?: string,
): DocumentReferenceContent {
  const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
  const hash = sha1(bytes);
  const binary = record.place({ resourceType: 'Binary', contentType, data }, { ids: [], place: `${document.setKey}#${name} ${hash}` });
  const tag = language === undefined ? undefined : commonLanguage(language);
  return {
    attachment: { contentType, ...(tag === undefined ? {} : { language: tag }), url: binary.reference, size: bytes.byteLength, hash },
  };
}

/** The hash FHIR R4 wants of an attachment: SHA-1, in base64. */
const sha1 = (bytes: Uint8Array): string => createHash('sha1').update(bytes).digest('base64');

/** The body of an unstructured document: base64, or text. A body that is only referred to lies elsewhere, and the ledger says so. */
function embedded(destination: Destination, body: XmlElement): DocumentReferenceContent[] {
  const context = contextOf(destination);
  const declared = attributeOf(body, 'mediaType');
  const written = textOf(body);
  if (written === undefined) {
    context.warn(body, 'the body is not in the document; it only refers to it');
    return [];
  }
  const isBase64 = attributeOf(body, 'representation') === 'B64';
  const packed = written.replace(/\s+/g, '');
  if (isBase64 && !base64Pattern.test(packed)) {
    context.warn(body, 'the body is not the base64 it claims to be');
    return [];
  }
  const bytes = isBase64 ? Buffer.from(packed, 'base64') : Buffer.from(written, 'utf8');
  if (bytes.byteLength === 0) return [];
  const contentType =
    declared !== undefined && mediaTypePattern.test(declared) ? declared : isBase64 ? 'application/octet-stream' : 'text/plain';
  return [attach(destination, bytes, contentType, 'body')];
}
