import { given } from '#libs/shared/testing';
import { deliveryDefinition, due } from './definition.js';
import type { AttemptOutcome, DeliveryFact, DeliveryInput, RecipientFacts } from './delivery.js';

const policy = { firstMs: 1000, maxMs: 60_000, budgetMs: 72 * 3600 * 1000 };
const domain = deliveryDefinition(policy);
const t0 = Date.parse('2026-11-24T12:00:00.000Z');
const at = (ms: number) => new Date(t0 + ms).toISOString();
const deliveryId = '7f6e5d4c-3b2a-4190-8f7e-6d5c4b3a2906';
const holdId = '1c2d3e4f-5a6b-4c7d-8e9f-0a1b2c3d4e07';
const ofDelivery = { deliveryId, release: 1 };
const blob = { blobId: '9a8b7c6d-5e4f-4a3b-8c1d-0e9f8a7b6c04', sha256: 'a'.repeat(64), sizeBytes: 100 };
const actor = { kind: 'user', id: 'staff-17' } as const;
const clinic: RecipientFacts = {
  recipientId: 'clinica-lisboa',
  version: 1,
  country: 'PT',
  channelHash: 'c'.repeat(64),
  suspended: false,
  retry: 'dedupes',
  answerTimeoutMs: 60_000,
  notTaken: [],
};
const searchable: RecipientFacts = { ...clinic, retry: 'searchable', settleMs: 5000 };
const blind: RecipientFacts = { ...clinic, retry: 'blind' };

const release = { type: 'Released', deliveryId, release: 1, patientId: 'p', direction: 'outbound', content: blob, now: t0 } as const;
const opened = (recipient = clinic): DeliveryFact => ({
  type: 'DeliveryOpened',
  ...ofDelivery,
  patientId: 'p',
  direction: 'outbound',
  content: blob,
  recipient,
  at: t0,
});
const built: DeliveryFact = { type: 'PackageBuilt', ...ofDelivery, package: blob, at: t0 };
const asked = (recipient = clinic, attempt = 1): DeliveryFact => ({
  type: 'PermitAsked',
  ...ofDelivery,
  attempt,
  asker: 'run-1',
  recipient,
});
/** The n-th fact of a history has the place test/case/n. */
const permit = (place: number) => `test/case/${place}`;
const heard = (place: number): DeliveryFact => ({ type: 'PermitHeard', ...ofDelivery, permitId: permit(place), lifeMs: 30_000 });
const started = (place: number, attempt = 1): DeliveryFact => ({
  type: 'AttemptStarted',
  ...ofDelivery,
  attempt,
  permitId: permit(place),
  recipientId: 'clinica-lisboa',
  recipientVersion: 1,
  at: t0,
});
const sending = (recipient = clinic) => [opened(recipient), built, asked(recipient), heard(3), started(3)];
const gateShut: DeliveryFact = { type: 'GateShut', ...ofDelivery, gate: 'closing' };
const unknownFact = (
  place: number,
  reason: 'no-answer' | 'worker-lost' | 'conflict',
  next?: { at: number; look: boolean },
): DeliveryFact => ({
  type: 'AttemptUnknown',
  ...ofDelivery,
  attempt: 1,
  permitId: permit(place),
  reason,
  at: t0,
  ...(next ? { next } : {}),
});
const stop = (
  reason: 'permit-refused' | 'refused-by-receiver' | 'budget-spent' | 'person-gave-up' | 'recipient-unknown',
  now = t0,
): DeliveryFact => ({
  type: 'DeliveryStopped',
  ...ofDelivery,
  reason,
  at: now,
});
const holdFact = (kind: 'operator' | 'recipient', since = t0): DeliveryFact => ({
  type: 'DeliveryHeld',
  ...ofDelivery,
  hold: {
    id: holdId,
    kind,
    service: 'delivery',
    owner: 'records-staff',
    since: new Date(since).toISOString(),
    until: new Date(since + 72 * 3600 * 1000).toISOString(),
    next: kind === 'operator' ? 'decide-unknown-outcome' : 'fix-recipient',
  },
});
const ended = (place: number, outcome: AttemptOutcome, now = t0): DeliveryInput => ({
  type: 'Ended',
  deliveryId,
  permitId: permit(place),
  outcome,
  now,
  jitter: 1,
  holdId,
});
const ask = (recipient: RecipientFacts | undefined, now = t0): DeliveryInput => ({
  type: 'Ask',
  deliveryId,
  asker: 'run-1',
  recipient,
  now,
  holdId,
});
const looked = (result: 'equal' | 'none' | 'different' | 'unsearchable' | 'unanswered', now = t0): DeliveryInput => ({
  type: 'Looked',
  deliveryId,
  result,
  now,
  jitter: 1,
  holdId,
});
const stored: AttemptOutcome = { type: 'delivered', evidence: ['handed', 'stored'], httpStatus: 201, location: 'Bundle/7' };
const delivered = (place: number, now = t0, attempt = 1): DeliveryFact => ({
  type: 'Delivered',
  ...ofDelivery,
  attempt,
  permitId: permit(place),
  recipientId: 'clinica-lisboa',
  evidence: [
    { fact: 'handed', at: new Date(now).toISOString() },
    { fact: 'stored', at: new Date(now).toISOString() },
  ],
  httpStatus: 201,
  location: 'Bundle/7',
  at: now,
});

