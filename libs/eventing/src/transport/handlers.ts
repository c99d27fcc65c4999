import { isObservable, lastValueFrom } from 'rxjs';
import { type TopicName, topicNames } from '#libs/contracts';
import type { IncomingMessage } from '../definition.js';

/** Handles one message; throws only when it may succeed later. */
export type Handle = (message: IncomingMessage) => Promise<void>;

/** A Nest handler as `@EventPattern` registers it. */
type NestHandler = (data: unknown, context?: unknown) => unknown;

/** Nest gives an observable or a promise of one; a handler that failed is an observable that fails. */
export function handleOf(callback: NestHandler): Handle {
  return async (message) => {
    const result: unknown = await callback(message, {});
    if (isObservable(result)) await lastValueFrom(result, { defaultValue: undefined });
  };
}

/** The topic that an `@EventPattern` names. Throws for one that the contracts do not know: its messages would be lost. */
export function topicOf(pattern: unknown): TopicName {
  const topic = topicNames.find((name) => name === pattern);
  if (!topic) throw new Error(`a handler names the topic ${String(pattern)}, which libs/contracts does not know`);
  return topic;
}

/** The reader that a handler's extras name. */
export function readerOf(extras: Readonly<Record<string, unknown>> | undefined): string | undefined {
  const reader = extras?.reader;
  return typeof reader === 'string' ? reader : undefined;
}
