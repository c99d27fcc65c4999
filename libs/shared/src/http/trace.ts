import { AsyncLocalStorage } from 'node:async_hooks';
import { randomBytes } from 'node:crypto';
import type { FastifyInstance } from 'fastify';

/** W3C Trace Context, level 1, version 00; ids of zeros alone name nothing. */
const wellFormed = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;
const idBytes = { trace: 16, parent: 8 } as const;
const requests = new AsyncLocalStorage<{ readonly traceparent: string }>();

/** Gives each request the trace that its caller names, or one of its own; what it does is caused by it. */
export function traceRequests(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', (request, _reply, done) => {
    const told = request.headers['traceparent'];
    requests.run({ traceparent: typeof told === 'string' && wellFormed.test(told) ? told : newTraceparent() }, done);
  });
}

/** The request under way as the cause of a step; undefined outside of any. */
export function currentCause(): { readonly traceparent: string } | undefined {
  return requests.getStore();
}

function newTraceparent(): string {
  return `00-${randomBytes(idBytes.trace).toString('hex')}-${randomBytes(idBytes.parent).toString('hex')}-01`;
}