describe('opening a delivery', () => {
  it('opens one delivery for a release, with the recipient as the directory says it now', () => {
    const state = given(domain)
      .when({ ...release, recipient: clinic })
      .then(opened());
    expect(due(state)).toEqual({ kind: 'build-package', at: 0 });
  });
  it('opens nothing for a recipient the directory does not know', () =>
    void given(domain)
      .when({ ...release, recipient: undefined })
      .then(stop('recipient-unknown')));
  it('opens no second delivery for the same release', () =>
    given(domain, opened())
      .when({ ...release, recipient: clinic })
      .thenRefused('release-known'));
  it('opens the next delivery for the next release', () => {
    const next = { ...release, release: 2, deliveryId: '00000000-0000-4000-8000-000000000002', recipient: clinic };
    expect(given(domain, opened()).when(next).facts()).toMatchObject([{ type: 'DeliveryOpened', release: 2 }]);
  });
  it('is due for its first attempt as soon as the package is stored', () => {
    const state = given(domain, opened()).when({ type: 'Built', deliveryId, package: blob, now: t0 }).then(built);
    expect(due(state)).toEqual({ kind: 'attempt', at: t0 });
  });
  it('builds a package once', () =>
    given(domain, opened(), built).when({ type: 'Built', deliveryId, package: blob, now: t0 }).thenRefused('not-building'));
  it('knows nothing of another delivery', () =>
    given(domain, opened()).when({ type: 'Built', deliveryId: holdId, package: blob, now: t0 }).thenRefused('no-such-delivery'));
});

