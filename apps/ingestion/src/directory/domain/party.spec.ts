import { exampleInstant, partyChanged } from '#libs/contracts';
import { given } from '#libs/shared/testing';
import { type PartyFact, type PartyInput, partyDefinition } from './party.js';

const heard = (data: Partial<typeof partyChanged.example>): PartyInput['event'] => ({
  specversion: '1.0',
  id: 'bulfinch.directory.v1/clinica-lisboa/1',
  source: '/bulfinch/delivery',
  subject: 'clinica-lisboa',
  partitionkey: 'clinica-lisboa',
  sequence: 1,
  time: exampleInstant,
  datacontenttype: 'application/json',
  correlationid: 'clinica-lisboa',
  type: partyChanged.type,
  data: { ...partyChanged.example, ...data },
});
const changed = (data: Partial<typeof partyChanged.example>): PartyFact => ({ type: 'PartyChanged', event: heard(data) });

describe('a followed party', () => {
  it('is known with its kind and its proof', () => {
    const state = given(partyDefinition)
      .when({ type: 'Hear', event: heard({}) })
      .then(changed({}));
    expect(state).toEqual({ status: 'known', version: 1, kind: 'clinic', isSuspended: false, verifiedUntil: exampleInstant });
  });
  it('follows a newer version and ignores one it has already', () => {
    const suspended = { version: 2, suspended: true };
    given(partyDefinition, changed({}))
      .when({ type: 'Hear', event: heard(suspended) })
      .then(changed(suspended));
    expect(
      given(partyDefinition, changed(suspended))
        .when({ type: 'Hear', event: heard({}) })
        .facts(),
    ).toEqual([]);
  });
});
