import type { Actor, Basis, Direction, Purpose } from './event.js';

/** What an entry may say beside its place. Names of fields are those of the events. */
export interface Details {
  readonly transferId?: string;
  readonly patientId?: string;
  readonly referralId?: string;
  readonly senderId?: string;
  readonly recipientId?: string;
  readonly recipientVersion?: number;
  /** ISO 3166-1 alpha-2, of the recipient. */
  readonly country?: string;
  /** Of a party that is in several. */
  readonly countries?: readonly string[];
  readonly actor?: Actor;
  readonly direction?: Direction;
  readonly purpose?: Purpose;
  readonly basis?: Basis;
  readonly consentIds?: readonly string[];
  readonly documentId?: string;
  /** Coarse kind of a document: its format, never what is in it. */
  readonly documentType?: string;
  /** How many documents, transfers or source statements the event is about. */
  readonly count?: number;
  readonly waiver?: string;
  readonly decisionRef?: string;
  readonly release?: number;
  readonly deliveryId?: string;
  readonly attempt?: number;
  readonly permitId?: string;
  readonly holdId?: string;
  readonly holdKind?: string;
  readonly decision?: string;
  readonly reason?: string;
  readonly because?: string;
  readonly left?: string;
  readonly httpStatus?: number;
  /** Coded facts of how far a delivery got. */
  readonly evidence?: readonly string[];
  /** SHA-256 of the package that was handed over, lower-case hex. */
  readonly sha256?: string;
  readonly action?: string;
  readonly object?: { readonly kind: string; readonly id?: string };
  readonly disclosure?: Disclosure;
}

/** From the first byte on, patient data may be with the recipient; an unknown outcome stays a possible disclosure. */
export interface Disclosure {
  readonly deliveryId: string;
  readonly release: number;
  readonly since: string;
}
