import type { Actor, BlobRef, Hold } from '#libs/contracts';

/** How long a person may take before the transfer asks for attention, ms: a mismatch is looked at within three working days. */
export const matchHoldMs = 72 * 3_600_000;

/** What the worker found: a document that tells of the patient otherwise than the register. `values`: both, sealed to this service. */
export interface FoundMismatch {
  /** A random id for the hold. */
  readonly holdId: string;
  readonly values: BlobRef;
  readonly at: string;
}

/** A person's answer. `reason` is free text, so patient data: it lies sealed to this service. */
export interface MatchAnswer {
  readonly decision: 'same-person' | 'other-person';
  readonly reason: BlobRef;
  readonly actor: Actor;
  readonly at: string;
}

/** A mismatch with its hold, and its answer once there is one. */
export interface Match {
  readonly hold: Hold;
  readonly values: BlobRef;
  readonly answer?: MatchAnswer;
}

export function matchFrom({ holdId, values, at }: FoundMismatch): Match {
  const until = new Date(Date.parse(at) + matchHoldMs).toISOString();
  const hold: Hold = {
    id: holdId,
    kind: 'match',
    service: 'normalization',
    owner: 'records-staff',
    since: at,
    until,
    next: 'answer-hold',
  };
  return { hold, values };
}

export function answeredWith(match: Match, { decision, reason, actor, at }: MatchAnswer): Match {
  return { ...match, answer: { decision, reason, actor, at } };
}
