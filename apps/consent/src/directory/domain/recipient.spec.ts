import { given } from '#libs/shared/testing';
import { decide, evolve, isVerified, type RecipientInput, unknownRecipient } from './recipient.js';

const recipients = { initial: unknownRecipient, decide, evolve };
const changed = (version: number, suspended = false): RecipientInput => ({
  type: 'PartyChanged',
  version,
  kind: 'clinic',
  suspended,
  channelHash: 'a'.repeat(64),
});

describe('what the directory says of a party', () => {
  it('is kept in its newest version', () => {
    expect(
      given(recipients)
        .when(changed(1))
        .then({ ...changed(1), type: 'PartyNoted' }),
    ).toMatchObject({ status: 'known', version: 1 });
  });
  it('is not undone by an older version', () => {
    expect(
      given(recipients, { ...changed(2, true), type: 'PartyNoted' })
        .when(changed(1))
        .facts(),
    ).toEqual([]);
  });
});

describe('a recipient', () => {
  const party = { version: 1, kind: 'clinic', suspended: false, channelHash: 'a' } as const;
  it('is verified until its proof of identity ends', () => {
    const until = { ...party, verifiedUntil: '2026-11-24T12:00:00.000Z' };
    expect(isVerified(until, Date.parse(until.verifiedUntil) - 1)).toBe(true);
    expect(isVerified(until, Date.parse(until.verifiedUntil))).toBe(false);
  });
  it('is not verified while suspended', () => {
    expect(isVerified({ ...party, suspended: true }, 0)).toBe(false);
  });
});