describe('permits', () => {
  it('asks for a permit under the id of its own event', () => {
    const state = given(domain, opened(), built).when(ask(clinic)).then(asked());
    expect(state.deliveries[0]?.progress).toEqual({ status: 'asking', permitId: permit(3), asker: 'run-1' });
  });
  it('asks once at a time', () => given(domain, opened(), built, asked()).when(ask(clinic)).thenRefused('not-due'));
  it('asks not before the next attempt is due', () =>
    given(domain, opened(), built)
      .when(ask(clinic, t0 - 1))
      .thenRefused('not-due'));
  it('holds when the recipient is another than the one released to', () =>
    void given(domain, opened(), built)
      .when(ask({ ...clinic, channelHash: 'd'.repeat(64), version: 2 }))
      .then(holdFact('recipient')));
  it('holds when the recipient is suspended', () =>
    void given(domain, opened(), built)
      .when(ask({ ...clinic, suspended: true }))
      .then(holdFact('recipient')));
  it('holds when the recipient is gone from the directory', () =>
    void given(domain, opened(), built).when(ask(undefined)).then(holdFact('recipient')));
  it('goes on when the recipient changed in nothing that says who it is', () =>
    void given(domain, opened(), built)
      .when(ask({ ...clinic, version: 2, retry: 'blind' }))
      .then(asked({ ...clinic, version: 2, retry: 'blind' })));
  it('hears a granted permit', () => {
    const state = given(domain, opened(), built, asked())
      .when({ type: 'PermitGranted', permitId: permit(3), release: 1, lifeMs: 30_000, now: t0 })
      .then(heard(3));
    expect(state.deliveries[0]?.progress).toEqual({ status: 'permitted', permitId: permit(3), asker: 'run-1', lifeMs: 30_000 });
  });
  it('stops when the permit is refused', () =>
    void given(domain, opened(), built, asked())
      .when({ type: 'PermitRefused', permitId: permit(3), release: 1, now: t0 })
      .then(stop('permit-refused')));
  it('minds no refusal of an ask that is over', () =>
    expect(
      given(domain, ...sending(), delivered(3))
        .when({ type: 'PermitRefused', permitId: permit(9), release: 1, now: t0 })
        .facts(),
    ).toEqual([]));
  it('knows nothing of a permit for a release it never had', () =>
    given(domain, opened()).when({ type: 'PermitGranted', permitId: 'x', release: 9, lifeMs: 1, now: t0 }).thenRefused('unknown-permit'));
  it('gives a permit back when its life was over before the first byte, and asks anew', () => {
    const state = given(domain, opened(), built, asked(), heard(3))
      .when({ type: 'Void', deliveryId, permitId: permit(3), asker: 'run-1', now: t0 + 30_000 })
      .then({ type: 'PermitVoided', ...ofDelivery, attempt: 1, permitId: permit(3), nextAt: t0 + 30_000 });
    expect(due(state)).toEqual({ kind: 'attempt', at: t0 + 30_000 });
  });
  it('waits before it asks a third time, so that a broken clock floods nobody', () => {
    const voided = (place: number): DeliveryFact => ({
      type: 'PermitVoided',
      ...ofDelivery,
      attempt: 1,
      permitId: permit(place),
      nextAt: t0,
    });
    given(domain, opened(), built, asked(), heard(3), voided(3), asked(), heard(6))
      .when({ type: 'Void', deliveryId, permitId: permit(6), asker: 'run-1', now: t0 })
      .then({ type: 'PermitVoided', ...ofDelivery, attempt: 1, permitId: permit(6), nextAt: t0 + 1000 });
  });
  it('lets an ask without an answer wait: it is never repeated', () => {
    const left: DeliveryFact = { type: 'AskLeft', ...ofDelivery, permitId: permit(3) };
    const state = given(domain, opened(), built, asked())
      .when({ type: 'LetGo', deliveryId, permitId: permit(3), asker: 'run-1' })
      .then(left);
    expect(due(state)).toBeUndefined();
  });
  it('makes an answer void that comes when nobody waits for it any more', () => {
    const left: DeliveryFact = { type: 'AskLeft', ...ofDelivery, permitId: permit(3) };
    given(domain, opened(), built, asked(), left)
      .when({ type: 'PermitGranted', permitId: permit(3), release: 1, lifeMs: 30_000, now: t0 + 50_000 })
      .then({ type: 'PermitVoided', ...ofDelivery, attempt: 1, permitId: permit(3), nextAt: t0 + 50_000 });
  });
  it('lets go of no ask that was answered meanwhile', () =>
    given(domain, opened(), built, asked(), heard(3))
      .when({ type: 'LetGo', deliveryId, permitId: permit(3), asker: 'run-1' })
      .thenRefused('permit-not-held'));
  it('gives a late permit back once the package was delivered', () =>
    void given(domain, ...sending(), unknownFact(3, 'worker-lost', { at: t0, look: false }), asked(clinic, 2), delivered(3))
      .when({ type: 'PermitGranted', permitId: permit(7), release: 1, lifeMs: 1, now: t0 })
      .then({ type: 'PermitVoided', ...ofDelivery, attempt: 2, permitId: permit(7), nextAt: t0 }));
  it('minds no repeated grant of a permit in use', () =>
    expect(
      given(domain, ...sending())
        .when({ type: 'PermitGranted', permitId: permit(3), release: 1, lifeMs: 1, now: t0 })
        .facts(),
    ).toEqual([]));
});

