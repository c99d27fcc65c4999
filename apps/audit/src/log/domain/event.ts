import type { EventOn, TopicName } from '#libs/contracts';

export type { Actor, Basis, Direction, Purpose, ServiceName, TopicName } from '#libs/contracts';

/** Every event there is: audit hears all topics. */
export type AnyEvent = { [T in TopicName]: EventOn<T> }[TopicName];
