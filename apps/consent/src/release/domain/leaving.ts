import { assertNever } from '#libs/shared/domain';

export type Left = 'nothing' | 'left' | 'not-known-yet';

/** What is known of the bytes of one release. Permits are named by their ids. */
export interface Leaving {
  /** Granted and not ended: bytes may be leaving now. */
  readonly permits: readonly string[];
  /** Their lives are over and nobody has said how they ended. */
  readonly unheard: readonly string[];
  /** Attempts under these have started, and it is not known what became of them. */
  readonly undecided: readonly string[];
  readonly hasLeft: boolean;
}
export const nothingLeaving: Leaving = { permits: [], unheard: [], undecided: [], hasLeft: false };

/**
 * What delivery has said of an attempt. `unsent`: no byte left (never connected, void, or its life was over before the first byte).
 * `sent`: the bytes were handed over, whether the receiver kept them or refused them: the disclosure has happened (domain.md section 6).
 */
export type Attempt = 'started' | 'unknown' | 'unsent' | 'sent';

export function noteAttempt(leaving: Leaving, attempt: Attempt, permitId: string | undefined): Leaving {
  const others = (ids: readonly string[]): readonly string[] => ids.filter((id) => id !== permitId);
  const named = permitId === undefined ? [] : [permitId];
  switch (attempt) {
    case 'started':
      return { ...leaving, undecided: [...others(leaving.undecided), ...named] };
    case 'unknown':
      return { ...leaving, unheard: others(leaving.unheard), undecided: [...others(leaving.undecided), ...named] };
    case 'unsent':
      return { ...leaving, unheard: others(leaving.unheard), undecided: others(leaving.undecided) };
    case 'sent':
      return { ...leaving, unheard: others(leaving.unheard), undecided: others(leaving.undecided), hasLeft: true };
    default:
      return assertNever(attempt);
  }
}

/** The truth as far as it is known: "nothing" only when every permit is known to have ended without a byte. */
export function leftOf({ permits, unheard, undecided, hasLeft }: Leaving): Left {
  if (hasLeft) return 'left';
  return permits.length + unheard.length + undecided.length > 0 ? 'not-known-yet' : 'nothing';
}
