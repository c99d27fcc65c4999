import type { Actor, BlobRef, DocumentKind, DocumentRole, DocumentSubject, DocumentType } from '#libs/contracts';
import { accept, type Decision, refuse } from '#libs/shared/domain';
import type { Standing } from './standing.js';

/** Most documents one transfer lists; also the limit of `transfer-submitted`. */
export const documentsMax = 200;

/** What a person said of a document (domain.md section 2). Codes and ids only. */
export interface DocumentDescription {
  /** BCP 47. */
  readonly language?: string;
  /** Another document of the same transfer. */
  readonly translationOf?: string;
  readonly role: DocumentRole;
  readonly kind: DocumentKind;
  readonly subject: DocumentSubject;
}

/** A document of which nobody has said more: a record of the patient, as a file. */
export const undescribed: DocumentDescription = { role: 'record', kind: 'digital', subject: 'patient' };

/** One source file of the transfer. `fileName` is patient data: it stays here and is never published. */
export interface TransferDocument {
  readonly documentId: string;
  readonly type: DocumentType;
  readonly blob: BlobRef;
  readonly fileName?: string;
  readonly description?: DocumentDescription;
  readonly at: string;
}

/** What shall be said anew of a document; what is not named stays as it is, null takes it away. */
export interface DescriptionChange {
  readonly documentId: string;
  readonly change: {
    readonly language?: string | null;
    readonly translationOf?: string | null;
    readonly role?: DocumentRole;
    readonly kind?: DocumentKind;
    readonly subject?: DocumentSubject;
  };
}

export type DocumentRefusal =
  | 'not-a-draft'
  | 'document-differs'
  | 'too-many-documents'
  | 'unknown-document'
  | 'translation-unknown'
  | 'translation-circle';

interface DocumentsOf {
  readonly documents: readonly TransferDocument[];
  readonly standing: Standing;
}
interface DocumentReceived {
  readonly type: 'DocumentReceived';
  readonly document: TransferDocument;
  readonly actor: Actor;
}
interface DocumentDescribed {
  readonly type: 'DocumentDescribed';
  readonly documentId: string;
  readonly description: DocumentDescription;
  readonly actor: Actor;
}

export function decideDocument(
  { documents, standing }: DocumentsOf,
  { document, actor }: { readonly document: TransferDocument; readonly actor: Actor },
): Decision<DocumentReceived, DocumentRefusal> {
  const known = documents.find((other) => other.documentId === document.documentId);
  if (known) return known.blob.sha256 === document.blob.sha256 ? accept() : refuse('document-differs');
  if (standing.state !== 'draft') return refuse('not-a-draft');
  if (documents.length >= documentsMax) return refuse('too-many-documents');
  return accept({ type: 'DocumentReceived', document, actor });
}

/** Only a draft is described: what was handed on stays as it was understood then. The same description again changes nothing. */
export function decideDescription(
  { documents, standing }: DocumentsOf,
  { documentId, change, actor }: DescriptionChange & { readonly actor: Actor },
): Decision<DocumentDescribed, DocumentRefusal> {
  const document = documents.find((known) => known.documentId === documentId);
  if (!document) return refuse('unknown-document');
  const before = document.description ?? undescribed;
  const description = changedDescription(before, change);
  if (isSame(before, description)) return accept();
  if (standing.state !== 'draft') return refuse('not-a-draft');
  const refused = translationRefusal(documents, documentId, description.translationOf);
  return refused ? refuse(refused) : accept({ type: 'DocumentDescribed', documentId, description, actor });
}

function changedDescription(before: DocumentDescription, change: DescriptionChange['change']): DocumentDescription {
  const { language, translationOf, role, kind, subject } = { ...before, ...change };
  return {
    ...(typeof language === 'string' && { language }),
    ...(typeof translationOf === 'string' && { translationOf }),
    role,
    kind,
    subject,
  };
}

function isSame(one: DocumentDescription, other: DocumentDescription): boolean {
  return (['language', 'translationOf', 'role', 'kind', 'subject'] as const).every((field) => one[field] === other[field]);
}

/** A translation of a translation has its original at the end: following the way never comes back. */
function translationRefusal(
  documents: readonly TransferDocument[],
  documentId: string,
  original: string | undefined,
): DocumentRefusal | undefined {
  let named = original;
  while (named !== undefined) {
    if (named === documentId) return 'translation-circle';
    const document = documents.find((known) => known.documentId === named);
    if (!document) return 'translation-unknown';
    named = document.description?.translationOf;
  }
  return undefined;
}

export function described(
  documents: readonly TransferDocument[],
  { documentId, description }: Pick<DocumentDescribed, 'documentId' | 'description'>,
): readonly TransferDocument[] {
  return documents.map((document) => (document.documentId === documentId ? { ...document, description } : document));
}

/** What goes on to become the record: data of a donor, a partner or a fetus never leaves under this patient's consent (domain.md section 2). */
export function handedOn(documents: readonly TransferDocument[]): readonly TransferDocument[] {
  return documents.filter(({ description }) => (description ?? undescribed).subject === 'patient');
}

/** What of a document is told to others: never its file name. */
export function listed({ documentId, type, blob }: TransferDocument): { documentId: string; type: DocumentType; blob: BlobRef } {
  return { documentId, type, blob };
}
