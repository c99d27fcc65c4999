import { Controller, Get, HttpCode, Param, Post, Req, Res, UseGuards } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { answer, baseOf, fhirJson, refuseOtherTypes } from './answering.js';
import { type Creation, checkTransaction, type Token, tokenOf } from './domain/check-transaction.js';
import { servedResource } from './domain/served-resource.js';
import { FhirRefusal } from './outcome.filter.js';
import { Parties } from './parties.service.js';
import { newId, type PartyJournal, type Received, type StoredResource } from './party.journal.js';
import { metFault } from './slow-body.js';
import { TokenGuard } from './token.controller.js';

/** What became of one create: `isNew` false where the condition found one. */
interface Created {
  readonly reference: string;
  readonly isNew: boolean;
}

/** Transactions of a clinic and the single resources that they made, under ids of the clinic's own. */
@UseGuards(TokenGuard)
@Controller(':party/fhir')
export class ResourceController {
  constructor(private readonly parties: Parties) {}

  @Post()
  @HttpCode(200)
  async transaction(@Param('party') party: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const journal = await this.parties.known(party);
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    const keep = (): Promise<readonly Created[]> => this.keep(party, journal, body);
    await answer({ journal, request, reply, door: 'transaction', body, fault: metFault(request), keep }, async () => {
      refuseOtherTypes(request);
      const entry = (await keep()).map(({ reference, isNew }) => ({
        response: { status: isNew ? '201 Created' : '200 OK', location: `${reference}/_history/1`, etag: 'W/"1"' },
      }));
      return reply
        .status(200)
        .type(fhirJson)
        .send(JSON.stringify({ resourceType: 'Bundle', type: 'transaction-response', entry }));
    });
  }

  @Get(':type/:id')
  async read(
    @Param('party') party: string,
    @Param('type') type: string,
    @Param('id') id: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const journal = await this.parties.known(party);
    await answer({ journal, request, reply, door: 'read', fault: this.parties.takeFault(party, 'read') }, async () => {
      const [found] = stored(journal).filter(({ resource }) => resource.type === type && resource.id === id);
      if (!found) throw new FhirRefusal(404, 'not-found', 'There is no such resource.');
      return reply
        .status(200)
        .type(fhirJson)
        .send(JSON.stringify(await this.serve(party, journal, found)));
    });
  }

  @Get(':type')
  async search(
    @Param('party') party: string,
    @Param('type') type: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const journal = await this.parties.known(party);
    await answer({ journal, request, reply, door: 'search', fault: this.parties.takeFault(party, 'search') }, async () => {
      const token = tokenOf(new URL(request.url, 'http://clinic').search);
      if (!token) throw new FhirRefusal(400, 'not-supported', 'Search by one identifier or _tag, as system|value.');
      const entry = await Promise.all(
        matching(journal, type, token).map(async (found) => ({
          fullUrl: `${baseOf(request, party)}/${type}/${found.resource.id}`,
          resource: await this.serve(party, journal, found),
          search: { mode: 'match' },
        })),
      );
      return reply
        .status(200)
        .type(fhirJson)
        .send(JSON.stringify({ resourceType: 'Bundle', type: 'searchset', total: entry.length, entry }));
    });
  }

  /** All or nothing, one transaction of a party at a time: conditions are met and what is new is kept in one step. */
  private async keep(party: string, journal: PartyJournal, body: Buffer): Promise<readonly Created[]> {
    const check = checkTransaction(body);
    if (!check.ok) throw new FhirRefusal(check.status, check.code, check.says);
    const honours = this.parties.plan(party).honoursIfNoneExist;
    return journal.inTurn(async () => {
      const created = check.creations.map((creation) => createdBy(journal, creation, honours));
      if (created.some(({ isNew }) => isNew)) {
        const resources = check.creations.flatMap(({ type, tokens }, entry) => {
          const one = created[entry];
          return one?.isNew ? [{ type, id: one.reference.slice(type.length + 1), entry, tokens }] : [];
        });
        const references = Object.fromEntries(check.creations.map(({ fullUrl }, entry) => [fullUrl, created[entry]?.reference ?? fullUrl]));
        await journal.keep(body, check.summary, { resources, references });
      }
      return created;
    });
  }

  private async serve(party: string, journal: PartyJournal, { received, resource }: Found): Promise<object> {
    const bytes = (await journal.bytesOf(received.id)) ?? Buffer.from('{}');
    const served = servedResource(bytes, resource.entry, received.references ?? {});
    const meta = { ...served.meta, versionId: '1', lastUpdated: received.receivedAt };
    const altered = this.parties.plan(party).altersWhatItStores ? { language: 'en' } : {};
    return { ...served, ...altered, id: resource.id, meta };
  }
}

interface Found {
  readonly received: Received;
  readonly resource: StoredResource;
}

function stored(journal: PartyJournal): Found[] {
  return journal.received.flatMap((received) => (received.resources ?? []).map((resource) => ({ received, resource })));
}

function matching(journal: PartyJournal, type: string, token: Token): Found[] {
  return stored(journal).filter(
    ({ resource }) =>
      resource.type === type && resource.tokens.some(({ parameter, value }) => parameter === token.parameter && value === token.value),
  );
}

function createdBy(journal: PartyJournal, { type, condition }: Creation, honours: boolean): Created {
  const found = condition && honours ? matching(journal, type, condition) : [];
  if (found.length > 1) throw new FhirRefusal(412, 'multiple-matches', 'More than one resource meets a condition.');
  return found[0] ? { reference: `${type}/${found[0].resource.id}`, isNew: false } : { reference: `${type}/${newId()}`, isNew: true };
}
