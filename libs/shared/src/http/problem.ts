import { HttpException } from '@nestjs/common';
import type { z } from 'zod';

/** Body of a refusal: RFC 9457 problem details. `detail` is a fixed sentence, never a value that came in. */
export interface ProblemBody {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail?: string;
  readonly fields?: readonly string[];
}

const titles: Record<number, string> = {
  400: 'Not understood',
  401: 'No valid token',
  403: 'Not allowed',
  404: 'Not found',
  405: 'Method not allowed',
  406: 'Not acceptable',
  408: 'Too slow',
  409: 'Conflict',
  412: 'Changed meanwhile',
  413: 'Too large',
  415: 'Type not supported',
  422: 'Refused',
  429: 'Too many requests',
  431: 'Headers too large',
  500: 'Fault',
  501: 'Not there yet',
  503: 'Not available now',
};

/** An expected refusal at a door. `code` is of a closed list of the service; `fields` names paths of the body, never their values. */
export class Problem extends HttpException {
  readonly body: ProblemBody;
  constructor(status: number, code: string, detail?: string, fields?: readonly string[]) {
    super(code, status);
    this.body = { type: `urn:bulfinch:problem:${code}`, title: titles[status] ?? 'Refused', status, code, detail, fields };
  }
}

/** Unknown and forbidden objects answer alike (doors.md). */
export function notFound(): Problem {
  return new Problem(404, 'not-found', 'There is no such thing, or not for you.');
}

/** Doors that doors.md names and this version does not have yet; the README's status table lists them. */
export function notThereYet(what: string): Problem {
  return new Problem(501, 'not-there-yet', what);
}

/** Deepest path and most paths named in a refusal: enough to mend a request, too little to echo it. */
const fieldsMax = 20;

/** Parses what came in by its schema. @throws Problem 400 `not-valid` that names the wrong fields. */
export function parseBody<Schema extends z.ZodType>(schema: Schema, body: unknown): z.infer<Schema> {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const fields = [...new Set(parsed.error.issues.map((issue) => fieldPath(issue)))].slice(0, fieldsMax);
  throw new Problem(400, 'not-valid', 'These fields are missing or have not the right form.', fields);
}

/** Keys that the schema does not know come from outside and may hold anything: only known path parts and indexes are told. */
function fieldPath(issue: z.core.$ZodIssue): string {
  const path = issue.path
    .map((part) => (typeof part === 'number' ? '*' : String(part)))
    .filter((part) => /^[A-Za-z*][A-Za-z0-9_-]{0,40}$|^\*$/.test(part));
  return path.length > 0 ? path.join('.') : '(body)';
}
