import { Controller, Get, HttpCode, Param, Put, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Clients, clientRequest } from './clients.service.js';
import { faultPlan } from './faults.js';
import { FhirRefusal } from './outcome.filter.js';
import { Parties } from './parties.service.js';
import type { PartyJournal, Received, RequestLine } from './party.journal.js';

/** Doors of the tests and the demo, for this machine alone: plan faults, see what was received. */
@Controller(':party/control')
export class ControlController {
  constructor(
    private readonly parties: Parties,
    private readonly clients: Clients,
  ) {}

  @Put('faults')
  @HttpCode(204)
  async plan(@Param('party') party: string, @Req() request: FastifyRequest): Promise<void> {
    await this.journalOf(party, request);
    const parsed = faultPlan.safeParse(jsonOf(request));
    if (!parsed.success) throw new FhirRefusal(400, 'invalid', 'Send {sequence: [...]}.');
    this.parties.setPlan(party, parsed.data);
  }

  /** Makes a client known; from then on this party is open to it alone. */
  @Put('client')
  @HttpCode(204)
  async client(@Param('party') party: string, @Req() request: FastifyRequest): Promise<void> {
    await this.journalOf(party, request);
    const parsed = clientRequest.safeParse(jsonOf(request));
    if (!parsed.success) throw new FhirRefusal(400, 'invalid', 'Send {clientId, jwks: {keys: [...]}}.');
    this.clients.register(party, parsed.data);
  }

  @Get('received')
  async received(@Param('party') party: string, @Req() request: FastifyRequest): Promise<readonly Received[]> {
    return (await this.journalOf(party, request)).received;
  }

  /** The bytes exactly as they came. */
  @Get('received/:id')
  async bytes(
    @Param('party') party: string,
    @Param('id') id: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const bytes = await (await this.journalOf(party, request)).bytesOf(id);
    if (!bytes) throw new FhirRefusal(404, 'not-found', 'There is no such Bundle.');
    void reply.type('application/octet-stream').send(bytes);
  }

  /** Every request that came, accepted or not. */
  @Get('requests')
  async requests(@Param('party') party: string, @Req() request: FastifyRequest): Promise<readonly RequestLine[]> {
    return (await this.journalOf(party, request)).requests;
  }

  private async journalOf(party: string, request: FastifyRequest): Promise<PartyJournal> {
    const isLocal =
      request.socket.remoteAddress === '127.0.0.1' ||
      request.socket.remoteAddress === '::1' ||
      request.socket.remoteAddress === '::ffff:127.0.0.1';
    const journal = isLocal ? await this.parties.journal(party) : undefined;
    if (!journal) throw new FhirRefusal(404, 'not-found', 'There is no such door.');
    return journal;
  }
}

function jsonOf(request: FastifyRequest): unknown {
  try {
    return JSON.parse(Buffer.isBuffer(request.body) ? request.body.toString('utf8') : '');
  } catch {
    return undefined; // Refused by the schema.
  }
}
