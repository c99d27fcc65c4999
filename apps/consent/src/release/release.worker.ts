import { createHash, randomUUID } from 'node:crypto';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { authorityTable, type BlobRef, type Hold } from '#libs/contracts';
import type { Job } from '#libs/eventing';
import { Vault } from '#libs/vault';
import { CONFIG, type ConsentConfig } from '../config.js';
import { CONSENTS, type ConsentCases, ConsentRepository } from '../consent/consent.repository.js';
import { RECIPIENTS, type RecipientCases } from '../directory/directory.consumer.js';
import type { RecipientFacts } from '../directory/domain/recipient.js';
import { type DocumentBundle, isDocumentBundle } from './domain/content/bundle.js';
import { withoutNationalNumbers } from './domain/content/national-numbers.js';
import { releaseBundle } from './domain/content/release-bundle.js';
import { decideRelease, droppedOf, isApproved, type ReleaseDecision, withheldOf } from './domain/decide-release.js';
import { releaseWork } from './domain/definition.js';
import { ruleSets } from './domain/labels/rule-sets.js';
import type { Plan } from './domain/plan.js';
import type { Draft, RefusedReason, ReleaseCase, ReleaseInput } from './domain/release.js';
import type { NamedConsent } from './domain/requirement.js';
import { RELEASES, type ReleaseCases } from './release.repository.js';
import { absentIdsOf, releaseIdOf } from './release-id.js';

/** A lease stands for so long without a beat before another process takes the work over, ms. */
const leaseMs = 30_000;
/** Records decided on side by side: each stands in memory as bytes and as objects. */
const concurrency = 4;
/** A recipient not told of yet, or a fault of storage, is tried again after so long, ms, doubling to a minute. */
const retryMs = 250;
const dayMs = 86_400_000;

const ruleSetVersions = Object.fromEntries(ruleSets.map(({ kind, version }) => [kind, version]));

type Deciding = Extract<ReleaseCase, { status: 'deciding' }>;
/** What staff read of a decision; it lies in the vault, since it tells. */
export interface DecisionDocument {
  readonly transferId: string;
  readonly release: number;
  readonly authorityTable: string;
  /** Versions of the rule sets that set the labels, by kind. */
  readonly ruleSets: Readonly<Record<string, string>>;
  readonly decision: ReleaseDecision;
}

/** The directory's facts of the recipient have not arrived: between two publishers there is no order. */
export class RecipientNotKnownYet extends Error {
  override readonly name = 'RecipientNotKnownYet';
}

/** A consent that the decision rested on cannot carry this release any more. */
export class ConsentUsedMeanwhile extends Error {
  override readonly name = 'ConsentUsedMeanwhile';
}

/** Decides what of a record may leave, and writes the release. The same grounds give the same bytes, however often it is tried. */
@Injectable()
export class ReleaseWorker implements OnModuleInit {
  /** When a recipient was first missed, by transfer: performance.now(), ms. A restart waits anew, which only delays a refusal. */
  private readonly firstMissed = new Map<string, number>();

  constructor(
    @Inject(RELEASES) private readonly releases: ReleaseCases,
    @Inject(RECIPIENTS) private readonly recipients: RecipientCases,
    private readonly consents: ConsentRepository,
    @Inject(CONSENTS) private readonly consentCases: ConsentCases,
    private readonly vault: Vault,
    @Inject(CONFIG) private readonly config: ConsentConfig,
  ) {}

  onModuleInit(): void {
    this.releases.work({ kind: releaseWork.decide, effect: 'inner', leaseMs, concurrency, retryMs, run: (job) => this.decide(job) });
  }

  private async decide({ id, state }: Job<ReleaseCase>): Promise<ReleaseInput | undefined> {
    if (state.status !== 'deciding') return undefined;
    const recipient = await this.recipientOf(id, state);
    if (!recipient) return this.refuse(id, state, 'recipient-not-verified');
    const whole = await this.recordOf(id, state.record);
    // What comes in is kept complete: the discloser is the sender.
    const record = state.facts.direction === 'outbound' ? withoutNationalNumbers(whole) : whole;
    // Read after the case has its `restsOn`: see consent.worker.ts for why that order closes the race with a revocation.
    const consents = await Promise.all(state.restsOn.map((consentId) => this.named(consentId)));
    const directives = await this.consents.activeOf(state.facts.patientId);
    const now = Date.now();
    const decision = decideRelease({
      transferId: id,
      facts: state.facts,
      record,
      consents,
      directives,
      recipient,
      waiver: this.config.UNREAD_WAIVER_POLICY,
      now,
    });
    if (decision.decision === 'refused') return this.refuse(id, state, decision.reason);
    return this.release(id, state, { record, plan: decision, recipient, now });
  }

