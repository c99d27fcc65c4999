/**
 * Why the vault refuses.
 * - `unknown-blob`: there is no such blob (any more).
 * - `not-a-reader`: it is not sealed to this service, or to another key of it.
 * - `integrity`: what lies there is not what the reference names.
 * - `too-large`: more bytes than the caller's limit.
 */
export const vaultErrors = ['unknown-blob', 'not-a-reader', 'integrity', 'too-large'] as const;
export type VaultErrorCode = (typeof vaultErrors)[number];

/** An expected refusal of the vault. Everything else it throws is a fault of storage, to be tried again. Carries the blob's id, never content. */
export class VaultRefusal extends Error {
  constructor(
    readonly code: VaultErrorCode,
    /** Absent where a put was refused: there is no blob. */
    readonly blobId?: string,
    options?: ErrorOptions,
  ) {
    super(blobId === undefined ? `vault: ${code}` : `vault: ${code}, blob ${blobId}`, options);
    this.name = 'VaultRefusal';
  }
}