describe('an attempt', () => {
  it('is written down before its first byte', () =>
    void given(domain, opened(), built, asked(), heard(3))
      .when({ type: 'Start', deliveryId, permitId: permit(3), asker: 'run-1', now: t0 })
      .then(started(3)));
  it('cannot be started by a worker that lost its lease', () =>
    given(domain, opened(), built, asked(), heard(3))
      .when({ type: 'Start', deliveryId, permitId: permit(3), asker: 'run-0', now: t0 })
      .thenRefused('permit-not-held'));
  it('cannot be started without a permit', () =>
    given(domain, opened(), built, asked())
      .when({ type: 'Start', deliveryId, permitId: permit(3), asker: 'run-1', now: t0 })
      .thenRefused('permit-not-held'));
  it('delivers on a 2xx and keeps where the receiver put it', () => {
    const state = given(domain, ...sending())
      .when(ended(3, stored))
      .then(delivered(3));
    expect(state.deliveries[0]).toMatchObject({
      progress: { status: 'delivered' },
      attempts: [{ outcome: 'delivered', location: 'Bundle/7', httpStatus: 201 }],
    });
    expect(due(state)).toBeUndefined();
  });
  it('is tried again, later each time, after a known failure', () => {
    const failed: AttemptOutcome = { type: 'failed', reason: 'not-connected', isFinal: false };
    const fact: DeliveryFact = {
      type: 'AttemptFailed',
      ...ofDelivery,
      attempt: 1,
      permitId: permit(3),
      reason: 'not-connected',
      at: t0,
      nextAt: t0 + 1000,
    };
    const state = given(domain, ...sending())
      .when(ended(3, failed))
      .then(fact);
    expect(due(state)).toEqual({ kind: 'attempt', at: t0 + 1000 });
    expect(
      given(domain, ...sending(), fact, asked(clinic, 2), heard(7), started(7, 2))
        .when(ended(7, failed))
        .facts(),
    ).toMatchObject([{ nextAt: t0 + 2000 }]);
  });
  it('waits as long as the receiver asks', () =>
    expect(
      given(domain, ...sending())
        .when(ended(3, { type: 'failed', reason: 'not-taken', httpStatus: 503, isFinal: false, retryAfterMs: 120_000 }))
        .facts(),
    ).toMatchObject([{ type: 'AttemptFailed', httpStatus: 503, nextAt: t0 + 120_000 }]));
  it('ends the delivery when the receiver refuses the package itself', () =>
    void given(domain, ...sending())
      .when(ended(3, { type: 'failed', reason: 'http-4xx', httpStatus: 422, isFinal: true }))
      .then(
        { type: 'AttemptFailed', ...ofDelivery, attempt: 1, permitId: permit(3), reason: 'http-4xx', httpStatus: 422, at: t0 },
        stop('refused-by-receiver'),
      ));
  it('ends after 72 hours without success', () => {
    const late = t0 + policy.budgetMs;
    given(domain, ...sending())
      .when(ended(3, { type: 'failed', reason: 'not-connected', isFinal: false }, late))
      .then(
        { type: 'AttemptFailed', ...ofDelivery, attempt: 1, permitId: permit(3), reason: 'not-connected', at: late },
        stop('budget-spent', late),
      );
  });
  it('goes to a person after 72 hours when an earlier attempt may have arrived', () => {
    const late = t0 + policy.budgetMs;
    const facts = given(
      domain,
      ...sending(),
      unknownFact(3, 'no-answer', { at: t0, look: false }),
      asked(clinic, 2),
      heard(7),
      started(7, 2),
    )
      .when(ended(7, { type: 'failed', reason: 'not-connected', isFinal: false }, late))
      .facts();
    expect(facts).toEqual([expect.objectContaining({ type: 'AttemptFailed' }), holdFact('operator', late)]);
  });
  it('that was never started has no end', () => given(domain, opened(), built).when(ended(3, stored)).thenRefused('unknown-attempt'));
  it('ends once', () =>
    given(domain, ...sending(), delivered(3))
      .when(ended(3, stored))
      .thenRefused('already-ended'));
  it('whose end nobody knew does not become unknown twice', () =>
    given(domain, ...sending(), unknownFact(3, 'worker-lost', { at: t0, look: false }))
      .when(ended(3, { type: 'unknown', reason: 'no-answer' }))
      .thenRefused('already-ended'));
});

