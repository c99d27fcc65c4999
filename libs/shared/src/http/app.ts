import type { Readable } from 'node:stream';
import helmet from '@fastify/helmet';
import { ConsoleLogger, type DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { AuthGuard } from './auth.guard.js';
import { asProblem, ProblemFilter, sendProblem } from './problem.filter.js';
import { Problem } from './problem.js';
import type { TokenVerifier } from './token-verifier.js';
import { traceRequests } from './trace.js';

/** Largest JSON body, bytes: a FHIR Consent or a transfer request is a few KB; documents travel as raw streams and have their own limit. */
const jsonBytesMax = 1024 * 1024;
/** Longest a request may take from first to last byte, ms: 500 MB over a slow line. */
const requestTimeoutMs = 3_600_000;
/** Longest a connection may stand still before its headers are complete, ms (slow loris). */
const headersTimeoutMs = 20_000;
const headerBytesMax = 16 * 1024;
const jsonTypes = ['application/json', 'application/fhir+json', 'application/problem+json'];
/** Doors that take a document of any type by PUT: the body stays a stream, also when it calls itself JSON. */
const rawDoor = /^\/ingestion\/transfers\/[^/]+\/documents\/[^/?]+/;

export interface PartStatus {
  readonly name: string;
  readonly ready: boolean;
  readonly reason?: string;
}

/** One answered request. `route` is the door's template (`/ingestion/transfers/:id`), or `none` where there is no such door. */
export interface Answered {
  readonly method: string;
  readonly route: string;
  readonly status: number;
  readonly durationMs: number;
}

export interface HttpAppOptions {
  readonly title: string;
  readonly verify: TokenVerifier;
  /** What `/ready` tells; asked for each time. */
  ready(): Promise<readonly PartStatus[]>;
  /** Prometheus text for `/metrics`. */
  metrics(): Promise<string>;
  /** Told of every answered request. */
  answered?(answered: Answered): void;
}

/** The HTTP side of a service: doors with token and role, limits, RFC 9457 refusals, /docs, /health, /ready, /metrics. Not listening yet. */
export async function createHttpApp(module: DynamicModule, options: HttpAppOptions): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({
    bodyLimit: jsonBytesMax,
    requestTimeout: requestTimeoutMs,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 200 },
    http: { headersTimeout: headersTimeoutMs, maxHeaderSize: headerBytesMax },
    // Fastify's own refusals outside of any handler (a URL that cannot be decoded) are problems too.
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) => sendProblem(request.url, reply, asProblem(error).body),
  });
  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, {
    bodyParser: false,
    logger: new ConsoleLogger({ json: true, logLevels: ['warn', 'error', 'fatal'], compact: true }),
  });
  const fastify: FastifyInstance = adapter.getInstance();
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser(jsonTypes, (request: FastifyRequest, payload: Readable) =>
    request.method === 'PUT' && rawDoor.test(request.url) ? Promise.resolve(payload) : readJson(payload),
  );
  fastify.addContentTypeParser('*', (_request: FastifyRequest, payload: Readable) => Promise.resolve(payload));
  await app.register(helmet, { contentSecurityPolicy: { directives: { upgradeInsecureRequests: null } } });
  app.useGlobalFilters(new ProblemFilter());
  app.useGlobalGuards(new AuthGuard(options.verify));
  traceRequests(fastify);
  watchAnswers(fastify, options);
  statusDoors(fastify, options);
  const description = new DocumentBuilder().setTitle(options.title).setVersion('0.1.0').addBearerAuth().build();
  SwaggerModule.setup('docs', app, () => SwaggerModule.createDocument(app, description), { jsonDocumentUrl: 'docs-json', raw: ['json'] });
  return app;
}

function watchAnswers(fastify: FastifyInstance, options: HttpAppOptions): void {
  fastify.addHook('onResponse', (request, reply, done) => {
    const { method, url = 'none' } = request.routeOptions;
    // A method comes from outside too where no door has it.
    options.answered?.({
      method: url === 'none' ? 'none' : String(method),
      route: url,
      status: reply.statusCode,
      durationMs: reply.elapsedTime,
    });
    done();
  });
}

function statusDoors(fastify: FastifyInstance, options: HttpAppOptions): void {
  fastify.get('/health', async () => ({ status: 'alive' }));
  fastify.get('/ready', async (_request, reply) => {
    const parts = await options.ready();
    const ready = parts.every((part) => part.ready);
    return reply.status(ready ? 200 : 503).send({ status: ready ? 'ready' : 'not-ready', parts });
  });
  fastify.get('/metrics', async (_request, reply) => reply.type('text/plain; version=0.0.4').send(await options.metrics()));
}

/** Reads a JSON body within its limit. @throws Problem 413, 400. Keys that could change a prototype are refused. */
async function readJson(payload: Readable): Promise<unknown> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of payload as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes > jsonBytesMax) throw new Problem(413, 'too-large', `A JSON body may have ${jsonBytesMax} bytes.`);
    chunks.push(chunk);
  }
  if (sizeBytes === 0) return undefined;
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
    return JSON.parse(text, (key, value) => {
      if (key === '__proto__') throw new SyntaxError('forbidden key');
      return value;
    });
  } catch {
    // Neither the parser's message nor the body is told: both may hold patient data.
    throw new Problem(400, 'not-json', 'The body is not valid UTF-8 JSON.');
  }
}
