import { checkEvent, exampleActor, exampleIds } from '#libs/contracts';
import { given } from '#libs/shared/testing';
import { changesMax, decideLink, evolveLink, type LinkFact, type LinkInput, noLink, pairOf, publishLink } from './link.js';

const domain = { initial: noLink, decide: decideLink, evolve: evolveLink };
const patients = pairOf(exampleIds.patient, exampleIds.otherPatient);
const at = '2026-11-24T12:00:00.000Z';
const change = (how: 'join' | 'part') => ({ how, reason: `Zoë: ${how}`, actor: exampleActor, at });
const asked = (how: 'join' | 'part'): LinkInput => ({ type: 'Change', patients, ...change(how) });
const joined: LinkFact = { type: 'PatientsJoined', patients, change: change('join') };
const parted: LinkFact = { type: 'PatientsParted', patients, change: change('part') };

describe('a link between two patients', () => {
  it('is the same whichever of the two is named first', () => {
    expect(pairOf(exampleIds.otherPatient, exampleIds.patient)).toEqual(patients);
  });
  it('joins them, parts them and joins them again, keeping who it was each time, and why', () => {
    given(domain).when(asked('join')).then(joined);
    given(domain, joined).when(asked('part')).then(parted);
    expect(given(domain, joined, parted).when(asked('join')).then(joined)).toEqual({
      status: 'joined',
      patients,
      changes: [change('join'), change('part'), change('join')],
    });
  });
  it('asked for again changes nothing', () => {
    expect(given(domain, joined).when(asked('join')).facts()).toEqual([]);
    expect(given(domain, joined, parted).when(asked('part')).facts()).toEqual([]);
  });
  it('that never was is parted by doing nothing', () => expect(given(domain).when(asked('part')).facts()).toEqual([]));
  it('of a patient with itself is refused', () => {
    given(domain)
      .when({ ...asked('join'), patients: pairOf(exampleIds.patient, exampleIds.patient) })
      .thenRefused('same-patient');
  });
  it('that was changed too often is left to people, and stays as it stands', () => {
    const changes = Array.from({ length: changesMax / 2 }, () => [joined, parted]).flat();
    given(domain, ...changes)
      .when(asked('join'))
      .thenRefused('too-many-changes');
    expect(
      given(domain, ...changes)
        .when(asked('part'))
        .facts(),
    ).toEqual([]);
  });
  it.each([joined, parted])('tells both ids and who it was as the contract has it, and never why: $type', (fact) => {
    const subject = exampleIds.hold;
    const draft = publishLink(fact);
    const event = {
      specversion: '1.0',
      id: `bulfinch.access.v1/${subject}/1`,
      source: '/bulfinch/ingestion',
      subject,
      partitionkey: subject,
      sequence: 1,
      time: at,
      datacontenttype: 'application/json',
      correlationid: subject,
      ...draft,
    };
    expect(checkEvent('bulfinch.access.v1', event)).toMatchObject({ ok: true });
    expect(JSON.stringify(draft)).not.toContain('Zoë');
  });
});
