import { Controller, Get, Param, Post, Query, Req, Res, UseGuards } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { answer, baseOf, fhirJson, refuseOtherTypes } from './answering.js';
import { checkDocument } from './domain/check-document.js';
import { FhirRefusal } from './outcome.filter.js';
import { Parties } from './parties.service.js';
import type { PartyJournal, Received } from './party.journal.js';
import { metFault } from './slow-body.js';
import { TokenGuard } from './token.controller.js';

/** The FHIR R4 doors of a clinic: create (also conditional), read and search of document Bundles. */
@UseGuards(TokenGuard)
@Controller(':party/fhir')
export class ReceiverController {
  constructor(private readonly parties: Parties) {}

  @Post('Bundle')
  async create(@Param('party') party: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const journal = await this.parties.known(party);
    const fault = metFault(request);
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    await answer({ journal, request, reply, door: 'create', body, fault, keep: () => this.keep(party, journal, request, body) }, () =>
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
    const journal = await this.parties.known(party);
    await answer({ journal, request, reply, door: 'read', fault: this.parties.takeFault(party, 'read') }, async () => {
      const received = journal.received.find((one) => one.id === id && !one.resources);
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
    const journal = await this.parties.known(party);
    await answer({ journal, request, reply, door: 'search', fault: this.parties.takeFault(party, 'search') }, async () => {
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

  private async take(party: string, journal: PartyJournal, request: FastifyRequest, reply: FastifyReply, body: Buffer): Promise<unknown> {
    refuseOtherTypes(request);
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
  return journal.received.filter(
    (one) => !one.resources && one.identifier.value === value && (system === undefined || one.identifier.system === system),
  );
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
