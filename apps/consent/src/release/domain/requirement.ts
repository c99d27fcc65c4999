import { type AuthorityRow, type ProtectedKind, type Requirement, type TransferFacts } from '#libs/contracts';
import { assertNever } from '#libs/shared/domain';
import { speaksOf, timeOf } from '../../consent/domain/coverage.js';
import type { Directive } from '../../consent/domain/directive.js';
import type { Label } from './labels/rule-set.js';

/** A consent as it was read for the decision; `state` undefined where no such consent is known. */
export interface NamedConsent {
  readonly consentId: string;
  readonly state?: {
    readonly isActive: boolean;
    readonly directive: Directive;
    /** The transfer whose release used up a consent for a single release. */
    readonly usedBy?: string;
  };
}

/** How one label, or one item, comes out. `uses`: single-release consents that it leaves on. */
export interface Ruling {
  readonly outcome: 'may-leave' | 'person-decides' | 'withheld';
  readonly rule?: 'consent-missing' | 'person-decides' | 'never' | 'denied';
  readonly uses: readonly string[];
}
const mayLeave: Ruling = { outcome: 'may-leave', uses: [] };
const order = ['may-leave', 'person-decides', 'withheld'] as const;

export interface RulingGrounds {
  readonly transferId: string;
  readonly facts: TransferFacts;
  /** Read before, and found to stand: active, begun, not expired, this patient's. */
  readonly consents: readonly NamedConsent[];
  readonly directives: readonly Directive[];
  readonly now: number;
}

/** The ruling over all labels of an item: the strictest of each (domain.md section 3). */
export function rulingOf(labels: readonly Label[], row: AuthorityRow, grounds: RulingGrounds): Ruling {
  const rulings = labels.map((label) => rulingOfLabel(label, row.kinds[label.kind], grounds));
  const strictest = rulings.reduce((one, other) => (order.indexOf(other.outcome) > order.indexOf(one.outcome) ? other : one), mayLeave);
  return { ...strictest, uses: strictest.outcome === 'withheld' ? [] : [...new Set(rulings.flatMap(({ uses }) => uses))] };
}

function rulingOfLabel({ kind, certainty }: Label, requirement: Requirement, grounds: RulingGrounds): Ruling {
  if (isDenied(kind, grounds)) return withheld('denied');
  const ruling = rulingOfKind(kind, requirement, grounds);
  // What only may be of the kind is not withheld on a guess, and does not leave on one: a person looks.
  return certainty === 'possible' && ruling.outcome === 'withheld'
    ? { outcome: 'person-decides', rule: 'person-decides', uses: [] }
    : ruling;
}

function rulingOfKind(kind: ProtectedKind, requirement: Requirement, grounds: RulingGrounds): Ruling {
  switch (requirement) {
    case 'free':
      return mayLeave;
    case 'general-consent':
      return covering(grounds, (kinds) => kinds.length === 0 || kinds.includes(kind)).length > 0 ? mayLeave : withheld('consent-missing');
    case 'own-consent':
      return covering(grounds, (kinds) => kinds.includes(kind)).length > 0 ? mayLeave : withheld('consent-missing');
    case 'single-release-consent': {
      const [consent] = covering(grounds, (kinds) => kinds.includes(kind)).filter(({ state }) => isUnused(state?.usedBy, grounds));
      return consent ? { outcome: 'may-leave', uses: [consent.consentId] } : withheld('consent-missing');
    }
    case 'person-decides':
      return { outcome: 'person-decides', rule: 'person-decides', uses: [] };
    case 'never':
      return withheld('never');
    default:
      return assertNever(requirement);
  }
}

/** One release: of the same transfer it is the same release, however often it is made (domain.md section 3). */
function isUnused(usedBy: string | undefined, { transferId }: RulingGrounds): boolean {
  return usedBy === undefined || usedBy === transferId;
}

function withheld(rule: NonNullable<Ruling['rule']>): Ruling {
  return { outcome: 'withheld', rule, uses: [] };
}

/** Permits of this patient to this recipient for this purpose whose kinds are as asked. */
function covering({ consents, facts }: RulingGrounds, isOfKinds: (kinds: readonly ProtectedKind[]) => boolean): readonly NamedConsent[] {
  return consents.filter(
    ({ state }) => state?.directive.type === 'permit' && isOfKinds(state.directive.kinds ?? []) && speaksOf(state.directive, facts),
  );
}

/** A deny of one kind binds that kind, whoever named it or not. */
function isDenied(kind: ProtectedKind, { directives, facts, now }: RulingGrounds): boolean {
  return directives.some(
    (one) => one.type === 'deny' && one.kinds?.includes(kind) === true && timeOf(one, now) === 'in-force' && speaksOf(one, facts),
  );
}
