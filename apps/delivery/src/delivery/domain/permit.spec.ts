import { given } from '#libs/shared/testing';
import {
  ask,
  asked,
  blind,
  built,
  clinic,
  delivered,
  deliveryId,
  domain,
  due,
  ended,
  gateShut,
  heard,
  holdFact,
  looked,
  ofDelivery,
  opened,
  permit,
  searchable,
  sending,
  stop,
  t0,
  unknownFact,
} from '../../testing/delivery.examples.js';
import type { DeliveryFact, DeliveryInput } from './delivery.js';

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
  it.each([
    ['ran out before the push', -1, 'DeliveryHeld'],
    ['still stands', 1, 'PermitAsked'],
  ])('looks at a proof of identity that %s', (_, offsetMs, expected) => {
    const verifiedUntil = new Date(t0 + offsetMs).toISOString();
    expect(
      given(domain, opened(), built)
        .when(ask({ ...clinic, verifiedUntil }))
        .facts(),
    ).toMatchObject([{ type: expected }]);
  });
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
  it('ends a wait for an answer that never came, once it is closed', () => {
    const closed: DeliveryInput = { type: 'GateShut', gate: 'closed', now: t0 };
    const facts = given(domain, opened(), built, asked(), gateShut).when(closed).facts();
    expect(facts).toMatchObject([
      { type: 'GateShut', gate: 'closed' },
      { type: 'DeliveryStopped', reason: 'permit-refused' },
    ]);
    const late = { type: 'PermitRefused', permitId: permit(3), release: 1, now: t0 } as DeliveryInput;
    expect(
      given(domain, opened(), built, asked(), gateShut, ...facts)
        .when(late)
        .facts(),
    ).toEqual([]);
  });
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
