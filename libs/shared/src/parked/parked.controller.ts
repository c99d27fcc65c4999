import { randomUUID } from 'node:crypto';
import { Body, Controller, Get, HttpCode, Param, Post, type Type } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { type ServiceName, serviceName } from '#libs/contracts';
import { type Cases, Eventing, type ParkedSummary } from '#libs/eventing';
import { asActor, type Caller, CurrentCaller, notFound, parseBody, Roles } from '../http/index.js';
import {
  type DecideParked,
  decideParkedDecision,
  evolveParkedDecision,
  initialParkedDecision,
  type ParkedDecisionState,
  publishParkedDecision,
} from './domain/parked-decision.js';

/** Most parked events shown at once: more is not a list any more but an outage. */
const shownMax = 200;
const reasonLengthMax = 500;
const request = z.object({
  publisher: serviceName,
  action: z.enum(['retry', 'discard']),
  reason: z.string().trim().min(3).max(reasonLengthMax),
});

/** The operator's door of one service: see what is parked, try it again, or discard it with a reason (design.md section 3). Audited before it is done. */
export function parkedController(service: ServiceName): Type<unknown> {
  @ApiTags(service)
  @ApiBearerAuth()
  @Controller(`${service}/parked`)
  class ParkedController {
    private readonly decisions: Cases<ParkedDecisionState, DecideParked, 'already-decided'>;

    constructor(private readonly eventing: Eventing) {
      this.decisions = eventing.cases({
        service,
        collection: 'parked-decisions',
        shape: 1,
        topic: 'bulfinch.access.v1',
        initial: initialParkedDecision,
        decide: decideParkedDecision,
        evolve: evolveParkedDecision,
        publish: (fact) => publishParkedDecision(service, fact),
      });
    }

    @Get()
    @Roles('operator')
    @ApiOperation({ summary: 'Events that could not be applied and were set aside, oldest first' })
    async list(): Promise<{ parked: readonly ParkedSummary[] }> {
      return { parked: await this.eventing.parked(shownMax) };
    }

    @Post(':caseId')
    @HttpCode(200)
    @Roles('operator')
    @ApiOperation({ summary: 'Try a parked event again, or discard it with a reason' })
    async decide(@Param('caseId') caseId: string, @Body() body: unknown, @CurrentCaller() caller: Caller): Promise<{ settled: string }> {
      const { publisher, action, reason } = parseBody(request, body);
      const parked = (await this.eventing.parked(shownMax)).find((one) => one.caseId === caseId && one.publisher === publisher);
      if (!parked) throw notFound();
      const decision = { action, publisher, sequence: parked.sequence, caseId, actor: asActor(caller), reason };
      await this.decisions.handle(randomUUID(), { type: 'Decide', decision });
      return { settled: await this.eventing.decideParked(caseId, publisher, action) };
    }
  }
  return ParkedController;
}
