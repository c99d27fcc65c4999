import { Body, Controller, Get, Param, Put, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { partyId } from '#libs/contracts';
import { asActor, type Caller, CurrentCaller, notFound, Problem, parseBody, Roles } from '#libs/shared/http';
import type { KnownParty } from './directory.repository.js';
import { DirectoryService, type EnterRefusal } from './directory.service.js';
import { partyQuery, partyRequest } from './party.requests.js';

const sentences: Record<EnterRefusal, string> = {
  'tls-required': 'A recipient outside of the house is reached over https.',
  'base-url-not-plain': 'The base URL and the token URL have no user, query or fragment.',
  'token-missing': 'Send the bearer token of a recipient that has none yet.',
  'key-missing':
    'Put the private key of this recipient into the folder DELIVERY_CLIENT_KEYS_DIR first: a JWK with kid and alg ES384 or RS384.',
  'versions-spent': 'This party has changed too often.',
};

/** The directory of parties (doors.md). Secrets go in and never come out. */
@ApiTags('recipients')
@ApiBearerAuth()
@Controller('delivery/recipients')
export class DirectoryController {
  constructor(private readonly directory: DirectoryService) {}

  @Put(':id')
  @Roles('records-staff', 'operator', 'system')
  @ApiOperation({ summary: 'Enter or change a party. 201 when it is new, 200 otherwise; the version rises only on a real change.' })
  // The cast: zod writes JSON Schema, which OpenAPI 3.1 takes.
  @ApiBody({ schema: z.toJSONSchema(partyRequest, { io: 'input' }) as never })
  async enter(
    @Param('id') id: string,
    @Body() body: unknown,
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<object> {
    if (!partyId.safeParse(id).success) throw new Problem(400, 'not-valid', 'A party id is up to 64 letters, digits and hyphens.', ['id']);
    const entered = await this.directory.enter(id, parseBody(partyRequest, body), asActor(caller));
    if ('refused' in entered) throw new Problem(422, entered.refused, sentences[entered.refused]);
    void reply.status(entered.isNew ? 201 : 200);
    return view(entered.party);
  }

  @Get(':id')
  @Roles('records-staff', 'reviewer', 'privacy-officer', 'operator', 'system')
  @ApiOperation({ summary: 'One party, without its secrets' })
  async read(@Param('id') id: string): Promise<object> {
    const party = await this.directory.find(id);
    if (!party) throw notFound();
    return view(party);
  }

  @Get()
  @Roles('records-staff', 'reviewer', 'privacy-officer', 'operator', 'system')
  @ApiOperation({ summary: 'Parties by part of their name, country and kind' })
  async search(@Query() query: unknown): Promise<object> {
    return { recipients: (await this.directory.search(parseBody(partyQuery, query))).map(view) };
  }
}

function view({ id, version, channelHash, party }: KnownParty): object {
  const { channel, ...rest } = party;
  // A token never leaves; where tokens come from is no secret.
  const auth = channel.auth.type === 'bearer' ? { type: 'bearer', hasToken: true } : channel.auth;
  return { id, version, channelHash, ...rest, channel: { ...channel, auth } };
}