describe('an unknown outcome', () => {
  const noAnswer: AttemptOutcome = { type: 'unknown', reason: 'no-answer' };
  it('is tried again freely where the receiver recognises what it has', () =>
    void given(domain, ...sending())
      .when(ended(3, noAnswer))
      .then(unknownFact(3, 'no-answer', { at: t0 + 1000, look: false })));
  it('is looked up where the receiver can be searched, when it has settled', () =>
    void given(domain, ...sending(searchable))
      .when(ended(3, noAnswer))
      .then(unknownFact(3, 'no-answer', { at: t0 + 5000, look: true })));
  it('is never followed by another sending where the receiver is blind: a person decides', () =>
    void given(domain, ...sending(blind))
      .when(ended(3, noAnswer))
      .then(unknownFact(3, 'no-answer'), holdFact('operator')));
  it('counts a searchable receiver as blind when nobody knows how long it takes to settle', () => {
    const unsettled: RecipientFacts = { ...clinic, retry: 'searchable' };
    given(domain, ...sending(unsettled))
      .when(ended(3, noAnswer))
      .then(unknownFact(3, 'no-answer'), holdFact('operator'));
  });
  it('after a conflict is looked up, also where the receiver recognises what it has', () =>
    void given(domain, ...sending())
      .when(ended(3, { type: 'unknown', reason: 'conflict', httpStatus: 412 }))
      .then({
        type: 'AttemptUnknown',
        ...ofDelivery,
        attempt: 1,
        permitId: permit(3),
        reason: 'conflict',
        httpStatus: 412,
        at: t0,
        next: { at: t0 + 1000, look: true },
      }));
  it('is not tried before it was looked up', () =>
    given(domain, ...sending(searchable), unknownFact(3, 'no-answer', { at: t0, look: true }))
      .when(ask(searchable))
      .thenRefused('not-due'));
  it('after 72 hours is for a person', () =>
    expect(
      given(domain, ...sending())
        .when(ended(3, noAnswer, t0 + policy.budgetMs))
        .facts(),
    ).toEqual([expect.objectContaining({ type: 'AttemptUnknown' }), holdFact('operator', t0 + policy.budgetMs)]));

  const looking = [...sending(searchable), unknownFact(3, 'no-answer', { at: t0, look: true })];
  it('is delivered when the receiver holds one that is equal', () => {
    const { httpStatus: _status, location: _location, ...found } = delivered(3) as Extract<DeliveryFact, { type: 'Delivered' }>;
    given(domain, ...looking)
      .when(looked('equal'))
      .then(found);
  });
  it('is a known failure when the receiver holds none: then it is sent again', () => {
    const state = given(domain, ...looking)
      .when(looked('none', t0 + 9))
      .then({ type: 'LookFoundNothing', ...ofDelivery, at: t0 + 9 });
    expect(due(state)).toEqual({ kind: 'attempt', at: t0 + 9 });
    expect(state.deliveries[0]?.attempts[0]?.outcome).toBe('failed');
  });
  it.each(['different', 'unsearchable'] as const)(
    'is for a person when the look says %s',
    (result) =>
      void given(domain, ...looking)
        .when(looked(result))
        .then(holdFact('operator')),
  );
  it('is looked up again when the search was not answered', () =>
    void given(domain, ...looking)
      .when(looked('unanswered'))
      .then({ type: 'LookUnanswered', ...ofDelivery, nextAt: t0 + 1000 }));
  it('is for a person when searches were not answered for 72 hours', () =>
    void given(domain, ...looking)
      .when(looked('unanswered', t0 + policy.budgetMs))
      .then(holdFact('operator', t0 + policy.budgetMs)));
  it('is not looked up when nobody needs it', () =>
    given(domain, ...sending())
      .when(looked('none'))
      .thenRefused('not-looking'));
});

