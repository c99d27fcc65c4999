import { notFound, Problem } from '#libs/shared/http';
import type { DocumentRefusal } from '../document/document.service.js';
import type { OpeningProblem } from '../opening/opening.service.js';
import type { TransferRefusal } from './domain/transfer.js';
import type { FinderRefusal } from './finder.service.js';

export type DoorRefusal = OpeningProblem | TransferRefusal | FinderRefusal | DocumentRefusal | 'not-yours-to-change';

/** Every refusal of these doors: its HTTP status and one sentence. Nothing that came in is ever in it. */
const said: Record<Exclude<DoorRefusal, 'not-found'>, readonly [number, string]> = {
  'key-used-for-other': [422, 'This Idempotency-Key came before with another request. Use a new key for a new transfer.'],
  'sender-missing': [422, 'An inbound transfer names its sender: senderId.'],
  'recipient-missing': [422, 'An outbound transfer names its recipient: recipientId.'],
  'sender-not-yours': [422, 'A clinic sends under its own party id; leave senderId out.'],
  'sender-is-recipient': [422, 'Sender and recipient are the same party.'],
  'recipient-unknown': [422, 'The directory does not know this recipient.'],
  'recipient-suspended': [422, 'This recipient is suspended in the directory.'],
  'recipient-not-verified': [422, 'The identity of this recipient is not verified, or its proof has expired.'],
  'no-authority': [422, 'The authority table has no row for this basis, purpose and kind of recipient: nothing may leave on it.'],
  'consent-missing': [422, 'This authority rests on a consent: name it in authority.consentIds.'],
  'unknown-patient': [422, 'The register has no such patient.'],
  'identifiers-of-several-patients': [422, 'These identifiers belong to more than one patient of the register.'],
  'unknown-referral': [422, 'There is no such referral, or not for you.'],
  'referral-other-patient': [422, 'The referral belongs to another patient.'],
  'referral-full': [422, 'The referral holds as many transfers as a reference can name.'],
  'unknown-transfer': [422, 'There is no such transfer to reply to or to replace, or not for you.'],
  'mistyped-reference': [400, 'The reference is mistyped: its check character does not fit.'],
  'not-yours-to-change': [403, 'The records came to you; stopping or adding to the transfer is for its sender.'],
  'already-open': [409, 'The transfer is open already.'],
  'not-a-draft': [409, 'The transfer was submitted or has ended: it takes no further documents, and those it has stay as they are.'],
  'unknown-document': [404, 'The transfer lists no such document.'],
  'translation-unknown': [422, 'translationOf names no document of this transfer.'],
  'translation-circle': [422, 'A document is no translation of itself, also not by way of others.'],
  'document-differs': [409, 'Another document with this documentId is there already. Use a new documentId.'],
  'too-many-documents': [422, 'A transfer lists at most 200 documents.'],
  'no-documents': [422, 'A transfer without documents cannot be submitted.'],
  'not-submitted': [409, 'The transfer was not submitted: nothing can be recalled. Cancel it.'],
  'transfer-ended': [409, 'The transfer has come to its end: there is nothing to stop and nothing to submit.'],
  'too-large': [413, 'The document is larger than this house takes in.'],
  'empty-document': [400, 'The document has no bytes.'],
  'upload-broken': [400, 'The upload ended before all bytes had come. Nothing was kept; send it again.'],
  'uploads-under-way': [503, 'Too many bytes are being uploaded at this moment. Try again in a minute.'],
};

/** The problem of a refusal; unknown and forbidden objects answer alike. */
export function problemOf(code: DoorRefusal): Problem {
  if (code === 'not-found') return notFound();
  const [status, sentence] = said[code];
  return new Problem(status, code, sentence);
}
