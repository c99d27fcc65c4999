import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { Actor, BlobRef } from '#libs/contracts';
import { AccessLog } from '#libs/shared/access';
import { Vault } from '#libs/vault';
import { ReleaseRepository } from '../release/release.repository.js';
import { CONSENTS, type ConsentCases } from './consent.repository.js';
import { transfersLeft } from './consent.worker.js';
import type { Consent, ConsentRefusal, Revocation, TransferLeft } from './domain/consent.js';
import { canonicalContent, shownContent } from './domain/content.js';
import { timeOf } from './domain/coverage.js';
import { type Directive, type RefusedDirective, readDirective, type Unread } from './domain/directive.js';

export type GiveOutcome =
  | { readonly given: 'created' | 'same'; readonly consent: Unread }
  | RefusedDirective
  | { readonly refused: ConsentRefusal };
export interface RevokeOutcome {
  readonly state: 'revoking' | 'revoked';
  readonly left: readonly TransferLeft[];
}

/** A revocation with nothing under way is confirmed at once; whoever revokes is told so if it takes no longer than this, ms. */
const confirmWaitMs = 500;

/** Joins the law of consents with their storage: the resource lies in the vault, the case has what is enforced. */
@Injectable()
export class ConsentService {
  constructor(
    @Inject(CONSENTS) private readonly consents: ConsentCases,
    private readonly releases: ReleaseRepository,
    private readonly vault: Vault,
    private readonly accesses: AccessLog,
  ) {}

  /** Takes a FHIR Consent. Refuses with the element's path, or by the state of the consent of that id. */
  async give(consentId: string, resource: unknown, actor: Actor): Promise<GiveOutcome> {
    const read = readDirective(resource, consentId);
    if ('refused' in read) return read;
    // readDirective has shown that it is an object.
    const text = canonicalContent(resource as Unread, consentId);
    const content = await this.contentOf(consentId, Buffer.from(text), read.directive);
    const outcome = await this.consents.handle(consentId, { type: 'Give', directive: read.directive, content, actor, now: Date.now() });
    const consent = shownContent(JSON.parse(text), 'active');
    if ('done' in outcome) return { given: 'created', consent };
    return outcome.refused === 'already-given' ? { given: 'same', consent } : { refused: outcome.refused };
  }

  /** The consent as it stands; undefined where there is none. The look is recorded first. */
  async show(consentId: string, actor: Actor): Promise<Unread | undefined> {
    const consent = (await this.consents.load(consentId))?.state;
    if (!consent || consent.status === 'absent') return undefined;
    const { patientId } = consent.directive;
    await this.accesses.record({ action: 'read', object: { kind: 'consent', id: consentId }, patientId, actor });
    // What was stored is the JSON that `give` wrote.
    const stored = JSON.parse(Buffer.from(await this.vault.open(consent.content)).toString('utf8')) as Unread;
    return shownContent(stored, shownState(consent, Date.now()));
  }

  /** Revokes, or tells how far an earlier revocation has come; undefined where there is no such consent. */
  async revoke(consentId: string, revocation: Revocation, actor: Actor): Promise<RevokeOutcome | undefined> {
    const outcome = await this.consents.handle(consentId, { type: 'Revoke', actor, ...revocation });
    if ('refused' in outcome && outcome.refused === 'no-consent') return undefined;
    const confirmed = await this.consents.waitFor(consentId, (state) => state.status === 'revoked', { timeoutMs: confirmWaitMs });
    const left = transfersLeft(await this.releases.allOn(consentId));
    return { state: confirmed ? 'revoked' : 'revoking', left };
  }

  /** Puts the content away once. Of a consent that is there already only the hash is compared, so a refused try leaves nothing behind. */
  private async contentOf(consentId: string, bytes: Buffer, { patientId }: Directive): Promise<BlobRef> {
    const known = (await this.consents.load(consentId))?.state;
    if (known && known.status !== 'absent')
      return { ...known.content, sha256: createHash('sha256').update(bytes).digest('hex'), sizeBytes: bytes.length };
    return this.vault.put(bytes, { patientId, readers: ['consent'], heldBy: consentId });
  }
}

function shownState(consent: Exclude<Consent, { status: 'absent' }>, now: number): 'active' | 'revoking' | 'revoked' | 'expired' {
  if (consent.status !== 'active') return consent.status;
  return timeOf(consent.directive, now) === 'expired' ? 'expired' : 'active';
}
