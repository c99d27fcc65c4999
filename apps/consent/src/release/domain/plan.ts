import type { CoarseClass } from './content/coarse-class.js';
import type { Label } from './labels/rule-set.js';

/** Why an item leaves or does not. The last five only beside `withheld`, but for `person-decides`, which also stands beside `included`. */
export type ItemReason =
  | 'authorized'
  | 'received'
  | 'original-not-named'
  | 'trace-of-original'
  | 'person-decides'
  | 'consent-missing'
  | 'never'
  | 'denied'
  | 'trace-of-withheld';

/** One line of the decision, for staff. `index`: place in the record's Bundle. */
export interface Item {
  readonly index: number;
  readonly resourceType: string;
  readonly class: CoarseClass;
  readonly decision: 'included' | 'withheld' | 'not-asked';
  readonly reason: ItemReason;
  /** No rule set has read all of it: outbound it leaves only after a look or under a waiver (domain.md section 4). */
  readonly isUnread: boolean;
  /** What the rule sets found. Stays in the vault: it tells. */
  readonly labels: readonly Label[];
}

/** Why a person must look before anything leaves. A waiver answers `unread` and nothing else, and that only where nothing is withheld. */
export type ReviewReason = 'unread' | 'scope-not-applied' | 'original-not-found' | 'withheld' | 'person-decides';

/** What staff are warned of: whoever treats the patient will not see it (domain.md section 4). */
export type Warning = 'medicine-withheld' | 'allergy-withheld';

export interface Plan {
  readonly items: readonly Item[];
  /** Paths of sections of the Composition that do not leave, as `2` or `2.0`. */
  readonly sectionsWithheld: readonly string[];
  readonly review: readonly ReviewReason[];
  readonly warnings: readonly Warning[];
  /** Consents for a single release that it leaves on: bound to the transfer before it is written. */
  readonly uses: readonly string[];
  /** Set when the waiver was needed and used. */
  readonly waiver?: string;
}
