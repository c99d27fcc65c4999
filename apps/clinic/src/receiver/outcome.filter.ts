import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import type { FastifyReply } from 'fastify';

/** A refusal as a FHIR OperationOutcome; `diagnostics` is a fixed sentence. */
export class FhirRefusal extends HttpException {
  constructor(
    status: number,
    readonly code: string,
    readonly diagnostics: string,
  ) {
    super(code, status);
  }
}

export function operationOutcome(code: string, diagnostics: string): object {
  return { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code, diagnostics }] };
}

/** Every refusal of the receiver is an OperationOutcome, its own as well as Fastify's (a body over the limit). */
@Catch()
export class OutcomeFilter implements ExceptionFilter {
  catch(error: unknown, host: ArgumentsHost): void {
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const status = statusOf(error);
    const outcome =
      error instanceof FhirRefusal
        ? operationOutcome(error.code, error.diagnostics)
        : operationOutcome(status < 500 ? 'processing' : 'exception', 'The request was not taken.');
    void reply.status(status).type('application/fhir+json').send(outcome);
  }
}

function statusOf(error: unknown): number {
  if (error instanceof HttpException) return error.getStatus();
  const status = typeof error === 'object' && error !== null && 'statusCode' in error ? error.statusCode : undefined;
  return typeof status === 'number' && status >= 400 ? status : 500;
}
