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
const _active: ConsentReading = { consentId: exampleIds.consent, isActive: true };
const noted = (attempt: 'started' | 'unknown' | 'unsent' | 'sent'): ReleaseFact => ({ type: 'AttemptNoted', attempt, permitId: p1 });

describe('a record that comes', () => {
  it('rests on the consents named, from its first step', () => {
    given(releaseCases).when({ type: 'RecordNormalized', facts, record }).then(started);
  });
  it('from a foreign clinic rests on no consent of ours', () => {
    const inbound = { ...facts, direction: 'inbound' } as const;
    given(releaseCases)
      .when({ type: 'RecordNormalized', facts: inbound, record })
      .then({ type: 'ReviewStarted', facts: inbound, record, restsOn: [] });
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