  private async release(
    id: string,
    state: Deciding,
    { record, plan, recipient, now }: { record: DocumentBundle; plan: Plan & ReleaseDecision; recipient: RecipientFacts; now: number },
  ): Promise<ReleaseInput> {
    const { release, facts } = state;
    const withholding = { ...withheldOf(plan), absentIds: absentIdsOf(facts.patientId) };
    const bytes = Buffer.from(JSON.stringify(releaseBundle(record, droppedOf(plan), releaseIdOf(id, release), withholding)));
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const decision = await this.keep(id, state, plan);
    const draft: Draft = { release, sha256, decision, channelHash: recipient.channelHash };
    if (plan.review.length > 0 && !isApproved(state.approved, draft))
      return { type: 'Decided', verdict: { outcome: 'hold', hold: this.reviewHold(now), draft } };
    for (const consentId of plan.uses) await this.use(consentId, id, now);
    const content = await this.vault.put(bytes, { patientId: facts.patientId, readers: ['delivery'], heldBy: id });
    // Where a person has looked, no waiver was used.
    const waiver = state.approved === undefined ? plan.waiver : undefined;
    return {
      type: 'Decided',
      verdict: { outcome: 'release', release, content, sha256, decision, ...(waiver === undefined ? {} : { waiver }) },
    };
  }

  private async refuse(id: string, state: Deciding, reason: RefusedReason): Promise<ReleaseInput> {
    const decision = await this.keep(id, state, { decision: 'refused', reason });
    return { type: 'Decided', verdict: { outcome: 'refuse', reason, decision } };
  }

  private async keep(id: string, { release, facts }: Deciding, decision: ReleaseDecision): Promise<BlobRef> {
    const document: DecisionDocument = {
      transferId: id,
      release,
      authorityTable: authorityTable.version,
      ruleSets: ruleSetVersions,
      decision,
    };
    return this.vault.put(Buffer.from(JSON.stringify(document)), { patientId: facts.patientId, readers: ['consent'], heldBy: id });
  }

  private reviewHold(now: number): Hold {
    const until = new Date(now + this.config.REVIEW_DAYS * dayMs).toISOString();
    const since = new Date(now).toISOString();
    return { id: randomUUID(), kind: 'review', service: 'consent', owner: 'reviewer', since, until, next: 'answer-hold' };
  }

  /** Undefined when the directory has said nothing for too long. @throws RecipientNotKnownYet before that: the work is tried again. */
  private async recipientOf(id: string, { facts }: Deciding): Promise<RecipientFacts | undefined> {
    const known = (await this.recipients.load(facts.recipientId))?.state;
    if (known?.status === 'known') {
      this.firstMissed.delete(id);
      return known;
    }
    const since = this.firstMissed.get(id) ?? performance.now();
    this.firstMissed.set(id, since);
    if (performance.now() - since < this.config.RECIPIENT_WAIT_SECONDS * 1000) throw new RecipientNotKnownYet(facts.recipientId);
    this.firstMissed.delete(id);
    return undefined;
  }

  /**
   * Binds a consent for a single release before anything is written on it. Where the transfer ends before its release is written, the
   * consent stays bound to it: that errs towards asking the patient once more.
   * @throws ConsentUsedMeanwhile when another release was faster, or it was revoked: the work is tried again, and then decides without it.
   */
  private async use(consentId: string, transferId: string, now: number): Promise<void> {
    const outcome = await this.consentCases.handle(consentId, { type: 'UseForRelease', transferId, now });
    if ('refused' in outcome) throw new ConsentUsedMeanwhile(consentId);
  }

  private async named(consentId: string): Promise<NamedConsent> {
    const consent = await this.consents.readLatest(consentId);
    if (!consent || consent.status === 'absent') return { consentId };
    const { status, directive, usedBy } = consent;
    return { consentId, state: { isActive: status === 'active', directive, ...(usedBy === undefined ? {} : { usedBy }) } };
  }

  private async recordOf(id: string, blob: BlobRef): Promise<DocumentBundle> {
    const record: unknown = JSON.parse(Buffer.from(await this.vault.open(blob)).toString('utf8'));
    if (!isDocumentBundle(record)) throw new Error(`the record of ${id} is no document Bundle`);
    return record;
  }
}
