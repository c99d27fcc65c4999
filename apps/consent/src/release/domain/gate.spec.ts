import { exampleBlob, exampleFacts, exampleIds, exampleInstant, type Hold } from '#libs/contracts';
import { given } from '#libs/shared/testing';
import { releaseCases } from './definition.js';
import type { ConsentReading, Draft, ReleaseFact, ReleaseInput } from './release.js';

const facts = { ...exampleFacts, consentIds: [exampleIds.consent] };
const record = exampleBlob;
const decision = { ...exampleBlob, blobId: exampleIds.access };
const content = { ...exampleBlob, blobId: exampleIds.document };
const sha256 = exampleBlob.sha256;
const channelHash = 'a'.repeat(64);
const draft: Draft = { release: 1, sha256, decision, channelHash };
const hold: Hold = {
  id: exampleIds.hold,
  kind: 'review',
  service: 'consent',
  owner: 'reviewer',
  since: exampleInstant,
  until: exampleInstant,
  next: 'answer-hold',
};
const released = { release: 1, content, sha256, decision };

const started: ReleaseFact = { type: 'ReviewStarted', facts, record, restsOn: [exampleIds.consent] };
const open: readonly ReleaseFact[] = [started, { type: 'RecordReleased', facts, ...released }];
const held: readonly ReleaseFact[] = [started, { type: 'ReleaseHeld', hold, draft }];
const p1 = 'bulfinch.delivery.v1/t/3';
const granted: ReleaseFact = { type: 'PermitGranted', permitId: p1, release: 1, lifeMs: 30_000 };
const closing: ReleaseFact = { type: 'GateClosing', because: 'revoked' };
const closedWith = (left: 'nothing' | 'left' | 'not-known-yet'): ReleaseFact => ({ type: 'GateClosed', because: 'revoked', left });
const active: ConsentReading = { consentId: exampleIds.consent, isActive: true };
const ask = (consents: readonly ConsentReading[] = [active], release = 1): ReleaseInput => ({
  type: 'PermitAsked',
  permitId: p1,
  release,
  consents,
  lifeMs: 30_000,
  now: 1_000_000,
});
const refusedPermit = (
  reason: 'gate-not-open' | 'consent-not-active' | 'consent-expired' | 'no-such-release',
  release = 1,
): ReleaseFact => ({ type: 'PermitRefused', permitId: p1, release, reason });
const heard = (attempt: 'started' | 'unknown' | 'unsent' | 'sent'): ReleaseInput => ({
  type: 'AttemptHeard',
  attempt,
  permitId: p1,
  endsPermit: attempt !== 'started',
});
const noted = (attempt: 'started' | 'unknown' | 'unsent' | 'sent'): ReleaseFact => ({ type: 'AttemptNoted', attempt, permitId: p1 });
const ended: ReleaseFact = { type: 'PermitEnded', permitId: p1 };
const close: ReleaseInput = { type: 'Close', because: 'revoked' };

describe('a permit', () => {
  it('is granted while the gate is open and all consents stand', () => {
    given(releaseCases, ...open)
      .when(ask())
      .then(granted);
  });
  it('is refused before there is a release', () => {
    given(releaseCases, started).when(ask()).then(refusedPermit('gate-not-open'));
  });
  it('is refused for a release that is not there', () => {
    given(releaseCases, ...open)
      .when(ask([active], 2))
      .then(refusedPermit('no-such-release', 2));
  });
  it('is refused when a consent is not active', () => {
    given(releaseCases, ...open)
      .when(ask([{ ...active, isActive: false }]))
      .then(refusedPermit('consent-not-active'));
  });
  it('is refused as soon as the patient denies this recipient and purpose, also while the gate still stands open', () => {
    given(releaseCases, ...open)
      .when({ ...ask(), isDenied: true } as ReleaseInput)
      .then(refusedPermit('consent-not-active'));
  });
  it('is refused when a consent was not read', () => {
    given(releaseCases, ...open)
      .when(ask([]))
      .then(refusedPermit('consent-not-active'));
  });
  it('is refused when a consent has not begun', () => {
    given(releaseCases, ...open)
      .when(ask([{ ...active, startsAt: 1_000_001 }]))
      .then(refusedPermit('consent-not-active'));
  });
  it('is refused when a consent expires within a life', () => {
    given(releaseCases, ...open)
      .when(ask([{ ...active, expiresAt: 1_030_000 }]))
      .then(refusedPermit('consent-expired'));
  });
  it('is granted when a consent outlives it', () => {
    given(releaseCases, ...open)
      .when(ask([{ ...active, expiresAt: 1_030_001 }]))
      .then(granted);
  });
  it('is refused as soon as the gate is closing', () => {
    given(releaseCases, ...open, granted, closing)
      .when(ask())
      .then(refusedPermit('gate-not-open'));
  });
  it('is taken off when its attempt ends', () => {
    expect(
      given(releaseCases, ...open, granted)
        .when(heard('sent'))
        .then(noted('sent'), ended),
    ).toMatchObject({ leaving: { permits: [] } });
  });
  it('stays while the attempt runs', () => {
    expect(
      given(releaseCases, ...open, granted)
        .when(heard('started'))
        .then(noted('started')),
    ).toMatchObject({ leaving: { permits: [p1] } });
  });
});

