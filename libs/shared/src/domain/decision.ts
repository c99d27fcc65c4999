/** What `decide` answers: the events that follow, or an expected refusal by its code. A refusal changes nothing. */
export type Decision<Event, Refusal extends string> = { readonly accepted: readonly Event[] } | { readonly refused: Refusal };

export function accept<Event>(...events: Event[]): { readonly accepted: readonly Event[] } {
  return { accepted: events };
}

export function refuse<Refusal extends string>(code: Refusal): { readonly refused: Refusal } {
  return { refused: code };
}

/** The end of every switch over a union: the compiler proves it is never reached; data from an older shape would throw here. */
export function assertNever(value: never): never {
  throw new Error(
    `unhandled case: ${typeof value === 'object' && value !== null && 'type' in value ? String((value as { type: unknown }).type) : typeof value}`,
  );
}
