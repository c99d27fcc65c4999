import { Injectable } from '@nestjs/common';
import { readReference } from '#libs/shared/domain';
import { type Referral, ReferralRepository } from '../referral/referral.repository.js';
import { type Audience, audienceOf } from './domain/view.js';
import { type FoundTransfer, TransferRepository } from './transfer.repository.js';
import { isUuid } from './transfer-id.js';

/** `not-found` stands for unknown and for not the caller's: both are answered alike. */
export type FinderRefusal = 'mistyped-reference' | 'not-found';
export type Found = (FoundTransfer & { readonly audience: Audience }) | { readonly refused: FinderRefusal };

/** More transfers of one referral are not looked through for a page; lists have cursors. */
const referralTransfersMax = 200;

/** Finds what a caller names, by id or as people say it, and only what is theirs. `partyId`: the clinic that asks; undefined for staff. */
@Injectable()
export class FinderService {
  constructor(
    private readonly transfers: TransferRepository,
    private readonly referrals: ReferralRepository,
  ) {}

  /** A transfer by its id or by `K7QM-3XPC-2`. */
  async transfer(typed: string, partyId: string | undefined): Promise<Found> {
    const named = isUuid(typed) ? { id: typed.toLowerCase() } : await this.byReference(typed);
    if ('refused' in named) return named;
    const found = await this.transfers.find(named.id);
    const audience = found && audienceOf(found.transfer, partyId);
    return found && audience ? { ...found, audience } : { refused: 'not-found' };
  }

  /** A referral by `K7QM-3XPC`, with those of its transfers that are the caller's. For a clinic that has none, there is no such referral. */
  async referral(
    typed: string,
    partyId: string | undefined,
  ): Promise<{ readonly referral: Referral; readonly transfers: readonly FoundTransfer[] } | { readonly refused: FinderRefusal }> {
    const reading = readReference(typed);
    if ('refused' in reading) return reading;
    const referral = await this.referrals.byReference(reading.reference);
    if (!referral) return { refused: 'not-found' };
    const transfers = await this.transfers.list(
      { referralId: referral._id, ...(partyId !== undefined && { partyId }) },
      referralTransfersMax,
    );
    return partyId !== undefined && transfers.length === 0 ? { refused: 'not-found' } : { referral, transfers };
  }

  private async byReference(typed: string): Promise<{ readonly id: string } | { readonly refused: FinderRefusal }> {
    const reading = readReference(typed);
    if ('refused' in reading) return reading;
    const referral = await this.referrals.byReference(reading.reference);
    const id = reading.number === undefined ? undefined : referral?.transfers[reading.number - 1];
    return id === undefined ? { refused: 'not-found' } : { id };
  }
}
