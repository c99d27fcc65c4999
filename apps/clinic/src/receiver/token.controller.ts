import { type CanActivate, Controller, type ExecutionContext, HttpCode, Injectable, Param, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Clients } from './clients.service.js';
import { FhirRefusal } from './outcome.filter.js';
import { Parties } from './parties.service.js';

/** The token endpoint of a party: SMART Backend Services, client credentials by a signed assertion (RFC 7523). */
@Controller(':party/oauth')
export class TokenController {
  constructor(
    private readonly parties: Parties,
    private readonly clients: Clients,
  ) {}

  @Post('token')
  @HttpCode(200)
  async token(@Param('party') party: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const journal = await this.parties.known(party);
    const form = new URLSearchParams(Buffer.isBuffer(request.body) ? request.body.toString('utf8') : '');
    const given = await this.clients.token(party, form, `${request.protocol}://${request.host}/${party}/oauth/token`);
    const status = given ? 200 : 400;
    await journal.note({
      at: new Date().toISOString(),
      method: 'POST',
      door: 'token',
      answer: status,
      sizeBytes: form.size,
      isAuthorized: given !== undefined,
    });
    const body = given ? { access_token: given.token, token_type: 'bearer', expires_in: given.lifeSeconds } : { error: 'invalid_client' };
    void reply.status(status).header('cache-control', 'no-store').type('application/json').send(JSON.stringify(body));
  }
}

/** Stands before the FHIR doors of a party that knows a client. */
@Injectable()
export class TokenGuard implements CanActivate {
  constructor(private readonly clients: Clients) {}

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<FastifyRequest<{ Params: { party: string } }>>();
    if (!this.clients.isKnown(request.params.party, request.headers.authorization))
      throw new FhirRefusal(401, 'login', 'Come with a token of this clinic.');
    return true;
  }
}
