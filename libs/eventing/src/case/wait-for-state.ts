export interface Wait<State> {
  readonly predicate: (state: State) => boolean;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  /** Reads the state from storage; called at once and then every `lookMs`, for what other processes write. */
  readonly look: () => Promise<State | undefined>;
  readonly lookMs: number;
  /** Subscribes to the steps of this process; answers what ends it. */
  readonly hear: (listener: (state: State) => void) => () => void;
}

/** Resolves with the state as soon as it satisfies the predicate; undefined after `timeoutMs` or abort. Throws when the first look fails. */
export async function waitForState<State>(wait: Wait<State>): Promise<State | undefined> {
  const answer = Promise.withResolvers<State | undefined>();
  const offer = (state: State | undefined): void => {
    if (state !== undefined && wait.predicate(state)) answer.resolve(state);
  };
  const giveUp = (): void => answer.resolve(undefined);
  // Heard before the first look, so that no step falls between the two.
  const deaf = wait.hear(offer);
  // A later look that fails is no answer: the next one may be.
  const looks = setInterval(() => void wait.look().then(offer, () => undefined), wait.lookMs);
  const timeout = setTimeout(giveUp, wait.timeoutMs);
  wait.signal?.addEventListener('abort', giveUp, { once: true });
  if (wait.signal?.aborted) giveUp();
  try {
    offer(await wait.look());
    return await answer.promise;
  } finally {
    deaf();
    clearInterval(looks);
    clearTimeout(timeout);
    wait.signal?.removeEventListener('abort', giveUp);
  }
}
