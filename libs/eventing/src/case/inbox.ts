import type { EventOn, ServiceName, TopicName } from '#libs/contracts';
import type { CaseDefinition, CaseDocument, Cause, IncomingMessage, ParkedEvent, Settled } from '../definition.js';
import type { Reading } from '../read-message.js';
import { withMark, withParked } from './change.js';
import { isStorageFault } from './faults.js';
import { CaseFull, StepBug, takeStep } from './step.js';

export type ToInput<T extends TopicName, Input> = (event: EventOn<T>, now: Date) => Input | undefined | Promise<Input | undefined>;
/** A message with an envelope: it is known whose it is and which place it has. */
export type Addressed<T extends TopicName> = Extract<Reading<T>, { readonly publisher: ServiceName }>;

/** How a message is settled, the mark after it (undefined: nothing may be echoed), and the case to write, if any. */
export interface Reception<State> {
  readonly settled: Settled;
  readonly mark: number | undefined;
  readonly next?: CaseDocument<State>;
}

/**
 * One event against one case: repeated and gaps are dropped, the next one is one step and moves the mark for every type, what cannot
 * be applied is parked and the mark stays (design.md section 3). Throws only faults of storage that `toInput` meets.
 */
export async function takeEvent<State, Input, Fact extends { readonly type: string }, Refusal extends string, T extends TopicName>(
  definition: CaseDefinition<State, Input, Fact, Refusal>,
  before: CaseDocument<State>,
  from: { readonly topic: T; readonly reading: Addressed<T>; readonly toInput: ToInput<T, Input>; readonly now: Date },
): Promise<Reception<State>> {
  const { reading, now } = from;
  const { publisher } = reading;
  const { sequence } = reading.ok ? reading.event : reading.envelope;
  const mark = before.inbox[publisher] ?? 0;
  if (sequence <= mark) return { settled: 'repeated', mark };
  if (sequence > mark + 1) return { settled: 'gap', mark };
  const applied = await apply(definition, before, from);
  if ('next' in applied) return { settled: 'applied', mark: sequence, next: withMark(applied.next, publisher, sequence) };
  const known = before.parked[publisher];
  if (known?.sequence === sequence && known.reason === applied.reason) return { settled: 'parked', mark };
  const event = reading.ok ? reading.event : reading.envelope;
  const parked: ParkedEvent = { sequence, reason: applied.reason, event, topic: from.topic, at: now };
  return { settled: 'parked', mark, next: withParked(before, publisher, parked) };
}

async function apply<State, Input, Fact extends { readonly type: string }, Refusal extends string, T extends TopicName>(
  definition: CaseDefinition<State, Input, Fact, Refusal>,
  before: CaseDocument<State>,
  { reading, toInput, now }: { readonly reading: Addressed<T>; readonly toInput: ToInput<T, Input>; readonly now: Date },
): Promise<{ next: CaseDocument<State> } | { reason: string }> {
  if (!reading.ok) return { reason: reading.problem };
  const { event } = reading;
  const cause: Cause = { id: event.id, traceparent: event.traceparent };
  try {
    const input = await toInput(event, now);
    if (input === undefined) return { next: before };
    const decision = definition.decide(before.state, input);
    if ('refused' in decision) return { reason: `refused:${decision.refused}` };
    return { next: takeStep(definition, before, decision.accepted, { now, cause }) };
  } catch (error) {
    if (isStorageFault(error)) throw error;
    if (error instanceof CaseFull) return { reason: 'case-full' };
    // A bug or an input that the code cannot take: only this event is set aside, other transfers flow on.
    const fault = error instanceof StepBug ? error.cause : error;
    return { reason: `fault:${fault instanceof Error ? fault.name : typeof fault}` };
  }
}

/** A parked event as it came in. */
export function messageOf(parked: ParkedEvent): IncomingMessage {
  return { topic: parked.topic, value: Buffer.from(JSON.stringify(parked.event)), headers: {} };
}
