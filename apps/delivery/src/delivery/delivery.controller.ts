import { Body, Controller, Get, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { AccessLog } from '#libs/shared/access';
import { asActor, type Caller, CurrentCaller, hasRole, notFound, Problem, parseBody, Roles } from '#libs/shared/http';
import { DirectoryService } from '../directory/directory.service.js';
import { DELIVERIES, type DeliveryCases, DeliveryRepository } from './delivery.repository.js';
import { acknowledgementRequest, holdAnswerRequest } from './delivery.requests.js';
import { deliveryView } from './delivery.view.js';
import type { Acknowledgement, DeliveryInput, DeliveryRefusal, TransferDeliveries } from './domain/delivery.js';

const sentences: Partial<Record<DeliveryRefusal, string>> = {
  'nothing-handed': 'Nothing was sent whose end is unknown.',
  'gate-not-open': 'The consent was revoked or the transfer cancelled: nothing more leaves.',
  'recipient-unknown': 'The recipient is not in the directory or suspended.',
};

/** Deliveries as people see and answer them (doors.md). Every read is recorded first. */
@ApiTags('deliveries')
@ApiBearerAuth()
@Controller('delivery')
export class DeliveryController {
  constructor(
    @Inject(DELIVERIES) private readonly cases: DeliveryCases,
    private readonly deliveries: DeliveryRepository,
    private readonly directory: DirectoryService,
    private readonly accesses: AccessLog,
  ) {}

  @Get('transfers/:id')
  @Roles('records-staff', 'reviewer', 'privacy-officer')
  @ApiOperation({ summary: 'Deliveries of a transfer: attempts with times and outcomes, evidence, the receiver’s locations' })
  async read(@Param('id') id: string, @CurrentCaller() caller: Caller): Promise<object> {
    const state = await this.deliveries.find(id);
    const patientId = state?.deliveries.at(-1)?.patientId;
    if (!state || patientId === undefined) throw notFound();
    await this.accesses.record({ action: 'read', object: { kind: 'delivery', id }, patientId, actor: asActor(caller) });
    return { transferId: id, deliveries: state.deliveries.map(deliveryView) };
  }

  @Post('deliveries/:id/acknowledgements')
  @HttpCode(200)
  @Roles('records-staff', 'clinic')
  @ApiOperation({ summary: 'The recipient says by name and role that it has the package; told once' })
  // The casts of this file: zod writes JSON Schema, which OpenAPI 3.1 takes.
  @ApiBody({ schema: z.toJSONSchema(acknowledgementRequest, { io: 'input' }) as never })
  async acknowledge(@Param('id') id: string, @Body() body: unknown, @CurrentCaller() caller: Caller): Promise<object> {
    const found = await this.deliveries.transferOf(id);
    const delivery = found?.state.deliveries.find((one) => one.deliveryId === id);
    const isOwn = hasRole(caller, 'records-staff') || caller.partyId === delivery?.recipient.recipientId;
    if (!found || !delivery || !isOwn) throw notFound();
    const acknowledgement: Acknowledgement = { ...parseBody(acknowledgementRequest, body), at: Date.now(), actor: asActor(caller) };
    const state = await this.handle(found.transferId, { type: 'Acknowledge', deliveryId: id, acknowledgement });
    return { deliveryId: id, evidence: state.deliveries.find((one) => one.deliveryId === id)?.evidence ?? [] };
  }

  @Post('transfers/:id/holds/:holdId')
  @HttpCode(200)
  @Roles('records-staff', 'privacy-officer')
  @ApiOperation({ summary: 'Answers a stop: send again, it was received, or give up; with a reason' })
  @ApiBody({ schema: z.toJSONSchema(holdAnswerRequest, { io: 'input' }) as never })
  async answerHold(
    @Param('id') id: string,
    @Param('holdId') holdId: string,
    @Body() body: unknown,
    @CurrentCaller() caller: Caller,
  ): Promise<object> {
    const answer = parseBody(holdAnswerRequest, body);
    const state = await this.deliveries.find(id);
    const delivery = state?.deliveries.find((one) => one.progress.status === 'held' && one.progress.hold.id === holdId);
    if (!delivery) throw notFound();
    const recipient = await this.directory.recipient(delivery.recipient.recipientId);
    const after = await this.handle(id, { type: 'AnswerHold', holdId, ...answer, actor: asActor(caller), recipient, now: Date.now() });
    return { transferId: id, state: after.deliveries.find((one) => one.deliveryId === delivery.deliveryId)?.progress.status };
  }

  /** The state after the input; a repeat of what is so already answers like the first time. */
  private async handle(transferId: string, input: DeliveryInput): Promise<TransferDeliveries> {
    const outcome = await this.cases.handle(transferId, input);
    if (!('refused' in outcome) || outcome.refused === 'already-acknowledged') return outcome.state;
    if (outcome.refused === 'no-such-hold' || outcome.refused === 'no-such-delivery') throw notFound();
    throw new Problem(409, outcome.refused, sentences[outcome.refused]);
  }
}
