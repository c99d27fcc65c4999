import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Logger } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Problem, type ProblemBody } from './problem.js';

/** Doors whose refusals are OperationOutcomes, by the start of their path; `@FhirDoor` marks the controllers, the guard and parsers run before it. */
const fhirPaths = ['/consent/consents'];

/** Turns every error of a door into RFC 9457 problem details, or an OperationOutcome on FHIR paths. Nothing of the request is echoed. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger('http');

  catch(error: unknown, host: ArgumentsHost): void {
    if (host.getType() !== 'http') throw error;
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const body = asProblem(error).body;
    // Ids and codes only: the message of a fault may hold data, its name does not.
    if (body.status >= 500 && body.status !== 501)
      this.logger.error({ code: body.code, error: error instanceof Error ? faultName(error) : 'unknown' });
    sendProblem(request.url, reply, body);
  }
}

export function sendProblem(url: string, reply: FastifyReply, body: ProblemBody): void {
  if (reply.sent) return;
  const path = url.split('?', 1)[0] ?? '';
  if (fhirPaths.some((prefix) => path === prefix || path.startsWith(`${prefix}/`)) && !path.endsWith('/revoke'))
    void reply
      .status(body.status)
      .type('application/fhir+json')
      .send(JSON.stringify(operationOutcome(body)));
  else void reply.status(body.status).type('application/problem+json').send(JSON.stringify(body));
}

function faultName(error: Error): string {
  const frame = error.stack?.split('\n').find((line) => line.includes('/apps/') || line.includes('/libs/'));
  return `${error.name}${frame ? ` ${frame.trim().replace(/^at /, '').split('/').slice(-1)[0]?.replace(')', '')}` : ''}`;
}

/** Fastify's own refusals (body too large, broken JSON) become problems by their status and code. */
export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof HttpException) return new Problem(error.getStatus(), codeOf(error.getStatus()));
  const status = typeof error === 'object' && error !== null && 'statusCode' in error ? Number(error.statusCode) : 500;
  if (status >= 400 && status < 500) return new Problem(status, codeOf(status));
  return new Problem(500, 'fault', 'This is a fault of the service, it was logged. Nothing was lost that was accepted.');
}

const codes: Record<number, string> = {
  400: 'not-understood',
  401: 'no-token',
  403: 'not-allowed',
  404: 'not-found',
  413: 'too-large',
  414: 'too-large',
  415: 'type-not-supported',
  429: 'too-many-requests',
  503: 'not-available',
};
function codeOf(status: number): string {
  return codes[status] ?? 'refused';
}

const issueTypes: Record<number, string> = {
  400: 'invalid',
  401: 'login',
  403: 'forbidden',
  404: 'not-found',
  409: 'conflict',
  412: 'conflict',
  413: 'too-long',
  415: 'not-supported',
  422: 'business-rule',
  429: 'throttled',
  501: 'not-supported',
};
function operationOutcome(body: ProblemBody): object {
  return {
    resourceType: 'OperationOutcome',
    issue: [
      {
        severity: 'error',
        code: issueTypes[body.status] ?? 'exception',
        details: { coding: [{ system: 'urn:bulfinch:problem', code: body.code }], text: body.title },
        ...(body.detail ? { diagnostics: body.detail } : {}),
        ...(body.fields && body.fields.length > 0 ? { expression: body.fields } : {}),
      },
    ],
  };
}
