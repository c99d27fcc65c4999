import { Controller, Inject } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import type { EventOn, TransferFacts } from '#libs/contracts';
import type { IncomingMessage, Settled } from '#libs/eventing';
import { assertNever } from '#libs/shared/domain';
import { CONFIG, type ConsentConfig } from '../config.js';
import { ConsentRepository } from '../consent/consent.repository.js';
import { speaksOf, timeOf } from '../consent/domain/coverage.js';
import type { Attempt } from './domain/leaving.js';
import type { ConsentReading, ReleaseInput } from './domain/release.js';
import { RELEASES, type ReleaseCases } from './release.repository.js';

/** Listens to normalization (records, withdrawals) and to delivery (asks for permits, and how attempts ended). */
@Controller()
export class ReleaseConsumer {
  constructor(
    @Inject(RELEASES) private readonly releases: ReleaseCases,
    private readonly consents: ConsentRepository,
    @Inject(CONFIG) private readonly config: ConsentConfig,
  ) {}

  @EventPattern<string>('bulfinch.normalization.v1', { reader: 'consent' })
  onNormalization(@Payload() message: IncomingMessage): Promise<Settled> {
    return this.releases.receive('bulfinch.normalization.v1', message, fromNormalization);
  }

  /** The consents are read anew for every compare-and-set attempt, before its step: a revocation that was acknowledged is seen. */
  @EventPattern<string>('bulfinch.delivery.v1', { reader: 'consent' })
  onDelivery(@Payload() message: IncomingMessage): Promise<Settled> {
    return this.releases.receive('bulfinch.delivery.v1', message, (event, now) =>
      event.type === 'org.bulfinch.delivery.permit-asked.v1' ? this.asked(event, now) : fromDelivery(event),
    );
  }

  private async asked({ id, subject, data }: AskEvent, now: Date): Promise<ReleaseInput> {
    const state = (await this.releases.load(subject))?.state;
    const restsOn = state && 'restsOn' in state ? state.restsOn : [];
    const consents = await Promise.all(restsOn.map((consentId) => this.reading(consentId)));
    const isDenied = state && 'facts' in state && state.facts ? await this.isDenied(state.facts, now) : false;
    const lifeMs = this.config.PERMIT_LIFE_MS;
    return { type: 'PermitAsked', permitId: id, release: data.release, consents, isDenied, lifeMs, now: now.getTime() };
  }

  /** A deny that was acknowledged refuses at once, also before its work has shut the gate. Nothing of ours is withheld from what comes in. */
  private async isDenied(facts: TransferFacts, now: Date): Promise<boolean> {
    if (facts.direction !== 'outbound') return false;
    const directives = await this.consents.activeOf(facts.patientId);
    return directives.some(
      (one) => one.type === 'deny' && !one.kinds?.length && timeOf(one, now.getTime()) === 'in-force' && speaksOf(one, facts),
    );
  }

  private async reading(consentId: string): Promise<ConsentReading> {
    const consent = await this.consents.readLatest(consentId);
    if (consent?.status !== 'active') return { consentId, isActive: false };
    const { startsAt, expiresAt } = consent.directive;
    return {
      consentId,
      isActive: true,
      ...(startsAt === undefined ? {} : { startsAt }),
      ...(expiresAt === undefined ? {} : { expiresAt }),
    };
  }
}

type DeliveryEvent = EventOn<'bulfinch.delivery.v1'>;
type AskEvent = Extract<DeliveryEvent, { type: 'org.bulfinch.delivery.permit-asked.v1' }>;

function fromNormalization(event: EventOn<'bulfinch.normalization.v1'>): ReleaseInput | undefined {
  switch (event.type) {
    case 'org.bulfinch.normalization.record-normalized.v1':
      return { type: 'RecordNormalized', facts: event.data.facts, record: event.data.record };
    case 'org.bulfinch.normalization.transfer-withdrawn.v1':
      return { type: 'Withdrawn', how: event.data.how };
    case 'org.bulfinch.normalization.normalization-started.v1':
    case 'org.bulfinch.normalization.record-held.v1':
    case 'org.bulfinch.normalization.record-hold-answered.v1':
    case 'org.bulfinch.normalization.documents-refused.v1':
      return undefined;
    default:
      return assertNever(event);
  }
}

/** Every event that ends a permit takes it off; what it says of the bytes is kept for "what had left". */
function fromDelivery(event: Exclude<DeliveryEvent, AskEvent>): ReleaseInput | undefined {
  switch (event.type) {
    case 'org.bulfinch.delivery.attempt-started.v1':
      return heard('started', event.data.permitId, false);
    case 'org.bulfinch.delivery.permit-voided.v1':
      return heard('unsent', event.data.permitId);
    case 'org.bulfinch.delivery.attempt-failed.v1': {
      const { reason, permitId } = event.data;
      // Every other known failure is an answer to bytes that were sent.
      return heard(reason === 'not-connected' || reason === 'permit-over' ? 'unsent' : 'sent', permitId);
    }
    case 'org.bulfinch.delivery.attempt-unknown.v1':
      return heard('unknown', event.data.permitId);
    case 'org.bulfinch.delivery.delivered.v1':
      return heard('sent', event.data.permitId);
    case 'org.bulfinch.delivery.evidence-added.v1':
      return heard('sent');
    case 'org.bulfinch.delivery.delivery-hold-answered.v1':
      return event.data.decision === 'was-received' ? heard('sent') : undefined;
    case 'org.bulfinch.delivery.delivery-opened.v1':
    case 'org.bulfinch.delivery.package-built.v1':
    case 'org.bulfinch.delivery.delivery-held.v1':
    case 'org.bulfinch.delivery.delivery-stopped.v1':
      return undefined;
    default:
      return assertNever(event);
  }
}

function heard(attempt: Attempt, permitId?: string, endsPermit = permitId !== undefined): ReleaseInput {
  return { type: 'AttemptHeard', attempt, endsPermit, ...(permitId === undefined ? {} : { permitId }) };
}
