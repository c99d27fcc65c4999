import { exampleActor, exampleBlob, exampleIds, exampleInstant, exampleTransferId } from '#libs/contracts';
import { given } from '#libs/shared/testing';
import { type ConsentFact, type ConsentInput, consentCases, decide, due, publish } from './consent.js';
import type { Directive } from './directive.js';

const actor = exampleActor;
const patientId = exampleIds.patient;
const expiresAt = Date.UTC(2027, 0, 1);
const directive: Directive = { patientId, type: 'permit', recipients: ['clinica-lisboa'], purposes: ['TREAT'], expiresAt };
const content = exampleBlob;
const give: ConsentInput = { type: 'Give', directive, content, actor, now: Date.UTC(2026, 0, 1) };
const revocation = { by: 'patient', form: 'written', receivedAt: exampleInstant } as const;
const wasGiven: ConsentFact = { type: 'ConsentGiven', directive, content, actor };
const denyGiven: ConsentFact = { ...wasGiven, directive: { patientId, type: 'deny', recipients: [], purposes: [] } };
const received: ConsentFact = { type: 'RevocationReceived', patientId, actor, ...revocation };
const accepted: ConsentFact = { type: 'RevocationAccepted', patientId };
const transfers = [{ transferId: exampleTransferId, left: 'nothing' }] as const;
const confirmed: ConsentFact = { type: 'RevocationConfirmed', patientId, transfers };

describe('a consent', () => {
  it('becomes active when it is given', () => {
    expect(given(consentCases).when(give).then(wasGiven)).toMatchObject({ status: 'active' });
  });
  it('with the same content again is already given', () => {
    given(consentCases, wasGiven).when(give).thenRefused('already-given');
  });
  it('is immutable once active', () => {
    given(consentCases, wasGiven)
      .when({ ...give, content: { ...content, sha256: 'f'.repeat(64) } })
      .thenRefused('content-differs');
  });
  it('never becomes another patient’s', () => {
    given(consentCases, wasGiven)
      .when({ ...give, directive: { ...directive, patientId: exampleIds.referral } })
      .thenRefused('other-patient');
  });
  it('that is over already is refused', () => {
    given(consentCases)
      .when({ ...give, now: expiresAt })
      .thenRefused('expired');
  });
  it('never opens again, not while it is being revoked', () => {
    given(consentCases, wasGiven, received).when(give).thenRefused('no-longer-active');
  });
  it('never opens again after it is revoked', () => {
    given(consentCases, wasGiven, received, accepted, confirmed).when(give).thenRefused('no-longer-active');
  });
});

describe('a revocation', () => {
  const revoke: ConsentInput = { type: 'Revoke', actor, ...revocation };
  it('is taken in at once', () => {
    expect(given(consentCases, wasGiven).when(revoke).then(received)).toMatchObject({ status: 'revoking', isAccepted: false });
  });
  it('of what was never given is refused', () => {
    given(consentCases).when(revoke).thenRefused('no-consent');
  });
  it('comes once', () => {
    given(consentCases, wasGiven, received).when(revoke).thenRefused('already-revoked');
  });
  it('is accepted when no gate is open', () => {
    given(consentCases, wasGiven, received).when({ type: 'GatesShut' }).then(accepted);
  });
  it('is accepted once', () => {
    given(consentCases, wasGiven, received, accepted).when({ type: 'GatesShut' }).thenRefused('not-waiting');
  });
  it('is not accepted before it came in', () => {
    given(consentCases, wasGiven).when({ type: 'GatesShut' }).thenRefused('not-waiting');
  });
  it('is confirmed after the last look, naming what had left', () => {
    expect(given(consentCases, wasGiven, received, accepted).when({ type: 'GatesClosed', transfers }).then(confirmed)).toMatchObject({
      status: 'revoked',
      transfers,
    });
  });
  it('is not confirmed before it is accepted', () => {
    given(consentCases, wasGiven, received).when({ type: 'GatesClosed', transfers }).thenRefused('not-waiting');
  });

  it('drives itself, whatever process is alive', () => {
    const dueAfter = (...facts: ConsentFact[]): ReturnType<typeof due> => due(facts.reduce(consentCases.evolve, consentCases.initial));
    expect(dueAfter(wasGiven, received)).toEqual({ kind: 'shut-gates', at: 0 });
    expect(dueAfter(wasGiven, received, accepted)).toEqual({ kind: 'confirm-revocation', at: 0 });
    expect(dueAfter(wasGiven, received, accepted, confirmed)).toBeUndefined();
  });
});

describe('the time of a directive', () => {
  const dueAfter = (...facts: ConsentFact[]): ReturnType<typeof due> => due(facts.reduce(consentCases.evolve, consentCases.initial));
  it('asks for its gates to be shut when a permit expires, once', () => {
    expect(dueAfter(wasGiven)).toEqual({ kind: 'apply-expiry', at: expiresAt });
    expect(dueAfter(wasGiven, { type: 'ExpiryApplied' })).toBeUndefined();
    given(consentCases, wasGiven, { type: 'ExpiryApplied' }).when({ type: 'ExpiryApplied' }).thenRefused('not-waiting');
  });
  it('reaches open gates when a deny begins, once', () => {
    expect(dueAfter(denyGiven)).toEqual({ kind: 'apply-deny', at: 0 });
    expect(dueAfter(denyGiven, { type: 'DenyApplied' })).toBeUndefined();
    given(consentCases, denyGiven, { type: 'DenyApplied' }).when({ type: 'DenyApplied' }).thenRefused('not-waiting');
    given(consentCases, wasGiven).when({ type: 'DenyApplied' }).thenRefused('not-waiting');
  });
});

it('tells no recipient and no purpose of a consent', () => {
  expect(JSON.stringify([wasGiven, received, accepted, confirmed].map(publish))).not.toMatch(/clinica|TREAT/);
  expect(publish({ type: 'DenyApplied' })).toBeUndefined();
  expect(decide(consentCases.initial, { type: 'DenyApplied' })).toEqual({ refused: 'not-waiting' });
});

describe('a consent that is good for one release', () => {
  const now = Date.UTC(2026, 5, 1);
  const use = (transferId: string, at = now): ConsentInput => ({ type: 'UseForRelease', transferId, now: at });
  const used: ConsentFact = { type: 'ConsentUsed', transferId: exampleTransferId };
  it('is bound to the transfer that comes first', () => {
    expect(given(consentCases, wasGiven).when(use(exampleTransferId)).then(used)).toMatchObject({ usedBy: exampleTransferId });
  });
  it('carries the same transfer again', () => expect(given(consentCases, wasGiven, used).when(use(exampleTransferId)).facts()).toEqual([]));
  it('carries no other', () => given(consentCases, wasGiven, used).when(use(exampleIds.referral)).thenRefused('used-by-another'));
  it('carries none once it is over, revoked, or before it is there', () => {
    given(consentCases, wasGiven).when(use(exampleTransferId, expiresAt)).thenRefused('expired');
    given(consentCases, wasGiven, received).when(use(exampleTransferId)).thenRefused('no-longer-active');
    given(consentCases).when(use(exampleTransferId)).thenRefused('no-consent');
  });
  it('stays bound when it is revoked, and no event tells by what it was used', () => {
    expect(given(consentCases, wasGiven, used, received, accepted).when({ type: 'GatesClosed', transfers }).then(confirmed)).toMatchObject({
      usedBy: exampleTransferId,
    });
    expect(publish(used)).toBeUndefined();
  });
});
