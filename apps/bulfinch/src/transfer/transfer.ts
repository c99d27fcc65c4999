/** A transfer as `GET /ingestion/transfers/{id}` tells it to people; fields depend on who asks. */
export interface TransferView {
  readonly id: string;
  readonly reference: string;
  readonly patientId?: string;
  readonly referralId?: string;
  readonly direction: string;
  readonly senderId: string;
  readonly recipientId: string;
  readonly purpose: string;
  readonly basis: string;
  readonly state: string;
  readonly since: string;
  readonly whoseTurn: string;
  readonly nextStep?: string;
  readonly deadline?: string;
  readonly reason?: string;
  readonly waiver?: string;
  readonly holds?: readonly HoldView[];
  readonly timeline?: readonly { readonly at: string; readonly what: string; readonly service: string }[];
  readonly evidence?: readonly { readonly fact: string; readonly at: string }[];
  readonly report?: { readonly statements?: number; readonly kept?: number; readonly lost?: number; readonly warnings?: number };
  readonly leftBefore?: string;
}

export interface HoldView {
  readonly id: string;
  readonly kind: string;
  readonly service: string;
  readonly owner: string;
  readonly until: string;
  readonly next: string;
}

/** Nothing follows by itself after these. */
export const finalStates: ReadonlySet<string> = new Set([
  'delivered',
  'acknowledged',
  'refused',
  'cancelled',
  'recalled',
  'superseded',
  'revoked',
  'expired',
  'failed',
]);
/** Every state a transfer can be asked for by (domain.md section 2). */
export const transferStates: readonly string[] = ['draft', 'submitted', 'normalized', 'held', 'permitted', 'delivering', ...finalStates];
/** The recipient has it. */
export const goodStates: ReadonlySet<string> = new Set(['delivered', 'acknowledged']);
