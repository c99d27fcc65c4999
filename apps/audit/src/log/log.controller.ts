import { Controller, Get, Header, Query, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { bases, partyId } from '#libs/contracts';
import { AccessLog } from '#libs/shared/access';
import { asActor, type Caller, CurrentCaller, hasRole, notThereYet, Problem, parseBody, Roles } from '#libs/shared/http';
import { accountingCsv } from './accounting.csv.js';
import { accountingDocument } from './accounting.document.js';
import { auditEventBundle } from './audit-event.mapping.js';
import { type Cursor, typesMeant } from './domain/question.js';
import { LogQuery } from './log.query.js';

/** Entries of a page: unless asked for, and at most. */
const pageSize = { usual: 100, max: 1000 } as const;

const moment = z.union([z.iso.datetime({ offset: false }), z.iso.date()]);
const entriesQuestion = z.strictObject({
  transfer: z.uuid().optional(),
  referral: z.uuid().optional(),
  patient: z.uuid().optional(),
  recipient: partyId.optional(),
  country: z
    .string()
    .regex(/^[A-Z]{2}$/)
    .optional(),
  actor: z.string().min(1).max(128).optional(),
  type: z
    .string()
    .max(120)
    .refine((type) => typesMeant(type).length > 0)
    .optional(),
  basis: z.enum(bases).optional(),
  from: moment.optional(),
  to: moment.optional(),
  cursor: z.string().max(400).optional(),
  limit: z.coerce.number().int().min(1).max(pageSize.max).default(pageSize.usual),
});
const accountingQuestion = z.strictObject({
  patient: z.uuid(),
  from: moment.optional(),
  to: moment.optional(),
  kind: z.enum(['statutory', 'full']).default('statutory'),
});

@ApiTags('audit')
@ApiBearerAuth()
@Controller('audit')
export class LogController {
  constructor(
    private readonly log: LogQuery,
    private readonly accesses: AccessLog,
  ) {}

  @Get('entries')
  @Roles('auditor', 'privacy-officer', 'records-staff')
  @ApiOperation({ summary: 'The log, newest first; the query itself is recorded before it is answered. Records staff name a transfer.' })
  @ApiProduces('application/json', 'application/fhir+json')
  @Header('cache-control', 'no-store')
  async entries(
    @Query() query: unknown,
    @CurrentCaller() caller: Caller,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<unknown> {
    const form = wantedForm(request.headers.accept, ['application/json', 'application/fhir+json']);
    const { cursor, limit, ...question } = parseBody(entriesQuestion, query);
    if (question.transfer === undefined && !hasRole(caller, 'auditor', 'privacy-officer'))
      throw new Problem(403, 'transfer-needed', 'Records staff see the trail of a transfer: name it with ?transfer=.');
    const after = cursor === undefined ? undefined : readCursor(cursor);
    await this.accesses.record({
      action: 'query',
      object: { kind: 'entries', ...(question.transfer === undefined ? {} : { id: question.transfer }) },
      ...(question.patient === undefined ? {} : { patientId: question.patient }),
      actor: asActor(caller),
    });
    const page = await this.log.page(question, limit, after);
    if ('refused' in page) throw tooWide();
    const next = page.next === undefined ? undefined : writeCursor(page.next);
    if (form === 'application/json') return { entries: page.entries, ...(next === undefined ? {} : { next }) };
    void reply.type('application/fhir+json; charset=utf-8');
    return JSON.stringify(auditEventBundle(page.entries, linkTo(question, limit, cursor), next && linkTo(question, limit, next)));
  }

  @Get('accounting')
  @Roles('auditor', 'privacy-officer')
  @ApiOperation({
    summary: 'Disclosures of one patient: kind=full as JSON, CSV or PDF. The statutory report (45 CFR 164.528) is not there yet.',
  })
  @ApiProduces('application/json', 'application/pdf', 'text/csv')
  @Header('cache-control', 'no-store')
  async accounting(
    @Query() query: unknown,
    @CurrentCaller() caller: Caller,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<unknown> {
    const form = wantedForm(request.headers.accept, ['application/json', 'application/pdf', 'text/csv']);
    const { patient, from, to, kind } = parseBody(accountingQuestion, query);
    if (kind === 'statutory')
      throw notThereYet('The statutory accounting of disclosures is not there yet; kind=full gives the full history.');
    await this.accesses.record({ action: 'export', object: { kind: 'entries' }, patientId: patient, actor: asActor(caller) });
    const accounting = await this.log.accounting(patient, from, to);
    if ('refused' in accounting) throw tooWide();
    const head = { patientId: patient, from, to, printedAt: new Date().toISOString() };
    if (form === 'application/json') return { kind, ...head, disclosures: accounting.disclosures };
    if (form === 'text/csv') {
      void reply.type('text/csv; charset=utf-8');
      return accountingCsv(accounting.disclosures);
    }
    void reply.type('application/pdf');
    return Buffer.from(await accountingDocument(head, accounting.disclosures));
  }
}

/** The first of the offered types that the caller takes. @throws Problem 406 */
function wantedForm<Type extends string>(accept: string | undefined, offered: readonly [Type, ...Type[]]): Type {
  const wanted = (accept ?? '*/*').split(',').map((one) => one.split(';', 1)[0]?.trim().toLowerCase());
  for (const one of wanted) {
    const found = offered.find((type) => one === type || one === '*/*' || one === 'application/*');
    if (found) return found;
  }
  throw new Problem(406, 'form-not-offered', `This door answers as ${offered.join(' or ')}.`);
}

function tooWide(): Problem {
  return new Problem(422, 'too-wide', 'This means more than can be answered at once: name a transfer, a patient or a referral.');
}

function writeCursor({ atMs, id }: Cursor): string {
  return Buffer.from(JSON.stringify([atMs, id])).toString('base64url');
}

const cursorParts = z.tuple([z.int().min(0).max(8.64e15), z.string().min(1).max(200)]);
function readCursor(cursor: string): Cursor {
  const [atMs, id] = parseBody(cursorParts, jsonOf(Buffer.from(cursor, 'base64url').toString('utf8')));
  return { atMs, id };
}
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // a mistyped cursor: the schema refuses it
  }
}

function linkTo(question: Record<string, string | undefined>, limit: number, cursor?: string): string {
  const asked = Object.entries({ ...question, limit: String(limit), cursor }).filter(
    (pair): pair is [string, string] => pair[1] !== undefined,
  );
  return `/audit/entries?${new URLSearchParams(asked).toString()}`;
}
