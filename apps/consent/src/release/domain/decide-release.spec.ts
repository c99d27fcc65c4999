import { exampleFacts, exampleIds, exampleTransferId } from '#libs/contracts';
import type { Directive } from '../../consent/domain/directive.js';
import type { RecipientFacts } from '../../directory/domain/recipient.js';
import { coarseClass } from './content/coarse-class.js';
import { ids, record } from './content/record.examples.js';
import { decideRelease, droppedOf, isApproved } from './decide-release.js';
import type { Grounds } from './grounds.js';
import type { NamedConsent } from './requirement.js';

const now = Date.UTC(2026, 10, 24);
const patientId = exampleFacts.patientId;
const directive: Directive = { patientId, type: 'permit', recipients: ['clinica-lisboa'], purposes: ['TREAT'] };
const named = (changes: Partial<Directive> = {}, isActive = true): NamedConsent => ({
  consentId: exampleIds.consent,
  state: { isActive, directive: { ...directive, ...changes } },
});
const recipient: RecipientFacts = { version: 1, kind: 'clinic', suspended: false, channelHash: 'a'.repeat(64) };
const grounds: Grounds = {
  transferId: exampleTransferId,
  facts: exampleFacts,
  record,
  consents: [named()],
  directives: [directive],
  recipient,
  waiver: 'embedded-demo',
  now,
};
const treatment: Grounds = { ...grounds, facts: { ...exampleFacts, basis: 'treatment', consentIds: [] }, consents: [], directives: [] };
const inbound: Grounds = {
  ...grounds,
  facts: { ...exampleFacts, direction: 'inbound', basis: 'received', recipientId: 'mgh', consentIds: [] },
  recipient: { ...recipient, kind: 'hospital' },
  consents: [],
  directives: [],
  waiver: undefined,
};

function outcome(changed: Grounds): string {
  const decision = decideRelease(changed);
  return decision.decision === 'refused' ? decision.reason : `may leave, review: ${decision.review.join(' ')}, waiver: ${decision.waiver}`;
}
const withWaiver = 'may leave, review: , waiver: embedded-demo';

describe('on an authorization', () => {
  it('leaves what a consent covers', () => expect(outcome(grounds)).toBe(withWaiver));
  it.each<[string, Partial<Grounds>, string]>([
    ['no consent is named', { consents: [] }, 'consent-missing'],
    ['the consent named is not known', { consents: [{ consentId: exampleIds.consent }] }, 'consent-missing'],
    ['the consent is another patient’s', { consents: [named({ patientId: exampleIds.referral })] }, 'consent-other-patient'],
    ['the consent is being revoked', { consents: [named({}, false)] }, 'consent-not-active'],
    ['the consent has not begun', { consents: [named({ startsAt: now + 1 })] }, 'consent-not-active'],
    ['the consent is over', { consents: [named({ expiresAt: now })] }, 'consent-expired'],
    ['the consent is for another recipient', { consents: [named({ recipients: ['clinica-porto'] })] }, 'consent-does-not-cover'],
    ['the consent is for another purpose', { consents: [named({ purposes: ['HPAYMT'] })] }, 'consent-does-not-cover'],
    [
      'what is named is a deny of something else',
      { consents: [named({ type: 'deny', recipients: ['clinica-porto'] })] },
      'consent-does-not-cover',
    ],
    ['one of two consents named is not active', { consents: [named(), named({}, false)] }, 'consent-not-active'],
    [
      'the recipient’s proof of identity is over',
      { recipient: { ...recipient, verifiedUntil: '2026-11-23T00:00:00.000Z' } },
      'recipient-not-verified',
    ],
    ['the recipient is suspended', { recipient: { ...recipient, suspended: true } }, 'recipient-not-verified'],
    ['the purpose has no row', { facts: { ...exampleFacts, purpose: 'HLEGAL' } }, 'no-authority'],
    ['the recipient’s kind has no row', { recipient: { ...recipient, kind: 'patient' } }, 'no-authority'],
  ])('refuses when %s', (_, changes, reason) => expect(outcome({ ...grounds, ...changes })).toBe(reason));
});