describe('a worker that died', () => {
  const takeOver: DeliveryInput = { type: 'TakeOver', deliveryId, from: 'run-1', now: t0, jitter: 1, holdId };
  it('leaves an attempt whose end nobody knows', () =>
    void given(domain, ...sending())
      .when(takeOver)
      .then(unknownFact(3, 'worker-lost', { at: t0 + 1000, look: false })));
  it('may still be waiting for its answer: the look waits for that too', () =>
    void given(domain, ...sending(searchable))
      .when(takeOver)
      .then(unknownFact(3, 'worker-lost', { at: t0 + 65_000, look: true })));
  it('leaves a permit that is void', () =>
    void given(domain, opened(), built, asked(), heard(3))
      .when(takeOver)
      .then({ type: 'PermitVoided', ...ofDelivery, attempt: 1, permitId: permit(3), nextAt: t0 }));
  it('leaves an ask that waits for its answer', () =>
    void given(domain, opened(), built, asked())
      .when(takeOver)
      .then({ type: 'AskLeft', ...ofDelivery, permitId: permit(3) }));
  it('is not taken over twice', () => given(domain, opened(), built).when(takeOver).thenRefused('nothing-to-take-over'));
  it('is not taken over under another name', () =>
    given(domain, ...sending())
      .when({ ...takeOver, from: 'run-0' })
      .thenRefused('nothing-to-take-over'));
  it('and then reports a 2xx after all: it is delivered, whoever reports it and however late', () => {
    const state = given(domain, ...sending(), unknownFact(3, 'worker-lost', { at: t0, look: false }), asked(clinic, 2))
      .when(ended(3, stored, t0 + 40_000))
      .then(delivered(3, t0 + 40_000));
    expect(due(state)).toBeUndefined();
  });
  it('and then reports a 2xx while the next one has its permit: that is given back', () =>
    void given(domain, ...sending(), unknownFact(3, 'worker-lost', { at: t0, look: false }), asked(clinic, 2), heard(7))
      .when(ended(3, stored))
      .then({ type: 'PermitVoided', ...ofDelivery, attempt: 2, permitId: permit(7), nextAt: t0 }, delivered(3)));
  it('and then reports a failure: it is written, and changes nothing else', () => {
    const history = [...sending(blind), unknownFact(3, 'worker-lost'), holdFact('operator')];
    const state = given(domain, ...history)
      .when(ended(3, { type: 'failed', reason: 'not-connected', isFinal: false }))
      .then({ type: 'AttemptFailed', ...ofDelivery, attempt: 1, permitId: permit(3), reason: 'not-connected', at: t0 });
    expect(state.deliveries[0]?.progress.status).toBe('held');
  });
});

describe('a gate that shuts', () => {
  const shut: DeliveryInput = { type: 'GateShut', gate: 'closing', now: t0 };
  it('stops a delivery whose package is not built yet', () =>
    void given(domain, opened()).when(shut).then(gateShut, stop('permit-refused')));
  it('stops a delivery that waits for its next attempt', () =>
    void given(domain, opened(), built).when(shut).then(gateShut, stop('permit-refused')));
  it('gives an unused permit back', () =>
    expect(given(domain, opened(), built, asked(), heard(3)).when(shut).facts()).toEqual([
      gateShut,
      { type: 'PermitVoided', ...ofDelivery, attempt: 1, permitId: permit(3), nextAt: t0 },
      stop('permit-refused'),
    ]));
  it('makes a permit void that was granted before it and heard after it', () =>
    void given(domain, opened(), built, asked(), gateShut)
      .when({ type: 'PermitGranted', permitId: permit(3), release: 1, lifeMs: 1, now: t0 })
      .then({ type: 'PermitVoided', ...ofDelivery, attempt: 1, permitId: permit(3), nextAt: t0 }, stop('permit-refused')));
  it('lets a sending end within its life, but no other follows', () => {
    const end = { type: 'failed', reason: 'not-connected', isFinal: false } as const;
    given(domain, ...sending())
      .when(shut)
      .then(gateShut);
    given(domain, ...sending(), gateShut)
      .when(ended(3, end))
      .then(
        { type: 'AttemptFailed', ...ofDelivery, attempt: 1, permitId: permit(3), reason: 'not-connected', at: t0 },
        stop('permit-refused'),
      );
    given(domain, ...sending(), gateShut)
      .when(ended(3, { type: 'unknown', reason: 'no-answer' }))
      .then(unknownFact(3, 'no-answer'), stop('permit-refused'));
  });
  it('still lets an unknown outcome be looked up, and then sends nothing', () => {
    const looking = [...sending(searchable), unknownFact(3, 'no-answer', { at: t0, look: true })];
    given(domain, ...looking)
      .when(shut)
      .then(gateShut);
    given(domain, ...looking, gateShut)
      .when(looked('none'))
      .then({ type: 'LookFoundNothing', ...ofDelivery, at: t0 }, stop('permit-refused'));
  });
  it('ends a hold for the recipient, but not one about an unknown outcome', () => {
    given(domain, opened(), built, holdFact('recipient')).when(shut).then(gateShut, stop('permit-refused'));
    given(domain, ...sending(blind), unknownFact(3, 'no-answer'), holdFact('operator'))
      .when(shut)
      .then(gateShut);
  });
  it('means nothing where there is no delivery', () => expect(given(domain).when(shut).facts()).toEqual([]));
  it('is heard once', () => expect(given(domain, opened(), gateShut).when(shut).facts()).toEqual([]));
});