describe('a gate', () => {
  it('with no permit open closes at once', () => {
    given(releaseCases, ...open)
      .when(close)
      .then(closing, closedWith('nothing'));
  });
  it('waits for its open permits', () => {
    expect(
      given(releaseCases, ...open, granted)
        .when(close)
        .then(closing),
    ).toMatchObject({ status: 'closing' });
  });
  it('closes with the end of its last permit', () => {
    expect(
      given(releaseCases, ...open, granted, closing)
        .when(heard('unsent'))
        .facts(),
    ).toEqual([noted('unsent'), ended, closedWith('nothing')]);
  });
  it('closes when all lives are over, and says that it does not know', () => {
    expect(
      given(releaseCases, ...open, granted, closing)
        .when({ type: 'PermitLivesOver' })
        .then(closedWith('not-known-yet')),
    ).toMatchObject({ leaving: { permits: [] } });
  });
  it('waits for the last of its permits, not the first', () => {
    const other: ReleaseFact = { type: 'PermitGranted', permitId: 'p2', release: 1, lifeMs: 30_000 };
    given(releaseCases, ...open, granted, other, closing)
      .when(heard('unsent'))
      .then(noted('unsent'), ended);
    given(releaseCases, ...open, granted, other, closing)
      .when(heard('started'))
      .then(noted('started'));
  });
  it('that is not closing has no lives to wait for', () => {
    given(releaseCases, ...open)
      .when({ type: 'PermitLivesOver' })
      .thenRefused('not-closing');
  });
  it('is shut before there is a release, and nothing left', () => {
    given(releaseCases, started).when(close).then(closedWith('nothing'));
  });
  it('is shut while a person decides', () => {
    given(releaseCases, ...held)
      .when(close)
      .then(closedWith('nothing'));
  });
  it('shuts once', () => {
    expect(
      given(releaseCases, ...open, closing, closedWith('nothing'))
        .when(close)
        .facts(),
    ).toEqual([]);
  });
  it('of a refused release needs no shutting', () => {
    expect(given(releaseCases, started, { type: 'ReleaseRefused', reason: 'no-authority', decision }).when(close).facts()).toEqual([]);
  });
  it('is shut by a cancellation', () => {
    given(releaseCases, ...open, granted)
      .when({ type: 'Withdrawn', how: 'cancel' })
      .then({ type: 'GateClosing', because: 'cancelled' });
  });
  it('is shut by a recall', () => {
    given(releaseCases, ...open, noted('sent'))
      .when({ type: 'Withdrawn', how: 'recall' })
      .then({ type: 'GateClosing', because: 'recalled' }, { type: 'GateClosed', because: 'recalled', left: 'left' });
  });
  it('is shut by a cancellation before any record came', () => {
    given(releaseCases).when({ type: 'Withdrawn', how: 'cancel' }).then({ type: 'GateClosed', because: 'cancelled', left: 'nothing' });
  });
  it('is shut by its consent’s expiry', () => {
    given(releaseCases, ...open)
      .when({ type: 'Close', because: 'expired' })
      .then({ type: 'GateClosing', because: 'expired' }, { type: 'GateClosed', because: 'expired', left: 'nothing' });
  });
});

describe('what had left', () => {
  const closed = (left: 'nothing' | 'left' | 'not-known-yet'): readonly ReleaseFact[] => [...open, granted, closing, closedWith(left)];
  it('is unknown while an attempt has started and nobody knows its end', () => {
    expect(
      given(releaseCases, ...open, granted, noted('started'), closing)
        .when(heard('unknown'))
        .facts(),
    ).toEqual([noted('unknown'), ended, closedWith('not-known-yet')]);
  });
  it('is corrected when the fact comes late: it had left', () => {
    given(releaseCases, ...closed('not-known-yet'))
      .when(heard('sent'))
      .then(noted('sent'), { type: 'LeftCorrected', left: 'left' });
  });
  it('is corrected when the fact comes late: nothing had', () => {
    given(releaseCases, ...closed('not-known-yet'))
      .when(heard('unsent'))
      .then(noted('unsent'), { type: 'LeftCorrected', left: 'nothing' });
  });
  it('is not corrected when nothing new is known', () => {
    given(releaseCases, ...closed('not-known-yet'))
      .when(heard('unknown'))
      .then(noted('unknown'));
  });
  it('stays left once anything has left', () => {
    given(releaseCases, ...open, noted('sent'), closing, closedWith('left'))
      .when(heard('unsent'))
      .then(noted('unsent'));
  });
  it('of an earlier attempt that was refused by the receiver counts: the bytes were sent', () => {
    given(releaseCases, ...open, granted, noted('sent'), ended)
      .when(close)
      .then(closing, closedWith('left'));
  });
  it('before a release is nothing, whatever is said', () => {
    expect(given(releaseCases, started).when(heard('sent')).facts()).toEqual([]);
  });
});
