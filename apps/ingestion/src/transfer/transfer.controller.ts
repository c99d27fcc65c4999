import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { AccessLog } from '#libs/shared/access';
import { type Caller, CurrentCaller, notFound, notThereYet, parseBody, Roles } from '#libs/shared/http';
import { LinkService } from '../patient/link.service.js';
import { SubmissionService } from '../submission/submission.service.js';
import { clinicOf, hospitalReaders } from './audience.js';
import { leftBefore, openHolds } from './domain/standing.js';
import type { OpenTransfer } from './domain/transfer.js';
import { summaries, type TransferSummary, type TransferTruth, type TransferView, truth, view } from './domain/view.js';
import { FinderService, type Found } from './finder.service.js';
import { problemOf } from './problems.js';
import { TRANSFERS, type TransferCases, TransferRepository } from './transfer.repository.js';
import { clinicQuery, cursorAfter, endRequest, staffQuery } from './transfer.requests.js';

/** Transfers of one page. */
const pageSize = 50;

interface EndTruth extends TransferTruth {
  readonly leftBefore: string;
  readonly evidence: readonly object[];
}

/** Doors of the transfer: submit, stop, follow, list. */
@ApiTags('transfers')
@ApiBearerAuth()
@Controller('ingestion/transfers')
export class TransferController {
  constructor(
    private readonly finder: FinderService,
    private readonly repository: TransferRepository,
    private readonly accesses: AccessLog,
    private readonly links: LinkService,
    private readonly submission: SubmissionService,
    @Inject(TRANSFERS) private readonly transfers: TransferCases,
  ) {}

  @Post(':id/submit')
  @HttpCode(202)
  @Roles('records-staff', 'clinic')
  @ApiOperation({ summary: 'Hand the transfer over. From here it is never lost.' })
  async submit(@Param('id') named: string, @CurrentCaller() caller: Caller): Promise<TransferTruth> {
    const found = await this.ownTransfer(named, caller, 'change');
    const outcome = await this.submission.submit(found, caller.actor);
    if ('refused' in outcome) throw problemOf(outcome.refused);
    return truth(found.id, opened(outcome.state), found.audience);
  }

  @Post(':id/cancel')
  @HttpCode(202)
  @Roles('records-staff', 'privacy-officer', 'clinic')
  @ApiOperation({ summary: 'Nothing more shall leave. Answers what is known to have left.' })
  cancel(@Param('id') named: string, @Body() body: unknown, @CurrentCaller() caller: Caller): Promise<EndTruth> {
    return this.end('cancel', { named, body, caller });
  }

  @Post(':id/recall')
  @HttpCode(202)
  @Roles('records-staff', 'privacy-officer', 'clinic')
  @ApiOperation({ summary: 'Recall what was delivered: every opening is shut, and what had left is told.' })
  recall(@Param('id') named: string, @Body() body: unknown, @CurrentCaller() caller: Caller): Promise<EndTruth> {
    return this.end('recall', { named, body, caller });
  }

  @Get(':id')
  @Roles(...hospitalReaders, 'clinic')
  @ApiOperation({ summary: 'Where a transfer stands, whose turn it is, what happened, what is proved.' })
  async status(@Param('id') named: string, @CurrentCaller() caller: Caller): Promise<TransferView> {
    const { id, transfer, audience } = await this.ownTransfer(named, caller, 'read');
    const { patientId } = transfer.facts;
    await this.accesses.record({ action: 'read', object: { kind: 'transfer', id }, patientId, actor: caller.actor });
    return view(id, transfer, audience);
  }

  @Get()
  @Roles(...hospitalReaders, 'clinic')
  @ApiOperation({ summary: 'Transfers, newest first, in pages.' })
  async list(@Query() query: unknown, @CurrentCaller() caller: Caller): Promise<{ transfers: readonly TransferSummary[]; next?: string }> {
    const partyId = clinicOf(caller);
    const asked: z.infer<typeof staffQuery> = partyId === undefined ? parseBody(staffQuery, query) : parseBody(clinicQuery, query);
    const { cursor: after, referral, patient, ...filters } = asked;
    const found = referral === undefined ? undefined : await this.finder.referral(referral, partyId);
    if (found && 'refused' in found && found.refused !== 'not-found') throw problemOf(found.refused);
    await this.accesses.record({
      action: 'search',
      object: { kind: 'transfer' },
      ...(patient !== undefined && { patientId: patient }),
      actor: caller.actor,
    });
    if (found && 'refused' in found) return { transfers: [] };
    const patients = patient === undefined ? undefined : await this.links.joinedWith(patient);
    const page = await this.repository.list({ ...filters, partyId, after, patients, referralId: found?.referral._id }, pageSize + 1);
    const shown = page.slice(0, pageSize);
    const last = page.length > pageSize ? shown.at(-1) : undefined;
    return {
      transfers: summaries(shown, partyId),
      ...(last && { next: cursorAfter(last.id) }),
    };
  }

  @Post(':id/holds/:holdId')
  @Roles('records-staff', 'reviewer', 'privacy-officer', 'operator', 'specialist')
  @ApiOperation({ summary: 'Answer a hold: the service that made it has the door.' })
  async answerHold(@Param('id') named: string, @Param('holdId') holdId: string): Promise<never> {
    const found = await this.finder.transfer(named, undefined);
    if ('refused' in found) throw problemOf(found.refused);
    const hold = openHolds(found.transfer).find((open) => open.id === holdId);
    if (!hold) throw notFound();
    throw notThereYet(`This hold is answered where it was made: POST /${hold.service}/transfers/{id}/holds/{holdId}.`);
  }

  private async end(
    how: 'cancel' | 'recall',
    { named, body, caller }: { named: string; body: unknown; caller: Caller },
  ): Promise<EndTruth> {
    const { reason } = parseBody(endRequest, body);
    const { id, audience } = await this.ownTransfer(named, caller, 'change');
    const outcome = await this.transfers.handle(id, { type: 'End', how, reason, actor: caller.actor, at: new Date().toISOString() });
    if ('refused' in outcome) throw problemOf(outcome.refused);
    const transfer = opened(outcome.state);
    return { ...truth(id, transfer, audience), leftBefore: leftBefore(transfer), evidence: transfer.heard.delivery.evidence ?? [] };
  }

  private async ownTransfer(named: string, caller: Caller, wish: 'read' | 'change'): Promise<Exclude<Found, { refused: unknown }>> {
    const found = await this.finder.transfer(named, clinicOf(caller));
    if ('refused' in found) throw problemOf(found.refused);
    // A clinic that received records may look at the transfer; stopping or adding to it is the sender's.
    if (wish === 'change' && found.audience === 'recipient') throw problemOf('not-yours-to-change');
    return found;
  }
}

function opened(state: OpenTransfer | { readonly status: 'absent' }): OpenTransfer {
  if (state.status === 'absent') throw new Error('an accepted step leaves an open transfer');
  return state;
}
