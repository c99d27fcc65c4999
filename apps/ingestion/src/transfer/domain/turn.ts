import type { Direction, Hold } from '#libs/contracts';
import { assertNever } from '#libs/shared/domain';
import type { Heard } from './later.js';
import type { Standing } from './standing.js';

/** Who must do the next thing. `house`: a service of Bulfinch, which works without anyone. */
export type Owner = Hold['owner'] | 'requester' | 'recipient' | 'house' | 'nobody';

/** Whose turn it is, what comes next in words, and by when (ISO instant). Only a final state has no deadline. */
export interface Turn {
  readonly whoseTurn: Owner;
  readonly nextStep: string;
  readonly deadline?: string;
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/**
 * How long a state may last before a person is asked for, ms. A draft waits for documents that people still collect; a service needs
 * seconds, so an hour means that it is down; 72 h is the budget of a delivery (design.md section 6); a clinic acknowledges within two weeks.
 */
export const stageMs = {
  draft: 30 * dayMs,
  house: hourMs,
  delivering: 72 * hourMs,
  delivered: 14 * dayMs,
} as const;

/** What the turn depends on beside the state. */
export interface TurnFacts {
  readonly direction: Direction;
  readonly hasDocuments: boolean;
  readonly holds: readonly Hold[];
  readonly ending?: { readonly at: string };
  readonly delivery: Heard['delivery'];
}

const holdSteps: Record<Hold['next'], string> = {
  'answer-hold': 'Answer the hold with a decision and a reason.',
  'name-consent': 'Name the consent this transfer rests on.',
  'approve-release': 'Look at the release and approve it, or refuse it.',
  'fix-recipient': "Check the recipient's entry in the directory and answer the hold.",
  'decide-unknown-outcome': 'Ask the recipient whether the records arrived, then answer the hold.',
};

/** Whose turn it is in a state. Every state has an owner and a next step, every state but a final one a deadline. */
export function turnOf({ state, since }: Standing, facts: TurnFacts): Turn {
  if (facts.ending && isUnderWay(state))
    return {
      whoseTurn: 'house',
      nextStep: 'Consent closes the gate and says what had left.',
      deadline: after(facts.ending.at, stageMs.house),
    };
  switch (state) {
    case 'draft':
      return {
        whoseTurn: 'requester',
        nextStep: facts.hasDocuments ? 'Submit the transfer, or add further documents.' : 'Add at least one document, then submit.',
        deadline: after(since, stageMs.draft),
      };
    case 'submitted':
      return house(since, 'Normalization makes one record of the documents.');
    case 'normalized':
      return house(since, 'Consent decides what may leave.');
    case 'held': {
      const [first] = facts.holds;
      if (!first) throw new Error('a held transfer has a hold');
      return { whoseTurn: first.owner, nextStep: holdSteps[first.next], deadline: first.until };
    }
    case 'permitted':
      return house(since, 'Delivery opens the delivery to the recipient.');
    case 'delivering':
      return delivering(facts, since);
    case 'delivered':
      return {
        whoseTurn: 'recipient',
        nextStep: facts.direction === 'inbound' ? 'The hospital acknowledges the records.' : 'The recipient acknowledges the records.',
        deadline: after(since, stageMs.delivered),
      };
    case 'acknowledged':
      return over('Nothing more: the recipient acknowledged the records.');
    case 'refused':
      return over('Read the reason; a new transfer may name other documents or another authority.');
    case 'cancelled':
      return over('Nothing more: the transfer was cancelled.');
    case 'recalled':
      return over('Ask the recipient to return or destroy what had left.');
    case 'superseded':
      return over('Nothing more: another transfer replaces this one.');
    case 'revoked':
      return over('Nothing more leaves: a consent was revoked. Tell the patient what had left before.');
    case 'expired':
      return over('A new transfer needs a valid consent or release.');
    case 'failed':
      return over("Check the recipient's channel; a new transfer sends the records again.");
    default:
      return assertNever(state);
  }
}

function delivering(facts: TurnFacts, since: string): Turn {
  if (facts.delivery.stopped) return house(facts.delivery.stopped.at, 'Consent closes the gate and says why.');
  const waits = facts.delivery.attempts?.nextAt !== undefined;
  return house(
    since,
    waits ? 'Delivery tries again at the time told.' : 'Delivery hands the package to the recipient.',
    stageMs.delivering,
  );
}

/** States in which a person's wish to cancel is the next thing that happens, whoever's turn it was before. */
function isUnderWay(state: Standing['state']): boolean {
  return ['submitted', 'normalized', 'held', 'permitted', 'delivering'].includes(state);
}

function house(since: string, nextStep: string, lastsMs: number = stageMs.house): Turn {
  return { whoseTurn: 'house', nextStep, deadline: after(since, lastsMs) };
}

function over(nextStep: string): Turn {
  return { whoseTurn: 'nobody', nextStep };
}

function after(instant: string, ms: number): string {
  return new Date(Date.parse(instant) + ms).toISOString();
}
