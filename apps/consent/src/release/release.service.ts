import { Inject, Injectable } from '@nestjs/common';
import type { Actor, Hold } from '#libs/contracts';
import type { Outcome } from '#libs/eventing';
import { AccessLog } from '#libs/shared/access';
import { Vault } from '#libs/vault';
import { RECIPIENTS, type RecipientCases } from '../directory/directory.consumer.js';
import { gateOf } from './domain/definition.js';
import type { Left } from './domain/leaving.js';
import type { Item, ReviewReason, Warning } from './domain/plan.js';
import type { Because, RefusedReason, ReleaseCase, ReleaseRefusal } from './domain/release.js';
import { RELEASES, type ReleaseCases } from './release.repository.js';
import type { DecisionDocument } from './release.worker.js';

/** What staff see of a transfer's release: what leaves, what does not, and why. */
export interface ShownRelease {
  readonly transferId: string;
  readonly state: ReleaseCase['status'];
  readonly release?: number;
  readonly sha256?: string;
  readonly gate: 'none' | 'open' | 'closing' | 'closed';
  readonly because?: Because;
  readonly left: Left;
  readonly permitsOpen: number;
  readonly restsOn: readonly string[];
  readonly waiver?: string;
  readonly hold?: Hold;
  readonly refused?: RefusedReason;
  readonly review: readonly ReviewReason[];
  readonly warnings: readonly Warning[];
  /** Coarse cards: kind of content, decision, reason. What the rule sets found is shown to the privacy officer alone. */
  readonly items: readonly ShownItem[];
}
export type ShownItem = Omit<Item, 'labels'> & { readonly labels?: Item['labels'] };
/** Who looks, and whether labels are shown to them. */
export interface Viewer {
  readonly actor: Actor;
  readonly seesLabels: boolean;
}
type ShownPlan = Pick<ShownRelease, 'review' | 'warnings' | 'items'>;

type Answer = Outcome<ReleaseCase, ReleaseRefusal>;

/** The doors' side of the release: shows it, and takes people's answers. */
@Injectable()
export class ReleaseService {
  constructor(
    @Inject(RELEASES) private readonly releases: ReleaseCases,
    @Inject(RECIPIENTS) private readonly recipients: RecipientCases,
    private readonly vault: Vault,
    private readonly accesses: AccessLog,
  ) {}

  /** Undefined where no record of the transfer has come. The look is recorded first. */
  async show(transferId: string, { actor, seesLabels }: Viewer): Promise<ShownRelease | undefined> {
    const state = (await this.releases.load(transferId))?.state;
    if (!state || state.status === 'absent') return undefined;
    const patientId = state.facts?.patientId;
    const object = { kind: 'release', id: transferId } as const;
    await this.accesses.record({ action: 'read', object, actor, ...(patientId === undefined ? {} : { patientId }) });
    return { transferId, state: state.status, restsOn: state.restsOn, ...gateOf(state), ...(await this.detailsOf(state, seesLabels)) };
  }

  /** Answers a hold. The reason is a person's text and goes to the vault. Undefined where there is no such transfer. */
  async answerHold(
    transferId: string,
    answer: { holdId: string; decision: 'release' | 'refuse'; reason: string; actor: Actor },
  ): Promise<Answer | undefined> {
    const state = (await this.releases.load(transferId))?.state;
    if (state?.status !== 'held') return state && { refused: 'no-such-hold', state };
    const { holdId, decision, actor } = answer;
    if (state.hold.id !== holdId) return { refused: 'no-such-hold', state };
    const options = { patientId: state.facts.patientId, readers: ['consent'] as const, heldBy: transferId };
    const reason = await this.vault.put(Buffer.from(answer.reason), options);
    return this.releases.handle(transferId, { type: 'AnswerHold', holdId, decision, reason, actor, now: new Date().toISOString() });
  }

  /** Approves exactly these bytes to the recipient as it is now. Undefined where there is no such transfer. */
  async approve(transferId: string, approval: { release: number; sha256: string; actor: Actor }): Promise<Answer | undefined> {
    const state = (await this.releases.load(transferId))?.state;
    if (!state || state.status === 'absent') return undefined;
    const recipient = state.facts && (await this.recipients.load(state.facts.recipientId))?.state;
    const channelHash = recipient?.status === 'known' ? recipient.channelHash : undefined;
    return this.releases.handle(transferId, { type: 'Approve', ...approval, channelHash, now: new Date().toISOString() });
  }

  private async detailsOf(
    state: Exclude<ReleaseCase, { status: 'absent' }>,
    seesLabels: boolean,
  ): Promise<Omit<ShownRelease, 'transferId' | 'state' | 'gate' | 'left' | 'restsOn'>> {
    const none = { permitsOpen: 0, review: [], warnings: [], items: [] };
    switch (state.status) {
      case 'deciding':
        return { ...none, release: state.release };
      case 'withdrawn':
        return { ...none, because: state.because };
      case 'held': {
        const { hold, draft } = state;
        return { ...none, hold, release: draft.release, sha256: draft.sha256, ...(await this.planOf(draft.decision, seesLabels)) };
      }
      case 'refused':
        return { ...none, refused: state.reason, ...(await this.planOf(state.decision, seesLabels)) };
      case 'open':
      case 'closing':
      case 'closed': {
        const { release, sha256, waiver, leaving } = state;
        const shown = { release, sha256, permitsOpen: leaving.permits.length, ...(await this.planOf(state.decision, seesLabels)) };
        return { ...shown, ...(waiver === undefined ? {} : { waiver }), ...('because' in state ? { because: state.because } : {}) };
      }
    }
  }

  private async planOf(blob: Parameters<Vault['open']>[0], seesLabels: boolean): Promise<ShownPlan> {
    // What was stored is what the worker wrote.
    const { decision } = JSON.parse(Buffer.from(await this.vault.open(blob)).toString('utf8')) as DecisionDocument;
    if (decision.decision !== 'may-leave') return { review: [], warnings: [], items: [] };
    const { review, warnings, items } = decision;
    return { review, warnings, items: seesLabels ? items : items.map(cardOf) };
  }
}

function cardOf(item: Item): ShownItem {
  const { labels: _, ...card } = item;
  return card;
}
