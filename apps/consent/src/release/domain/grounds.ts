import type { TransferFacts } from '#libs/contracts';
import type { Directive } from '../../consent/domain/directive.js';
import type { RecipientFacts } from '../../directory/domain/recipient.js';
import type { DocumentBundle } from './content/bundle.js';
import type { NamedConsent } from './requirement.js';

/** All that a decision rests on. `directives`: every active one of the patient, named or not. `now`: epoch ms. */
export interface Grounds {
  readonly transferId: string;
  readonly facts: TransferFacts;
  readonly record: DocumentBundle;
  readonly consents: readonly NamedConsent[];
  readonly directives: readonly Directive[];
  readonly recipient: RecipientFacts;
  /** Name of the policy under which unread content may leave without a look, where the house has one. */
  readonly waiver: string | undefined;
  readonly now: number;
}
