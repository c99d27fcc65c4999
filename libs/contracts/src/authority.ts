import type { Basis, Direction, PartyKind, Purpose } from './words.js';

/** What an authority asks for before content of a kind may leave (domain.md section 3). Where two kinds meet in one item, the stricter binds. */
export type Requirement = 'free' | 'general-consent' | 'own-consent' | 'single-release-consent' | 'person-decides' | 'never';

/**
 * Kinds of content that law protects apart from the rest: v3-ActCode sensitivities, the policy 42CFRPart2 (which follows the source and no
 * code), a minor's own-consent services (no code of HL7 names them), and R: restricted by whoever wrote it (v3-Confidentiality R or V).
 */
export const protectedKinds = [
  'HIV',
  'ETH',
  'SUD',
  '42CFRPart2',
  'MH',
  'PSY',
  'PSYTHPN',
  'GDIS',
  'SDV',
  'STD',
  'SEX',
  'MINOR',
  'R',
] as const;
export type ProtectedKind = (typeof protectedKinds)[number];

export interface AuthorityRow {
  readonly direction: Direction;
  readonly basis: Basis;
  readonly purposes: readonly Purpose[];
  readonly recipientKinds: readonly PartyKind[];
  /** Of content without a protected kind. */
  readonly requires: Requirement;
  /** Of content of each protected kind. */
  readonly kinds: Readonly<Record<ProtectedKind, Requirement>>;
  /** Whether a disclosure on this row counts for the statutory accounting (45 CFR 164.528). */
  readonly countsForAccounting: boolean;
  /** Source of the row: the law, or the hospital's policy and its reason. Design input for counsel, not advice. */
  readonly source: string;
}

type Columns = AuthorityRow['kinds'];
const all = (requirement: Requirement, except: Partial<Columns> = {}): Columns => ({
  HIV: requirement,
  ETH: requirement,
  SUD: requirement,
  '42CFRPart2': requirement,
  MH: requirement,
  PSY: requirement,
  PSYTHPN: requirement,
  GDIS: requirement,
  SDV: requirement,
  STD: requirement,
  SEX: requirement,
  MINOR: requirement,
  R: requirement,
  ...except,
});

/**
 * Kinds by law of their own, whatever the basis. HIV: M.G.L. c.111 s.70F, a written consent for each release. 42CFRPart2: 42 CFR 2.31 asks for
 * a consent of its own, and 2.32 for a notice that travels with it; packages carry no notice yet, so nothing of it leaves.
 * PSYTHPN: 45 CFR 164.508(a)(2), (b)(3)(ii), an authorization of its own. What is not here a person decides: the law turns on facts that no
 * code shows (c.111 s.70G on genetic tests, s.119 on sexually transmitted disease, c.112 s.12F on minors, c.233 s.20J on sexual assault).
 */
const ownLaw = { HIV: 'single-release-consent', '42CFRPart2': 'never', PSYTHPN: 'own-consent' } as const;

