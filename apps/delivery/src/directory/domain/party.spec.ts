import { given } from '#libs/shared/testing';
import { type Party, type PartyFact, partyDefinition } from './party.js';

const actor = { kind: 'user', id: 'staff-17' } as const;
const party: Party = {
  name: 'Clínica de Lisboa',
  kind: 'clinic',
  countries: ['PT'],
  languages: ['pt'],
  channel: {
    type: 'fhir',
    baseUrl: 'https://fhir.clinica.example/r4',
    mode: 'document',
    auth: { type: 'none' },
    retry: 'dedupes',
    answerTimeoutSeconds: 60,
    notTaken: [],
  },
  suspended: false,
  internal: false,
};
const hash = 'a'.repeat(64);
const first: PartyFact = { type: 'PartyChanged', version: 1, party, channelHash: hash, actor };
const enter = (changed: Partial<Party>, channelHash = hash) =>
  ({ type: 'Enter', party: { ...party, ...changed }, channelHash, actor }) as const;

describe('a party of the directory', () => {
  it('has version 1 when it is entered', () => void given(partyDefinition).when(enter({})).then(first));
  it('is not changed by the same again', () =>
    expect(
      given(partyDefinition, first)
        .when(enter({ verifiedUntil: undefined }))
        .facts(),
    ).toEqual([]));
  it.each([
    ['name', { name: 'Clínica do Porto' }],
    ['suspension', { suspended: true }],
    ['countries', { countries: ['PT', 'ES'] }],
    ['verification', { verifiedUntil: '2027-01-01T00:00:00.000Z' }],
    ['way of being reached', { channel: { ...party.channel, retry: 'blind' as const } }],
  ])('has a new version when its %s changes', (_what, change) =>
    expect(given(partyDefinition, first).when(enter(change)).facts()).toMatchObject([{ version: 2 }]),
  );
  it('tells no name and no address', () => {
    const told = JSON.stringify(partyDefinition.publish(first));
    expect(told).not.toMatch(/Clínica|clinica\.example/);
    expect(told).toMatch(/"channelHash"/);
  });
  it('cannot change without end', () =>
    given(partyDefinition, { ...first, version: 10_000 })
      .when(enter({ suspended: true }))
      .thenRefused('versions-spent'));
});
