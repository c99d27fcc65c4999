import { setTimeout as pause } from 'node:timers/promises';
import { Controller, Get, Param, Post, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { checkDocument } from './domain/check-document.js';
import type { Fault } from './faults.js';
import { FhirRefusal, operationOutcome } from './outcome.filter.js';
import { Parties } from './parties.service.js';
import { type PartyJournal, type Received, type RequestLine, sha256Of } from './party.journal.js';
import { metFault } from './slow-body.js';

const fhirJson = 'application/fhir+json';

/** One request with all that its answer needs. */
interface Exchange {
  readonly party: string;
  readonly journal: PartyJournal;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly door: RequestLine['door'];
  readonly body?: Buffer;
  readonly fault: Fault | undefined;
}

/** The FHIR R4 doors of a clinic: create (also conditional), read and search of document Bundles. */
@Controller(':party/fhir')
export class ReceiverController {
  constructor(private readonly parties: Parties) {}

  @Post('Bundle')
  async create(@Param('party') party: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const journal = await this.journalOf(party);
    const fault = metFault(request);
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    await this.answer({ journal, request, reply, door: 'create', body, fault, party }, () =>
      this.take(party, journal, request, reply, body),
    );
  }

  @Get('Bundle/:id')
  async read(
    @Param('party') party: string,
    @Param('id') id: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const journal = await this.journalOf(party);
    await this.answer({ party, journal, request, reply, door: 'read', fault: this.parties.takeFault(party, 'read') }, async () => {
      const received = journal.received.find((one) => one.id === id);
      const bytes = await journal.bytesOf(id);
      if (!received || !bytes) throw new FhirRefusal(404, 'not-found', 'There is no such Bundle.');
      return reply
        .status(200)
        .type(fhirJson)
        .send(JSON.stringify(this.parties.plan(party).altersWhatItStores ? altered(received, bytes) : asServed(received, bytes)));
    });
  }

  @Get('Bundle')
  async search(
    @Param('party') party: string,
    @Query() query: Record<string, unknown>,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const journal = await this.journalOf(party);
    await this.answer({ party, journal, request, reply, door: 'search', fault: this.parties.takeFault(party, 'search') }, async () => {
      const { identifier, ...others } = query;
      if (typeof identifier !== 'string' || Object.keys(others).length > 0)
        throw new FhirRefusal(400, 'not-supported', 'Search Bundle by identifier=system|value.');
      const found = matching(journal, identifier);
      const entry = await Promise.all(
        found.map(async (received) => ({
          fullUrl: `${baseOf(request, party)}/Bundle/${received.id}`,
          resource: asServed(received, (await journal.bytesOf(received.id)) ?? Buffer.from('{}')),
          search: { mode: 'match' },
        })),
      );
      return reply
        .status(200)
        .type(fhirJson)
        .send(JSON.stringify({ resourceType: 'Bundle', type: 'searchset', total: entry.length, entry }));
    });
  }

  @Post()
  async transaction(@Param('party') party: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const journal = await this.journalOf(party);
    await this.answer({ party, journal, request, reply, door: 'transaction', fault: undefined }, async () => {
      throw new FhirRefusal(501, 'not-supported', 'Transactions are not taken here yet; POST a document to Bundle.');
    });
  }

  private async journalOf(party: string): Promise<PartyJournal> {
    const journal = await this.parties.journal(party);
    if (!journal) throw new FhirRefusal(404, 'not-found', 'There is no such server.');
    return journal;
  }

  private async take(party: string, journal: PartyJournal, request: FastifyRequest, reply: FastifyReply, body: Buffer): Promise<unknown> {
    const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase();
    if (type !== fhirJson && type !== 'application/json') throw new FhirRefusal(415, 'not-supported', 'Send application/fhir+json.');
    const { received, isNew } = await this.keep(party, journal, request, body);
    const location = `${baseOf(request, party)}/Bundle/${received.id}/_history/1`;
    reply.status(isNew ? 201 : 200).header('etag', 'W/"1"');
    if (!this.parties.plan(party).hidesLocation) reply.header('location', location);
    if (request.headers['prefer'] === 'return=minimal') return reply.send();
    return reply.type(fhirJson).send(JSON.stringify(asServed(received, body)));
  }

  /** Checks, looks for the identifier where asked to, and keeps: one step per party. */
  private async keep(
    party: string,
    journal: PartyJournal,
    request: FastifyRequest,
    body: Buffer,
  ): Promise<{ received: Received; isNew: boolean }> {
    const check = checkDocument(body);
    if (!check.ok) throw new FhirRefusal(check.status, check.code, check.says);
    const condition = this.parties.plan(party).honoursIfNoneExist ? conditionOf(request) : undefined;
    return journal.inTurn(async () => {
      const found = condition === undefined ? [] : matching(journal, condition);
      if (found.length > 1) throw new FhirRefusal(412, 'multiple-matches', 'More than one Bundle has this identifier.');
      return found[0] ? { received: found[0], isNew: false } : { received: await journal.keep(body, check.summary), isNew: true };
    });
  }

  /** Journals the request with what it was answered, and lets its fault happen. */
  private async answer(exchange: Exchange, work: () => Promise<unknown>): Promise<void> {
    const { journal, request, reply, door, body, fault } = exchange;
    const line = {
      at: new Date().toISOString(),
      method: request.method,
      door,
      sizeBytes: body?.length ?? 0,
      ...(body ? { sha256: sha256Of(body) } : {}),
      isAuthorized: request.headers.authorization !== undefined,
    };
    if (fault?.delayMs !== undefined) await pause(fault.delayMs);
    if (fault?.reset) return this.reset(reply, journal, line);
    if (fault?.status !== undefined) {
      await journal.note({ ...line, answer: fault.status });
      if (fault.retryAfterSeconds !== undefined) reply.header('retry-after', String(fault.retryAfterSeconds));
      if (fault.location !== undefined) reply.header('location', fault.location);
      return void reply.status(fault.status).type(fhirJson).send(operationOutcome('transient', 'A fault that was asked for.'));
    }
    try {
      if (fault?.afterAppend !== undefined) return await this.lieAfterwards(exchange, line, fault.afterAppend);
      await work();
      await journal.note({ ...line, answer: reply.statusCode });
    } catch (error) {
      await journal.note({ ...line, answer: error instanceof FhirRefusal ? error.getStatus() : 500 });
      throw error;
    }
  }

  /** Takes the document as ever and hides it: the sender cannot know. */
  private async lieAfterwards(exchange: Exchange, line: Omit<RequestLine, 'answer'>, how: 'reset' | number): Promise<void> {
    const { journal, request, reply, party } = exchange;
    await this.keep(party, journal, request, exchange.body ?? Buffer.alloc(0));
    if (how === 'reset') return this.reset(reply, journal, line);
    await journal.note({ ...line, answer: how });
    return void reply.status(how).type(fhirJson).send(operationOutcome('transient', 'A fault that was asked for.'));
  }

  private async reset(reply: FastifyReply, journal: PartyJournal, line: Omit<RequestLine, 'answer'>): Promise<void> {
    await journal.note({ ...line, answer: 'reset' });
    reply.hijack();
    reply.raw.socket?.resetAndDestroy();
  }
}

/** `identifier=system|value` of If-None-Exist; another condition is refused rather than ignored. */
function conditionOf(request: FastifyRequest): string | undefined {
  const header = request.headers['if-none-exist'];
  if (header === undefined) return undefined;
  const parameters = [...new URLSearchParams(String(header))];
  const identifier = parameters[0]?.[0] === 'identifier' ? parameters[0][1] : undefined;
  if (identifier === undefined || parameters.length !== 1)
    throw new FhirRefusal(400, 'not-supported', 'If-None-Exist is taken with identifier=system|value alone.');
  return identifier;
}

function matching(journal: PartyJournal, identifier: string): Received[] {
  const bar = identifier.indexOf('|');
  const [system, value] = bar === -1 ? [undefined, identifier] : [identifier.slice(0, bar), identifier.slice(bar + 1)];
  return journal.received.filter((one) => one.identifier.value === value && (system === undefined || one.identifier.system === system));
}

/** As a FHIR server serves it: with its own id and version. The bytes as they came are behind the control door. */
function asServed(received: Received, bytes: Buffer): object {
  const resource: object = JSON.parse(bytes.toString('utf8'));
  return { ...resource, id: received.id, meta: { versionId: '1', lastUpdated: received.receivedAt } };
}

/** A timestamp of its own: enough to be another document. */
function altered(received: Received, bytes: Buffer): object {
  return { ...asServed(received, bytes), timestamp: received.receivedAt };
}

function baseOf(request: FastifyRequest, party: string): string {
  return `${request.protocol}://${request.host}/${party}/fhir`;
}
