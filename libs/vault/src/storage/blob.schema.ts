import { type Connection, type Model, Schema } from 'mongoose';
import { type ServiceName, serviceNames } from '#libs/contracts';
import type { BodyPlace } from './body-storage.js';

/**
 * One blob (domain.md section 2). The age headers stand in the blob's document, one field for each reader, and not in documents
 * of their own: a put stays one write and a get one read. A later MongoDB user for one service can still be limited, and further
 * than with documents of their own: MongoDB grants rights on collections and views, never on documents, so such a user gets
 * `find` on a view over this collection (`headers.<service>` exists; the other headers projected away) and none on the
 * collection. It then sees neither header nor sealed body of what is not sealed to it.
 */
export interface BlobDocument {
  readonly _id: string;
  /** Of the clear bytes. */
  readonly sha256: string;
  /** Of the clear bytes. */
  readonly sizeBytes: number;
  readonly patientId: string;
  /** What the file key hangs on: today the services' own keys. Keys of a patient come behind it later. */
  readonly keyId: 'services';
  /** Which headers there are, in the order of the alphabet, so that a put can name the set it wants. */
  readonly readers: readonly ServiceName[];
  readonly headers: Partial<Record<ServiceName, Buffer>>;
  readonly body: BodyPlace;
  /** `retainedForEver` where nobody has said. */
  readonly retainUntil: Date;
  readonly legalHold: boolean;
  readonly heldBy: readonly string[];
}

/** No date of retention given: kept until somebody gives one. A real date, because the longer of two is then MongoDB's own `$max`. */
export const retainedForEver = new Date('9999-12-31T00:00:00Z');

const body = new Schema(
  { kind: { type: String, enum: ['inline', 'gridfs'], required: true }, bytes: Buffer, fileId: Schema.Types.ObjectId },
  { _id: false },
);
const headers = new Schema(Object.fromEntries(serviceNames.map((service) => [service, Buffer])), { _id: false });

const blobSchema = new Schema(
  {
    _id: { type: String, required: true },
    sha256: { type: String, required: true },
    sizeBytes: { type: Number, required: true },
    patientId: { type: String, required: true },
    keyId: { type: String, enum: ['services'], required: true },
    readers: { type: [{ type: String, enum: serviceNames }], default: undefined },
    headers: { type: headers, required: true },
    body: { type: body, required: true },
    retainUntil: { type: Date, required: true },
    legalHold: { type: Boolean, required: true },
    heldBy: { type: [String], default: undefined },
  },
  { collection: 'vault_blobs', versionKey: false, autoIndex: false, autoCreate: false, strict: 'throw', strictQuery: 'throw' },
);
/** Equal bytes of one patient are found again. */
blobSchema.index({ patientId: 1, sha256: 1 });
/** Purge. */
blobSchema.index({ retainUntil: 1 });
/** Whether a body in GridFS still has its blob; small bodies are not in it. */
blobSchema.index({ 'body.fileId': 1 }, { partialFilterExpression: { 'body.fileId': { $exists: true } } });

/** The model on a connection; several vaults may share one connection. */
export function blobModel(connection: Connection): Model<BlobDocument> {
  const name = 'VaultBlob';
  // The cast is the interface above, which says what the schema says, with the union that a schema cannot.
  return (connection.models[name] ?? connection.model(name, blobSchema)) as unknown as Model<BlobDocument>;
}
