import { given } from '#libs/shared/testing';
import { blob, built, clinic, deliveryId, domain, due, holdId, opened, release, stop, t0 } from '../../testing/delivery.examples.js';

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
    const state = given(domain, opened()).when({ type: 'Built', deliveryId, package: blob, mode: 'document', now: t0 }).then(built);
    expect(due(state)).toEqual({ kind: 'attempt', at: t0 });
  });
  it('builds a package once', () =>
    given(domain, opened(), built)
      .when({ type: 'Built', deliveryId, package: blob, mode: 'document', now: t0 })
      .thenRefused('not-building'));
  it('knows nothing of another delivery', () =>
    given(domain, opened())
      .when({ type: 'Built', deliveryId: holdId, package: blob, mode: 'document', now: t0 })
      .thenRefused('no-such-delivery'));
});