describe('a person', () => {
  const heldBlind = [...sending(blind), unknownFact(3, 'no-answer'), holdFact('operator')];
  const answer = (decision: 'send-again' | 'was-received' | 'give-up', recipient: RecipientFacts | undefined = blind): DeliveryInput => ({
    type: 'AnswerHold',
    holdId,
    decision,
    reason: 'called the clinic',
    actor,
    recipient,
    now: t0 + 5,
  });
  const answered = (decision: 'send-again' | 'was-received' | 'give-up'): DeliveryFact => ({
    type: 'HoldAnswered',
    ...ofDelivery,
    holdId,
    decision,
    reason: 'called the clinic',
    actor,
    recipient: blind,
    at: t0 + 5,
  });
  it('may have it sent again, with 72 new hours', () => {
    const state = given(domain, ...heldBlind)
      .when(answer('send-again'))
      .then(answered('send-again'));
    expect(due(state)).toEqual({ kind: 'attempt', at: t0 + 5 });
    expect(state.deliveries[0]?.budgetFrom).toBe(t0 + 5);
  });
  it('may say that it was received', () => {
    const facts = given(domain, ...heldBlind)
      .when(answer('was-received'))
      .facts();
    expect(facts).toMatchObject([answered('was-received'), { type: 'Delivered', evidence: [{ fact: 'handed', at: at(5) }] }]);
  });
  it('may give up', () =>
    void given(domain, ...heldBlind)
      .when(answer('give-up'))
      .then(answered('give-up'), stop('person-gave-up', t0 + 5)));
  it('cannot say that something was received of which nothing was sent', () =>
    given(domain, opened(), built, holdFact('recipient')).when(answer('was-received')).thenRefused('nothing-handed'));
  it('cannot send again through a shut gate', () =>
    given(domain, ...heldBlind, gateShut)
      .when(answer('send-again'))
      .thenRefused('gate-not-open'));
  it('cannot send to a recipient that is suspended', () =>
    given(domain, ...heldBlind)
      .when(answer('send-again', { ...blind, suspended: true }))
      .thenRefused('recipient-unknown'));
  it('cannot answer a hold that is not there', () =>
    given(domain, ...heldBlind)
      .when({ ...answer('give-up'), holdId: deliveryId } as DeliveryInput)
      .thenRefused('no-such-hold'));
  it('may release a changed recipient, which is then the one sent to', () => {
    const moved = { ...clinic, version: 2, channelHash: 'd'.repeat(64) };
    const state = given(domain, opened(), built, holdFact('recipient'))
      .when(answer('send-again', moved))
      .then({ ...answered('send-again'), recipient: moved } as DeliveryFact);
    expect(state.deliveries[0]?.recipient.channelHash).toBe('d'.repeat(64));
  });
});

describe('an acknowledgement', () => {
  const acknowledgement = { at: t0 + 7, name: 'Dra. Inês Moura', role: 'physician', how: 'phone', actor } as const;
  const input: DeliveryInput = { type: 'Acknowledge', deliveryId, acknowledgement };
  const fact: DeliveryFact = { type: 'Acknowledged', ...ofDelivery, evidence: { fact: 'acknowledged', at: at(7) }, acknowledgement };
  it('is evidence, and keeps name and role out of the event', () => {
    given(domain, ...sending(), delivered(3))
      .when(input)
      .then(fact);
    expect(JSON.stringify(domain.publish(fact))).not.toMatch(/Moura|physician/);
  });
  it('settles an outcome that nobody knew', () =>
    expect(
      given(domain, ...sending(), unknownFact(3, 'no-answer', { at: t0, look: false }))
        .when(input)
        .facts(),
    ).toMatchObject([{ type: 'Delivered' }, fact]));
  it('of something never sent is refused', () => given(domain, opened(), built).when(input).thenRefused('nothing-handed'));
  it('is taken once', () =>
    given(domain, ...sending(), delivered(3), fact)
      .when(input)
      .thenRefused('already-acknowledged'));
});
