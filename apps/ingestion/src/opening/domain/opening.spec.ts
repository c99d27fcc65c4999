import { type KnownParty, type OpeningAsked, refusalOf } from './opening.js';

const now = '2026-11-24T12:00:00.000Z';
const clinic: KnownParty = { kind: 'clinic', isSuspended: false, verifiedUntil: '2027-01-01T00:00:00Z' };
const asked: OpeningAsked = {
  direction: 'outbound',
  senderId: 'mgh',
  recipientId: 'clinica-lisboa',
  basis: 'treatment',
  purpose: 'TREAT',
  consentIds: [],
};
const consentIds = ['3e2d1c0b-9a8f-4e7d-a6c5-b4a39281f005'];

describe('a transfer may be opened', () => {
  it('to a verified clinic for treatment', () => expect(refusalOf(asked, clinic, now)).toBeUndefined());
  it('to a party whose proof of identity has no expiry', () =>
    expect(refusalOf(asked, { ...clinic, verifiedUntil: undefined }, now)).toBeUndefined());
  it('on an authorization that names its consent', () =>
    expect(refusalOf({ ...asked, basis: 'authorization', consentIds }, clinic, now)).toBeUndefined());
  it('to the hospital, when a clinic sends records in', () =>
    expect(
      refusalOf(
        { ...asked, direction: 'inbound', senderId: 'clinica-lisboa', recipientId: 'mgh', basis: 'received' },
        { ...clinic, kind: 'hospital' },
        now,
      ),
    ).toBeUndefined());
});

describe('a transfer is refused', () => {
  it('to a recipient the directory does not know', () => expect(refusalOf(asked, undefined, now)).toBe('recipient-unknown'));
  it('to a suspended recipient', () => expect(refusalOf(asked, { ...clinic, isSuspended: true }, now)).toBe('recipient-suspended'));
  it('to a recipient whose proof of identity has expired, at the instant it expires', () => {
    expect(refusalOf(asked, { ...clinic, verifiedUntil: now }, now)).toBe('recipient-not-verified');
    expect(refusalOf(asked, { ...clinic, verifiedUntil: '2026-11-24T12:00:00.001Z' }, now)).toBeUndefined();
  });
  it('to a sponsor for treatment: the table has no row', () =>
    expect(refusalOf(asked, { ...clinic, kind: 'sponsor' }, now)).toBe('no-authority'));
  it('for a purpose the basis does not cover', () => expect(refusalOf({ ...asked, purpose: 'HPAYMT' }, clinic, now)).toBe('no-authority'));
  it('on basis received when it goes out', () => expect(refusalOf({ ...asked, basis: 'received' }, clinic, now)).toBe('no-authority'));
  it('on an authorization without a consent', () =>
    expect(refusalOf({ ...asked, basis: 'authorization' }, clinic, now)).toBe('consent-missing'));
  it('from a party to itself', () => expect(refusalOf({ ...asked, recipientId: 'mgh' }, clinic, now)).toBe('sender-is-recipient'));
});
