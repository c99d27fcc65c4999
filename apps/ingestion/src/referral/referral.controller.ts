import { Controller, Get, Param } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { AccessLog } from '#libs/shared/access';
import { showReference } from '#libs/shared/domain';
import { type Caller, CurrentCaller, Roles } from '#libs/shared/http';
import { clinicOf, hospitalReaders } from '../transfer/audience.js';
import { summaries } from '../transfer/domain/view.js';
import { FinderService } from '../transfer/finder.service.js';
import { problemOf } from '../transfer/problems.js';

/** Everything under one reference that the caller may see. */
@ApiTags('referrals')
@ApiBearerAuth()
@Controller('ingestion/referrals')
export class ReferralController {
  constructor(
    private readonly finder: FinderService,
    private readonly accesses: AccessLog,
  ) {}

  @Get(':reference')
  @Roles(...hospitalReaders, 'clinic')
  @ApiOperation({ summary: 'A referral by its spoken reference, with its transfers, newest first.' })
  async show(@Param('reference') typed: string, @CurrentCaller() caller: Caller): Promise<object> {
    const partyId = clinicOf(caller);
    const found = await this.finder.referral(typed, partyId);
    if ('refused' in found) throw problemOf(found.refused);
    const { referral, transfers } = found;
    const { patientId } = referral;
    await this.accesses.record({ action: 'read', object: { kind: 'referral', id: referral._id }, patientId, actor: caller.actor });
    return {
      referralId: referral._id,
      reference: showReference(referral.reference),
      ...(partyId === undefined && { patientId }),
      transfers: summaries(transfers, partyId),
    };
  }
}
