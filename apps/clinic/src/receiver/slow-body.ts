import { setTimeout as pause } from 'node:timers/promises';
import type { FastifyRequest, preParsingAsyncHookHandler } from 'fastify';
import type { Fault } from './faults.js';
import type { Parties } from './parties.service.js';

const taken = new WeakMap<object, Fault | undefined>();

/** Meets the fault of a create or a transaction before its body is read: a receiver that reads late leaves the sender's bytes in the sender's hands. */
export function slowBodies(parties: Parties): preParsingAsyncHookHandler {
  return async (request) => {
    const party = /^\/([^/]+)\/fhir(?:\/|\/Bundle)?$/.exec(request.url)?.[1];
    if (request.method !== 'POST' || party === undefined) return undefined;
    const fault = parties.takeFault(party, 'create');
    taken.set(request, fault);
    if (fault?.readDelayMs !== undefined) await pause(fault.readDelayMs);
    return undefined;
  };
}

/** The fault that the request has met. */
export function metFault(request: FastifyRequest): Fault | undefined {
  return taken.get(request);
}
