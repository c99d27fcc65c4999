import { exampleActor, exampleBlob, exampleFacts, exampleIds, exampleInstant, type Hold } from '#libs/contracts';
import { given } from '#libs/shared/testing';
import { due, gateOf, publish, releaseCases } from './definition.js';
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

describe('a record that comes', () => {
  it('rests on the consents named, from its first step', () => {
    given(releaseCases).when({ type: 'RecordNormalized', facts, record }).then(started);
  });
  it('from a foreign clinic rests on no consent of ours', () => {
    {
      const inbound = { ...facts, direction: 'inbound' } as const;
      given(releaseCases)
        .when({ type: 'RecordNormalized', facts: inbound, record })
        .then({ type: 'ReviewStarted', facts: inbound, record, restsOn: [] });
    }
  });
  it('after a withdrawal changes nothing', () => {
    expect(
      given(releaseCases, { type: 'GateClosed', because: 'cancelled', left: 'nothing' })
        .when({ type: 'RecordNormalized', facts, record })
        .facts(),
    ).toEqual([]);
  });
});

describe('a decision', () => {
  const decided: ReleaseInput = { type: 'Decided', verdict: { outcome: 'release', ...released } };
  it('opens the gate with the release', () => {
    expect(
      given(releaseCases, started)
        .when(decided)
        .then(...open.slice(1)),
    ).toMatchObject({ status: 'open' });
  });
  it('that comes after the gate was shut is thrown away', () => {
    given(releaseCases, started, closedWith('nothing')).when(decided).thenRefused('not-deciding');
  });
  it('holds for a person', () => {
    given(releaseCases, started)
      .when({ type: 'Decided', verdict: { outcome: 'hold', hold, draft } })
      .then({ type: 'ReleaseHeld', hold, draft });
  });
  it('refuses with its reason', () => {
    given(releaseCases, started)
      .when({ type: 'Decided', verdict: { outcome: 'refuse', reason: 'no-authority', decision } })
      .then({ type: 'ReleaseRefused', reason: 'no-authority', decision });
  });
});

describe('a review', () => {
  const actor = exampleActor;
  const now = exampleInstant;
  const answer = (decided: 'release' | 'refuse', holdId = hold.id): ReleaseInput => ({
    type: 'AnswerHold',
    holdId,
    decision: decided,
    reason: exampleBlob,
    actor,
    now,
  });
  const answered = (decided: 'release' | 'refuse'): ReleaseFact => ({
    type: 'HoldAnswered',
    holdId: hold.id,
    decision: decided,
    reason: exampleBlob,
    actor,
    at: now,
  });
  const approve = (changes: object = {}): ReleaseInput => ({ type: 'Approve', release: 1, sha256, channelHash, actor, now, ...changes });

  it('that says release is decided on again, with what was approved', () => {
    expect(
      given(releaseCases, ...held)
        .when(answer('release'))
        .then(answered('release')),
    ).toMatchObject({ status: 'deciding', approved: draft });
  });
  it('that says refuse ends the transfer', () => {
    given(releaseCases, ...held)
      .when(answer('refuse'))
      .then(answered('refuse'), { type: 'ReleaseRefused', reason: 'person-refused', decision });
  });
  it('of another hold is refused', () => {
    given(releaseCases, ...held)
      .when(answer('release', exampleIds.access))
      .thenRefused('no-such-hold');
  });
  it('where nothing is held is refused', () => {
    given(releaseCases, ...open)
      .when(answer('release'))
      .thenRefused('no-such-hold');
  });
  it('may approve by number and hash', () => {
    given(releaseCases, ...held)
      .when(approve())
      .then({ type: 'HoldAnswered', holdId: hold.id, decision: 'release', actor, at: now });
  });
  it('that approves another hash is refused', () => {
    given(releaseCases, ...held)
      .when(approve({ sha256: 'f'.repeat(64) }))
      .thenRefused('release-changed');
  });
  it('that approves another number is refused', () => {
    given(releaseCases, ...held)
      .when(approve({ release: 2 }))
      .thenRefused('release-changed');
  });
  it('fails when the recipient’s channel has changed since', () => {
    given(releaseCases, ...held)
      .when(approve({ channelHash: 'b'.repeat(64) }))
      .thenRefused('release-changed');
  });
  it('of what has left already changes nothing', () => {
    expect(
      given(releaseCases, ...open)
        .when(approve())
        .facts(),
    ).toEqual([]);
  });
  it('twice changes nothing', () => {
    expect(
      given(releaseCases, ...held, answered('release'))
        .when(approve())
        .facts(),
    ).toEqual([]);
  });
});

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
    {
      const other: ReleaseFact = { type: 'PermitGranted', permitId: 'p2', release: 1, lifeMs: 30_000 };
      given(releaseCases, ...open, granted, other, closing)
        .when(heard('unsent'))
        .then(noted('unsent'), ended);
      given(releaseCases, ...open, granted, other, closing)
        .when(heard('started'))
        .then(noted('started'));
    }
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

describe('a case', () => {
  const state = (facts_: readonly ReleaseFact[]): Parameters<typeof due>[0] => facts_.reduce(releaseCases.evolve, releaseCases.initial);
  it('is due while it is decided on and while its gate is closing, and else waits for others', () => {
    expect(due(state([started]))).toEqual({ kind: 'decide-release', at: 0 });
    expect(due(state([...open, granted, closing]))).toEqual({ kind: 'run-out-permits', at: 0 });
    for (const facts_ of [[], held, open, [...open, closing, closedWith('nothing')], [started, closedWith('nothing')]])
      expect(due(state(facts_))).toBeUndefined();
  });
  it('shows its gate to people', () => {
    expect(gateOf(state([started]))).toEqual({ gate: 'none', left: 'nothing' });
    expect(gateOf(state(open))).toEqual({ gate: 'open', left: 'nothing' });
    expect(gateOf(state([...open, granted, closing]))).toEqual({ gate: 'closing', left: 'not-known-yet' });
    expect(gateOf(state([started, closedWith('nothing')]))).toEqual({ gate: 'closed', left: 'nothing' });
  });
  it('tells no reason, item or count of what is withheld', () => {
    expect(publish({ type: 'ReleaseHeld', hold, draft })).toEqual({ type: 'org.bulfinch.consent.release-held.v1', data: { hold } });
    expect(publish(noted('sent'))).toBeUndefined();
  });
});
