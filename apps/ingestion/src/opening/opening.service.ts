import { createHash, randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { TransferFacts } from '#libs/contracts';
import type { Caller } from '#libs/shared/http';
import { CONFIG, type IngestionConfig } from '../config.js';
import { DirectoryService } from '../directory/directory.service.js';
import type { PatientRefusal } from '../patient/domain/patient.js';
import { type PatientMeant, PatientService } from '../patient/patient.service.js';
import { type Referral, ReferralRepository } from '../referral/referral.repository.js';
import type { Asked, OpenTransfer } from '../transfer/domain/transfer.js';
import { FinderService } from '../transfer/finder.service.js';
import { TRANSFERS, type TransferCases } from '../transfer/transfer.repository.js';
import { newTransferId } from '../transfer/transfer-id.js';
import { type OpeningRefusal, refusalOf } from './domain/opening.js';
import { type Opening, OpeningRepository } from './opening.repository.js';
import type { OpeningRequest } from './opening.requests.js';

export type OpeningProblem =
  | OpeningRefusal
  | PatientRefusal
  | 'key-used-for-other'
  | 'sender-missing'
  | 'recipient-missing'
  | 'sender-not-yours'
  | 'mistyped-reference'
  | 'unknown-referral'
  | 'referral-other-patient'
  | 'referral-full'
  | 'unknown-transfer';
export type Opened = { readonly id: string; readonly transfer: OpenTransfer } | { readonly refused: OpeningProblem };

/** What a request asks for, with defaults filled in and every named thing found. */
interface Plan {
  readonly facts: Omit<TransferFacts, 'patientId' | 'referralId'>;
  readonly asked: Asked;
  readonly patient: PatientMeant;
  readonly patientId: string | undefined;
  readonly referral: Referral | undefined;
}

/** Opens transfers: the same key and request give the same transfer, however often, also at once and after a crash (doors.md). */
@Injectable()
export class OpeningService {
  constructor(
    @Inject(TRANSFERS) private readonly transfers: TransferCases,
    @Inject(CONFIG) private readonly config: IngestionConfig,
    private readonly openings: OpeningRepository,
    private readonly patients: PatientService,
    private readonly referrals: ReferralRepository,
    private readonly directory: DirectoryService,
    private readonly finder: FinderService,
  ) {}

  /** `partyId`: the clinic that asks; undefined for staff. */
  async open(request: OpeningRequest, key: string, caller: Caller, partyId: string | undefined): Promise<Opened> {
    const id = JSON.stringify([caller.subject, key]);
    const requestHash = createHash('sha256').update(JSON.stringify(request)).digest('hex');
    const known = await this.openings.find(id);
    if (known && known.requestHash !== requestHash) return { refused: 'key-used-for-other' };
    const opened = known && (await this.opened(known.transferId));
    if (opened) return opened;
    // Refused before anything is written: a request that was mended may use its key again.
    const plan = await this.plan(request, caller, partyId);
    if ('refused' in plan) return plan;
    const opening = known ?? (await this.openings.claim(newOpening(id, requestHash, plan)));
    if (opening.requestHash !== requestHash) return { refused: 'key-used-for-other' };
    return this.carryOut(opening, plan);
  }

  /** Every step finds what an earlier try of it has made: the ids are those of the opening. */
  private async carryOut(opening: Opening, plan: Plan): Promise<Opened> {
    const { transferId, referralId } = opening;
    const patientId = await this.patients.register(opening.patientId, plan.patient);
    const { reference } = plan.referral ?? (await this.referrals.open({ id: referralId, patientId }));
    const number = await this.referrals.number(referralId, transferId);
    if (number === undefined) return { refused: 'referral-full' };
    const facts = { ...plan.facts, patientId, referralId };
    const at = new Date().toISOString();
    const outcome = await this.transfers.handle(transferId, { type: 'Open', facts, reference, number, asked: plan.asked, at });
    // Refused only as already open: the same request came twice at once, and the other one wrote first.
    if (outcome.state.status !== 'open') throw new Error(`transfer ${transferId} was not opened`);
    return { id: transferId, transfer: outcome.state };
  }

  private async plan(request: OpeningRequest, caller: Caller, partyId: string | undefined): Promise<Plan | { refused: OpeningProblem }> {
    const parties = this.parties(request, partyId);
    if ('refused' in parties) return parties;
    const { direction, purpose, authority } = request;
    const consentIds = [...new Set(authority.consentIds ?? [])];
    const terms = { direction, ...parties, purpose, basis: authority.basis, consentIds };
    const refused = refusalOf(terms, await this.directory.find(parties.recipientId), new Date().toISOString());
    if (refused) return { refused };
    const patient: PatientMeant =
      'patientId' in request.patient ? request.patient : { details: request.patient, givenByStaff: partyId === undefined };
    const found = await this.patients.find(patient);
    if ('refused' in found) return found;
    const referral = await this.referral(request, partyId, found.patientId);
    if (referral && 'refused' in referral) return referral;
    const asked = await this.asked(request, partyId);
    if ('refused' in asked) return asked;
    const facts = { ...terms, scope: request.scope ?? {}, onWithheld: request.onWithheld ?? 'hold', actor: caller.actor };
    return { facts, asked, patient, patientId: found.patientId, referral };
  }

  private parties(
    { direction, senderId, recipientId }: OpeningRequest,
    partyId: string | undefined,
  ): { senderId: string; recipientId: string } | { refused: OpeningProblem } {
    const hospital = this.config.HOSPITAL_PARTY_ID;
    if (partyId !== undefined) {
      if (senderId !== undefined && senderId !== partyId) return { refused: 'sender-not-yours' };
      return { senderId: partyId, recipientId: recipientId ?? hospital };
    }
    const sender = senderId ?? (direction === 'outbound' ? hospital : undefined);
    const recipient = recipientId ?? (direction === 'inbound' ? hospital : undefined);
    if (sender === undefined) return { refused: 'sender-missing' };
    return recipient === undefined ? { refused: 'recipient-missing' } : { senderId: sender, recipientId: recipient };
  }

  /** The referral named, if any. A clinic may name one in which it has a transfer of its own; other ones do not exist for it. */
  private async referral(
    request: OpeningRequest,
    partyId: string | undefined,
    patientId: string | undefined,
  ): Promise<Referral | { refused: OpeningProblem } | undefined> {
    if (request.referral === undefined) return undefined;
    const found = await this.finder.referral(request.referral, partyId);
    if ('refused' in found) return { refused: found.refused === 'not-found' ? 'unknown-referral' : found.refused };
    // Somebody the register knows must be the referral's patient; a person told anew is matched later, by a person.
    if (patientId !== undefined && patientId !== found.referral.patientId) return { refused: 'referral-other-patient' };
    return found.referral;
  }

  private async asked(request: OpeningRequest, partyId: string | undefined): Promise<Asked | { refused: OpeningProblem }> {
    const { requester, neededBy, replaces, inReplyTo } = request;
    const asked: Record<string, unknown> = { requester, ...(neededBy !== undefined && { neededBy }) };
    for (const [name, typed] of Object.entries({ replaces, inReplyTo })) {
      if (typed === undefined) continue;
      const found = await this.finder.transfer(typed, partyId);
      if ('refused' in found) return { refused: found.refused === 'not-found' ? 'unknown-transfer' : found.refused };
      asked[name] = found.id;
    }
    return asked as unknown as Asked; // built from the request's own typed fields just above
  }

  private async opened(transferId: string): Promise<Opened | undefined> {
    const state = (await this.transfers.load(transferId))?.state;
    return state?.status === 'open' ? { id: transferId, transfer: state } : undefined;
  }
}

function newOpening(_id: string, requestHash: string, plan: Plan): Opening {
  const at = new Date();
  return {
    _id,
    requestHash,
    transferId: newTransferId(at),
    patientId: plan.patientId ?? randomUUID(),
    referralId: plan.referral?._id ?? randomUUID(),
    at,
  };
}