describe('for treatment', () => {
  it('needs no consent', () => expect(outcome(treatment)).toBe(withWaiver));
  it('refuses a sponsor', () => expect(outcome({ ...treatment, recipient: { ...recipient, kind: 'sponsor' } })).toBe('no-authority'));
  it('rests on a consent all the same when one is named', () =>
    expect(outcome({ ...treatment, consents: [named({}, false)] })).toBe('consent-not-active'));
  it('is bound by a deny that nobody named', () =>
    expect(outcome({ ...treatment, directives: [{ patientId, type: 'deny', recipients: [], purposes: [] }] })).toBe(
      'consent-does-not-cover',
    ));
  it('is not bound by a deny of another recipient', () =>
    expect(outcome({ ...treatment, directives: [{ patientId, type: 'deny', recipients: ['clinica-porto'], purposes: [] }] })).toBe(
      withWaiver,
    ));
  it('is not bound by a deny that is over', () =>
    expect(outcome({ ...treatment, directives: [{ patientId, type: 'deny', recipients: [], purposes: [], expiresAt: now }] })).toBe(
      withWaiver,
    ));
});

describe('unread content', () => {
  it('waits for a reviewer where no policy waives the look', () =>
    expect(outcome({ ...treatment, waiver: undefined })).toBe('may leave, review: unread, waiver: undefined'));
  it.each([[{ from: '2026-01-01' }], [{ to: '2026-01-01' }], [{ classes: ['laboratory'] }], [{ form: 'report' as const }]])(
    'of which only a part is asked for waits for a reviewer, waiver or not: %j',
    (scope) =>
      expect(outcome({ ...treatment, facts: { ...treatment.facts, scope } })).toBe(
        'may leave, review: scope-not-applied, waiver: embedded-demo',
      ),
  );
  it('with an original that the record does not have under its id waits for a reviewer', () =>
    expect(outcome({ ...treatment, facts: { ...treatment.facts, scope: { originals: [ids.patient] } } })).toBe(
      'may leave, review: original-not-found, waiver: embedded-demo',
    ));
  it('asked for as a whole record needs no other look', () =>
    expect(outcome({ ...treatment, facts: { ...treatment.facts, scope: { form: 'record' } } })).toBe(withWaiver));
});

describe('what comes in', () => {
  it('is complete, asks no consent, needs no waiver and no look', () => {
    expect(outcome(inbound)).toBe('may leave, review: , waiver: undefined');
    const decision = decideRelease(inbound);
    expect('items' in decision && decision.items.every((item) => item.decision === 'included' && item.reason === 'received')).toBe(true);
  });
  it('is not withheld by a deny', () =>
    expect(outcome({ ...inbound, directives: [{ patientId, type: 'deny', recipients: [], purposes: [] }] })).toContain('may leave'));
  it('goes to the hospital only', () => expect(outcome({ ...inbound, recipient })).toBe('no-authority'));
});

describe('the items of a release', () => {
  it('leave out originals that nobody asked for, and what tells of them', () => {
    const decision = decideRelease(treatment);
    if (decision.decision === 'refused') throw new Error(decision.reason);
    expect(decision.items.filter((item) => item.decision === 'not-asked').map((item) => `${item.resourceType} ${item.reason}`)).toEqual([
      'Binary original-not-named',
      'DocumentReference original-not-named',
      'Provenance trace-of-original',
      'PractitionerRole trace-of-original',
      'Practitioner trace-of-original',
    ]);
    expect([...droppedOf(decision)]).toEqual([3, 4, 5, 6, 7]);
  });
  it('include an original that the scope names', () => {
    const decision = decideRelease({ ...treatment, facts: { ...treatment.facts, scope: { originals: [ids.document] } } });
    expect('items' in decision && droppedOf(decision).size).toBe(0);
  });
});

it('takes an approval of exactly these bytes, this number and this channel', () => {
  const draft = { release: 1, sha256: 'a', channelHash: 'c' };
  expect(isApproved(draft, draft)).toBe(true);
  expect(isApproved(undefined, draft)).toBe(false);
  for (const changes of [{ release: 2 }, { sha256: 'b' }, { channelHash: 'd' }])
    expect(isApproved(draft, { ...draft, ...changes })).toBe(false);
});

it('tells a coarse class of every resource', () => {
  const observation = (code: string): string => coarseClass({ resourceType: 'Observation', category: [{ coding: [{ code }] }] });
  expect(['laboratory', 'vital-signs', 'social-history', 'toString'].map(observation)).toEqual([
    'laboratory',
    'vital-signs',
    'observations',
    'observations',
  ]);
  expect(coarseClass({ resourceType: 'DiagnosticReport', category: [{ coding: [{ code: 'RAD' }] }] })).toBe('imaging');
  expect(coarseClass({ resourceType: 'Immunization' })).toBe('immunizations');
  expect(coarseClass({ resourceType: 'Basic' })).toBe('other');
});
