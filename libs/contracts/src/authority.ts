import type { Basis, Direction, PartyKind, Purpose } from './words.js';

/** What an authority asks for before content without a protected kind may leave (domain.md section 3). */
export type Requirement = 'free' | 'general-consent';

export interface AuthorityRow {
  readonly direction: Direction;
  readonly basis: Basis;
  readonly purposes: readonly Purpose[];
  readonly recipientKinds: readonly PartyKind[];
  readonly requires: Requirement;
  /** Whether a disclosure on this row counts for the statutory accounting (45 CFR 164.528). */
  readonly countsForAccounting: boolean;
  /** Source of the row: the law, or the hospital's policy and its reason. Design input for counsel, not advice. */
  readonly source: string;
}

/** The authority table: data with a version, an author and a source. What has no row here is refused. Protected kinds get their columns with the rule sets. */
export const authorityTable = {
  version: '2026-11-24',
  author: 'Bulfinch, for review by counsel',
  rows: [
    {
      direction: 'outbound',
      basis: 'treatment',
      purposes: ['TREAT', 'ETREAT'],
      recipientKinds: ['clinic', 'physician', 'hospital'],
      requires: 'free',
      countsForAccounting: false,
      source:
        '45 CFR 164.506(c)(2); abroad without an authorization: hospital policy, verified treating parties only (domain.md section 3)',
    },
    {
      direction: 'outbound',
      basis: 'authorization',
      purposes: ['TREAT', 'ETREAT', 'PATRQT', 'FAMRQT', 'PWATRNY', 'HPAYMT'],
      recipientKinds: ['clinic', 'physician', 'hospital', 'sponsor', 'embassy', 'insurer', 'representative'],
      requires: 'general-consent',
      countsForAccounting: false,
      source: '45 CFR 164.508; 164.528(a)(1)(iv) leaves authorizations out of the accounting',
    },
    {
      direction: 'inbound',
      basis: 'received',
      purposes: ['TREAT', 'ETREAT', 'PATRQT'],
      recipientKinds: ['hospital'],
      requires: 'free',
      countsForAccounting: false,
      source: 'domain.md section 3: the discloser is the foreign party; nothing is withheld by our rules',
    },
  ],
} as const satisfies { version: string; author: string; rows: readonly AuthorityRow[] };

/** The row that decides, or undefined: then the disclosure is refused. */
export function authorityRow(asked: {
  direction: Direction;
  basis: Basis;
  purpose: Purpose;
  recipientKind: PartyKind;
}): AuthorityRow | undefined {
  const rows: readonly AuthorityRow[] = authorityTable.rows;
  return rows.find(
    (row) =>
      row.direction === asked.direction &&
      row.basis === asked.basis &&
      row.purposes.includes(asked.purpose) &&
      row.recipientKinds.includes(asked.recipientKind),
  );
}
