import type { ServiceName } from '#libs/contracts';
import type { CaseDocument, Lease, ParkedEvent } from '../definition.js';

type MutableUpdate = Record<'$set' | '$unset' | '$push' | '$max' | '$inc', Record<string, unknown>>;

/** A case that does not exist yet: the first write makes it. */
export function newCase<State>(id: string, shape: number, initial: State): CaseDocument<State> {
  return {
    _id: id,
    revision: 0,
    shape,
    state: initial,
    inbox: {},
    parked: {},
    outbox: [],
    outboxBytes: 0,
    said: 0,
    heard: 0,
    pending: null,
    dueAt: null,
    lease: null,
  };
}

export function withMark<State>(before: CaseDocument<State>, publisher: ServiceName, sequence: number): CaseDocument<State> {
  return withoutParked({ ...before, inbox: { ...before.inbox, [publisher]: sequence } }, publisher);
}

export function withParked<State>(before: CaseDocument<State>, publisher: ServiceName, parked: ParkedEvent): CaseDocument<State> {
  return withParkedAt({ ...before, parked: { ...before.parked, [publisher]: parked } });
}

function withoutParked<State>(before: CaseDocument<State>, publisher: ServiceName): CaseDocument<State> {
  if (before.parked[publisher] === undefined) return before;
  const { [publisher]: _gone, ...parked } = before.parked;
  return withParkedAt({ ...before, parked });
}

/** `parkedAt` is the oldest of the parked: what the operator's list is sorted by. */
function withParkedAt<State>(document: CaseDocument<State>): CaseDocument<State> {
  const { parkedAt: _before, ...rest } = document;
  const times = Object.values(document.parked).map((parked) => parked.at.getTime());
  return times.length === 0 ? rest : { ...rest, parkedAt: new Date(Math.min(...times)) };
}

export function withLease<State>(before: CaseDocument<State>, lease: Lease | null): CaseDocument<State> {
  return { ...before, lease };
}

/** A write under a lease is a beat of it: whoever waits for the lease to stand still counts from here (a permit's life counts from its ask). */
export function withBeat<State>(before: CaseDocument<State>): CaseDocument<State> {
  return before.lease ? { ...before, lease: { ...before.lease, beat: before.lease.beat + 1 } } : before;
}

/**
 * The one update that turns `before` into `after`: state, mark, parked, outbox, due and lease together (design.md section 3).
 * `heard` only rises, whoever writes it.
 */
export function updateOf<State>(before: CaseDocument<State>, after: CaseDocument<State>): Record<string, Record<string, unknown>> {
  if (before.revision === 0) return { $set: fieldsOf(after), $inc: { revision: 1 } };
  const update: MutableUpdate = {
    $set: { shape: after.shape },
    $unset: {},
    $push: {},
    $max: { heard: after.heard },
    $inc: { revision: 1 },
  };
  for (const name of ['state', 'pending', 'dueAt', 'traceparent'] as const)
    if (after[name] !== before[name]) update.$set[name] = after[name];
  // A beat is added, never set: one that its holder wrote meanwhile must not be taken back, or the lease would seem to stand still.
  if (after.lease && before.lease && after.lease.holder === before.lease.holder) {
    if (after.lease.beat > before.lease.beat) update.$inc['lease.beat'] = after.lease.beat - before.lease.beat;
  } else if (after.lease !== before.lease) update.$set.lease = after.lease;
  // Two states can be the same object only when no fact changed it; a new one is always written.
  setEntries(update, 'inbox', before.inbox, after.inbox);
  setEntries(update, 'parked', before.parked, after.parked);
  if (after.parkedAt === undefined) update.$unset.parkedAt = 1;
  else update.$set.parkedAt = after.parkedAt;
  const said = after.outbox.slice(before.outbox.length);
  if (said.length > 0) {
    update.$push.outbox = { $each: said };
    Object.assign(update.$set, { outboxBytes: after.outboxBytes, said: after.said, ...(after.unheard ? { unheard: true } : {}) });
  }
  return Object.fromEntries(Object.entries(update).filter(([, fields]) => Object.keys(fields).length > 0));
}

function fieldsOf<State>({ _id, revision: _revision, ...fields }: CaseDocument<State>): Record<string, unknown> {
  return fields;
}

function setEntries(
  update: MutableUpdate,
  name: 'inbox' | 'parked',
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): void {
  for (const [key, value] of Object.entries(after)) if (before[key] !== value) update.$set[`${name}.${key}`] = value;
  for (const key of Object.keys(before)) if (!(key in after)) update.$unset[`${name}.${key}`] = 1;
}
