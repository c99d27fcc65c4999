import { setTimeout as pause } from 'node:timers/promises';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Fault } from './faults.js';
import { FhirRefusal, operationOutcome } from './outcome.filter.js';
import { type PartyJournal, type RequestLine, sha256Of } from './party.journal.js';

export const fhirJson = 'application/fhir+json';

/** One request with all that its answer needs. `keep`: takes what came, as ever, without an answer. */
export interface Answering {
  readonly journal: PartyJournal;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly door: RequestLine['door'];
  readonly body?: Buffer;
  readonly fault: Fault | undefined;
  readonly keep?: () => Promise<unknown>;
}

/** Journals the request with what it was answered, and lets its fault happen. */
export async function answer(answering: Answering, work: () => Promise<unknown>): Promise<void> {
  const { journal, request, reply, door, body, fault } = answering;
  const line = {
    at: new Date().toISOString(),
    method: request.method,
    door,
    sizeBytes: body?.length ?? 0,
    ...(body ? { sha256: sha256Of(body) } : {}),
    isAuthorized: request.headers.authorization !== undefined,
  };
  if (fault?.delayMs !== undefined) await pause(fault.delayMs);
  if (fault?.reset) return reset(reply, journal, line);
  if (fault?.status !== undefined) {
    await journal.note({ ...line, answer: fault.status });
    if (fault.retryAfterSeconds !== undefined) reply.header('retry-after', String(fault.retryAfterSeconds));
    if (fault.location !== undefined) reply.header('location', fault.location);
    return void reply.status(fault.status).type(fhirJson).send(operationOutcome('transient', 'A fault that was asked for.'));
  }
  try {
    if (fault?.afterAppend !== undefined) return await lieAfterwards(answering, line, fault.afterAppend);
    await work();
    await journal.note({ ...line, answer: reply.statusCode });
  } catch (error) {
    await journal.note({ ...line, answer: error instanceof FhirRefusal ? error.getStatus() : 500 });
    throw error;
  }
}

/** Takes what came and hides it: the sender cannot know. */
async function lieAfterwards(
  { journal, reply, keep }: Answering,
  line: Omit<RequestLine, 'answer'>,
  how: Exclude<Fault['afterAppend'], undefined>,
): Promise<void> {
  await keep?.();
  if (how === 'reset') return reset(reply, journal, line);
  await journal.note({ ...line, answer: how });
  return void reply.status(how).type(fhirJson).send(operationOutcome('transient', 'A fault that was asked for.'));
}

async function reset(reply: FastifyReply, journal: PartyJournal, line: Omit<RequestLine, 'answer'>): Promise<void> {
  await journal.note({ ...line, answer: 'reset' });
  reply.hijack();
  reply.raw.socket?.resetAndDestroy();
}

/** @throws FhirRefusal 415 for what is not said to be FHIR in JSON. */
export function refuseOtherTypes(request: FastifyRequest): void {
  const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase();
  if (type !== fhirJson && type !== 'application/json') throw new FhirRefusal(415, 'not-supported', 'Send application/fhir+json.');
}

export function baseOf(request: FastifyRequest, party: string): string {
  return `${request.protocol}://${request.host}/${party}/fhir`;
}
