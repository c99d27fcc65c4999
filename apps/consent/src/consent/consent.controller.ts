import { Body, Controller, Get, HttpCode, Param, Post, Put, Res } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { instant } from '#libs/contracts';
import { type Caller, CurrentCaller, FhirDoor, notFound, Problem, parseBody, Roles } from '#libs/shared/http';
import { ConsentService, type RevokeOutcome } from './consent.service.js';
import type { ConsentRefusal } from './domain/consent.js';
import type { DirectiveProblem } from './domain/directive.js';

const fhirJson = 'application/fhir+json; fhirVersion=4.0';
const revokeRequest = z.strictObject({
  by: z.enum(['patient', 'representative', 'privacy-officer']),
  form: z.enum(['written', 'oral', 'electronic']),
  receivedAt: instant,
});
const id = z.uuid();

/** FHIR R4 Consent in and out (doors.md). Refusals are OperationOutcomes. */
@ApiTags('consents')
@FhirDoor()
@Controller('consent/consents')
export class ConsentController {
  constructor(private readonly consents: ConsentService) {}

  @Put(':id')
  @Roles('records-staff', 'privacy-officer')
  @ApiOperation({ summary: 'Enter a FHIR R4 Consent. Immutable once active; what is not enforced is refused with its path.' })
  @ApiConsumes('application/fhir+json', 'application/json')
  @ApiBody({ schema: { type: 'object', description: 'FHIR R4 Consent' } })
  async put(
    @Param('id') consentId: string,
    @Body() body: unknown,
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    if (!id.safeParse(consentId).success) throw new Problem(422, 'element-not-valid', sentences['element-not-valid'], ['Consent.id']);
    const outcome = await this.consents.give(consentId, body, caller.actor);
    if ('path' in outcome) throw new Problem(422, outcome.refused, sentences[outcome.refused], [outcome.path]);
    if ('refused' in outcome) throw refusal(outcome.refused);
    void reply.status(outcome.given === 'created' ? 201 : 200).type(fhirJson);
    if (outcome.given === 'created') void reply.header('Location', `/consent/consents/${consentId}`);
    return JSON.stringify(outcome.consent);
  }

  @Get(':id')
  @Roles('records-staff', 'privacy-officer', 'reviewer')
  @ApiOperation({ summary: 'The Consent with R4 status active or inactive; a tag tells active, revoking, revoked or expired.' })
  async get(
    @Param('id') consentId: string,
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    const consent = id.safeParse(consentId).success ? await this.consents.show(consentId, caller.actor) : undefined;
    if (!consent) throw notFound();
    void reply.type(fhirJson);
    return JSON.stringify(consent);
  }

  @Post(':id/revoke')
  @HttpCode(202)
  @Roles('records-staff', 'privacy-officer')
  @ApiOperation({ summary: 'Revoke: every gate that rests on it shuts. Repeat to hear how far it has come and what had left.' })
  @ApiBody({ schema: z.toJSONSchema(revokeRequest) as never })
  async revoke(@Param('id') consentId: string, @Body() body: unknown, @CurrentCaller() caller: Caller): Promise<RevokeOutcome> {
    const revocation = parseBody(revokeRequest, body);
    const outcome = id.safeParse(consentId).success ? await this.consents.revoke(consentId, revocation, caller.actor) : undefined;
    if (!outcome) throw notFound();
    return outcome;
  }
}

const sentences: Record<DirectiveProblem, string> = {
  'element-missing': 'The Consent lacks an element without which it cannot be enforced.',
  'element-not-valid': 'An element of the Consent has not the form or value that is accepted.',
  'element-not-enforced': 'The Consent says something that this house does not enforce; it is refused, not ignored.',
  contradiction: 'Two elements of the Consent contradict each other.',
};

function refusal(code: ConsentRefusal): Problem {
  switch (code) {
    case 'content-differs':
      return new Problem(409, code, 'A Consent is immutable once active. Enter a new one and revoke this one.');
    case 'no-longer-active':
      return new Problem(409, code, 'This Consent was revoked and never opens again. Enter a new one.');
    case 'other-patient':
      return new Problem(422, 'consent-other-patient', 'This Consent belongs to another patient.', ['Consent.patient']);
    case 'expired':
      return new Problem(422, 'consent-expired', 'The period of the Consent is over already.', ['Consent.provision.period.end']);
    case 'already-given':
    case 'already-revoked':
    case 'no-consent':
    case 'used-by-another':
    case 'not-waiting':
      throw new Error(`not an answer to entering a consent: ${code}`);
  }
}