/** The authority table: data with a version, an author and a source. What has no row here is refused. */
export const authorityTable = {
  version: '2026-11-24.2',
  author: 'Bulfinch, for review by counsel',
  rows: [
    {
      direction: 'outbound',
      basis: 'treatment',
      purposes: ['TREAT', 'ETREAT'],
      recipientKinds: ['clinic', 'physician', 'hospital'],
      requires: 'free',
      kinds: all('person-decides', { ...ownLaw, ETH: 'free', SUD: 'free', MH: 'general-consent', PSY: 'general-consent' }),
      countsForAccounting: false,
      source:
        '45 CFR 164.506(c)(2); abroad without an authorization: hospital policy, verified treating parties only (domain.md section 3); mental health with a consent: hospital policy after M.G.L. c.112 s.129A, s.135A and c.123 s.36',
    },
    {
      direction: 'outbound',
      basis: 'emergency',
      purposes: ['ETREAT'],
      recipientKinds: ['clinic', 'physician', 'hospital'],
      requires: 'free',
      kinds: all('person-decides', { ETH: 'free', SUD: 'free', MH: 'free', PSY: 'free' }),
      countsForAccounting: false,
      source:
        '45 CFR 164.506(c)(2), 164.510(a)(3); 42 CFR 2.51 asks for a record of the emergency, so a person decides; no consent can be waited for',
    },
    {
      direction: 'outbound',
      basis: 'authorization',
      purposes: ['TREAT', 'ETREAT', 'PATRQT', 'FAMRQT', 'PWATRNY', 'HPAYMT'],
      recipientKinds: ['clinic', 'physician', 'hospital', 'sponsor', 'embassy', 'insurer', 'representative'],
      requires: 'general-consent',
      kinds: all('person-decides', {
        ...ownLaw,
        ETH: 'general-consent',
        SUD: 'general-consent',
        MH: 'general-consent',
        PSY: 'general-consent',
      }),
      countsForAccounting: false,
      source: '45 CFR 164.508; 164.528(a)(1)(iv) leaves authorizations out of the accounting',
    },
    {
      direction: 'outbound',
      basis: 'patient-access',
      purposes: ['PATRQT'],
      recipientKinds: ['patient'],
      requires: 'free',
      kinds: all('free', { PSYTHPN: 'never' }),
      countsForAccounting: false,
      source:
        '45 CFR 164.524(a)(1)(i): all but psychotherapy notes; M.G.L. c.111 s.70F speaks of others than the subject; 164.528(a)(1)(ii) leaves the patient out of the accounting',
    },
    {
      direction: 'outbound',
      basis: 'patient-access',
      purposes: ['PATRQT', 'FAMRQT', 'PWATRNY'],
      recipientKinds: ['representative'],
      requires: 'free',
      kinds: all('free', { PSYTHPN: 'never', HIV: 'person-decides', MINOR: 'person-decides' }),
      countsForAccounting: false,
      source:
        '45 CFR 164.502(g), 164.524; HIV and a minor’s own-consent services to a representative: a person decides (domain.md section 3)',
    },
    {
      direction: 'outbound',
      basis: 'patient-access',
      purposes: ['PATRQT'],
      recipientKinds: ['clinic', 'physician', 'hospital'],
      requires: 'general-consent',
      kinds: all('person-decides', {
        ...ownLaw,
        PSYTHPN: 'never',
        ETH: 'general-consent',
        SUD: 'general-consent',
        MH: 'general-consent',
        PSY: 'general-consent',
      }),
      countsForAccounting: false,
      source: '45 CFR 164.524(c)(3)(ii): to another person only on the patient’s signed direction, which is entered as a consent',
    },
    {
      direction: 'outbound',
      basis: 'payment',
      purposes: ['HPAYMT'],
      recipientKinds: ['insurer'],
      requires: 'person-decides',
      kinds: all('person-decides', { ...ownLaw, PSYTHPN: 'own-consent' }),
      countsForAccounting: false,
      source: '45 CFR 164.506(c)(1), (3); 164.502(b) minimum necessary: a person sees that no more leaves than the payment needs',
    },
    {
      direction: 'outbound',
      basis: 'legal-process',
      purposes: ['HLEGAL'],
      recipientKinds: ['authority'],
      requires: 'person-decides',
      kinds: all('person-decides'),
      countsForAccounting: true,
      source: '45 CFR 164.512(e), 42 CFR 2.61: what an order covers is read by a person; 164.528(a) counts it',
    },
    {
      direction: 'outbound',
      basis: 'required-by-law',
      purposes: ['HLEGAL'],
      recipientKinds: ['authority'],
      requires: 'person-decides',
      kinds: all('person-decides'),
      countsForAccounting: true,
      source: '45 CFR 164.512(a), 164.103: limited to what the law requires, read by a person; 164.528(a) counts it',
    },
    {
      direction: 'inbound',
      basis: 'received',
      purposes: ['TREAT', 'ETREAT', 'PATRQT'],
      recipientKinds: ['hospital'],
      requires: 'free',
      kinds: all('free'),
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
