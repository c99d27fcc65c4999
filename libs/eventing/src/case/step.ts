import { type AnyDraft, type CloudEvent, checkEvent, eventBytesMax, READERS } from '#libs/contracts';
import type { CaseDefinition, CaseDocument, Cause, Due } from '../definition.js';
import { outboxBytesMax, outboxEventsMax } from '../timings.js';

/** The case has no room for another event (a named limit, far above any transfer's need). */
export class CaseFull extends Error {
  override readonly name = 'CaseFull';
  constructor(readonly caseId: string) {
    super(`case ${caseId}: the outbox is full`);
  }
}

/** `decide`, `evolve` or `publish` of a service threw, or gave an event that its own contract refuses: a bug, not a fault of storage. */
export class StepBug extends Error {
  override readonly name = 'StepBug';
  constructor(caseId: string, cause: unknown) {
    super(`case ${caseId}: the step cannot be taken (${cause instanceof Error ? cause.name : typeof cause})`, { cause });
  }
}

/** When and why a step is taken: the events it publishes say so. */
export interface StepContext {
  readonly now: Date;
  readonly cause?: Cause;
}

/**
 * The case after these facts: state evolved, each public fact in its place in the outbox, pending and dueAt of the new state.
 * Throws when an own event is not valid (a bug), and CaseFull.
 */
export function takeStep<State, Input, Fact extends { readonly type: string }, Refusal extends string>(
  definition: CaseDefinition<State, Input, Fact, Refusal>,
  before: CaseDocument<State>,
  facts: readonly Fact[],
  context: StepContext,
): CaseDocument<State> {
  let { state, outboxBytes } = before;
  const traceparent = before.traceparent ?? context.cause?.traceparent;
  const outbox = [...before.outbox];
  for (const fact of facts) {
    const draft = definition.publish(fact);
    const event = draft && eventOf(definition, before._id, outbox.length + 1, draft, { ...context, traceparent });
    if (event) {
      const bytes = Buffer.byteLength(JSON.stringify(event));
      if (bytes > eventBytesMax)
        throw new Error(`case ${before._id}: own event ${event.type} is ${bytes} bytes, more than ${eventBytesMax}`);
      outboxBytes += bytes;
      outbox.push(event);
    }
    state = definition.evolve(state, fact, { eventId: event?.id });
  }
  if (outbox.length > before.said && (outbox.length > outboxEventsMax || outboxBytes > outboxBytesMax)) throw new CaseFull(before._id);
  const isHeardOf = definition.topic !== undefined && READERS[definition.topic].length > 0;
  const hasSaid = outbox.length > before.outbox.length && isHeardOf;
  return withDue(
    {
      ...before,
      state,
      outbox,
      outboxBytes,
      said: outbox.length,
      ...(hasSaid ? { unheard: true } : {}),
      ...(traceparent ? { traceparent } : {}),
    },
    definition.due?.(state),
    context.now,
  );
}

/** `pending` and `dueAt` as they lie in the case; the same time keeps its object, so that nothing is written anew. */
function withDue<State>(document: CaseDocument<State>, due: Due | undefined, now: Date): CaseDocument<State> {
  if (due === undefined)
    return document.pending === null && document.dueAt === null ? document : { ...document, pending: null, dueAt: null };
  // 0 means at once: the time it fell due is kept as long as the same work stays due, so that the oldest is found first.
  if (due.at === 0 && document.pending === due.kind && document.dueAt !== null && document.dueAt <= now) return document;
  return { ...document, pending: due.kind, dueAt: due.at === 0 ? now : new Date(due.at) };
}

function eventOf<State, Input, Fact extends { readonly type: string }, Refusal extends string>(
  definition: CaseDefinition<State, Input, Fact, Refusal>,
  id: string,
  sequence: number,
  draft: AnyDraft,
  { now, cause, traceparent }: StepContext & { readonly traceparent: string | undefined },
): CloudEvent {
  const { topic, service } = definition;
  if (topic === undefined) throw new Error(`case ${id}: ${draft.type} has no topic to go to`);
  const candidate = {
    specversion: '1.0',
    id: `${topic}/${id}/${sequence}`,
    type: draft.type,
    source: `/bulfinch/${service}`,
    subject: id,
    partitionkey: id,
    sequence,
    time: now.toISOString(),
    datacontenttype: 'application/json',
    correlationid: id,
    ...(cause?.id === undefined ? {} : { causationid: cause.id }),
    ...(traceparent === undefined ? {} : { traceparent }),
    data: draft.data,
  };
  const check = checkEvent(topic, candidate);
  if (!check.ok) throw new Error(`case ${id}: own event ${draft.type} is not valid: ${check.problem} ${check.where}`);
  return check.event;
}
