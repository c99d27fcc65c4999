import { type AuthorityRow, authorityRow, exampleFacts, exampleIds, exampleTransferId, type ProtectedKind } from '#libs/contracts';
import type { Directive } from '../../consent/domain/directive.js';
import type { Certainty, Label } from './labels/rule-set.js';
import { type NamedConsent, type RulingGrounds, rulingOf } from './requirement.js';

const directive: Directive = { patientId: exampleFacts.patientId, type: 'permit', recipients: ['clinica-lisboa'], purposes: ['TREAT'] };
const consent = (kinds?: readonly ProtectedKind[], more: object = {}): NamedConsent => ({
  consentId: exampleIds.consent,
  state: { isActive: true, directive: { ...directive, ...(kinds ? { kinds } : {}) }, ...more },
});
const grounds: RulingGrounds = { transferId: exampleTransferId, facts: exampleFacts, consents: [], directives: [], now: 0 };
const rowOf = (basis: AuthorityRow['basis'], recipientKind: 'clinic' | 'patient' | 'representative' = 'clinic'): AuthorityRow => {
  const row = authorityRow({ direction: 'outbound', basis, purpose: basis === 'patient-access' ? 'PATRQT' : 'TREAT', recipientKind });
  if (!row) throw new Error('no row');
  return row;
};
const label = (kind: ProtectedKind, certainty: Certainty = 'set'): Label => ({ kind, certainty, version: '1' });
const outcome = (labels: readonly Label[], row: AuthorityRow, changes: Partial<RulingGrounds> = {}): string => {
  const { outcome: found, rule } = rulingOf(labels, row, { ...grounds, ...changes });
  return rule ? `${found}: ${rule}` : found;
};
const treatment = rowOf('treatment');
const missing = 'withheld: consent-missing';

describe('for treatment', () => {
  it('content without a label leaves', () => expect(outcome([], treatment)).toBe('may-leave'));
  it.each<[string, ProtectedKind, readonly NamedConsent[], string]>([
    ['HIV without a consent stays', 'HIV', [], missing],
    ['HIV on a general consent stays', 'HIV', [consent()], missing],
    ['HIV on a consent of its own leaves', 'HIV', [consent(['HIV'])], 'may-leave'],
    ['HIV on a consent that another release used up stays', 'HIV', [consent(['HIV'], { usedBy: exampleIds.referral })], missing],
    ['HIV on a consent that this transfer used leaves again', 'HIV', [consent(['HIV'], { usedBy: exampleTransferId })], 'may-leave'],
    ['HIV on a consent for another kind stays', 'HIV', [consent(['MH'])], missing],
    ['mental health on a general consent leaves', 'MH', [consent()], 'may-leave'],
    ['mental health without one stays', 'MH', [], missing],
    ['mental health on a consent for HIV stays', 'MH', [consent(['HIV'])], missing],
    ['a programme’s content stays on a general consent', '42CFRPart2', [consent()], 'withheld: never'],
    [
      'a programme’s content stays on its own consent too, while the notice of 42 CFR 2.32 cannot travel',
      '42CFRPart2',
      [consent(['42CFRPart2'])],
      'withheld: never',
    ],
    ['a psychotherapy note on a general consent stays', 'PSYTHPN', [consent()], missing],
    ['genetic content goes to a person', 'GDIS', [consent()], 'person-decides: person-decides'],
    ['what its source restricted goes to a person', 'R', [], 'person-decides: person-decides'],
  ])('%s', (_, kind, consents, expected) => expect(outcome([label(kind)], treatment, { consents })).toBe(expected));

  it('a consent for another recipient covers nothing', () => {
    const other = {
      ...consent(['HIV']),
      state: { isActive: true, directive: { ...directive, kinds: ['HIV'] as const, recipients: ['clinica-porto'] } },
    };
    expect(outcome([label('HIV')], treatment, { consents: [other] })).toBe(missing);
  });
  it('what only may be protected goes to a person, unless a consent covers it', () => {
    expect(outcome([label('HIV', 'possible')], treatment)).toBe('person-decides: person-decides');
    expect(outcome([label('HIV', 'possible')], treatment, { consents: [consent(['HIV'])] })).toBe('may-leave');
  });
  it('the strictest label of an item binds', () => {
    expect(outcome([label('SUD'), label('42CFRPart2', 'possible')], treatment)).toBe('person-decides: person-decides');
    expect(outcome([label('GDIS'), label('HIV')], treatment)).toBe(missing);
  });
  it('tells which single-release consents are used up, and none for what stays', () => {
    const consents = [consent(['HIV'])];
    expect(rulingOf([label('HIV')], treatment, { ...grounds, consents }).uses).toEqual([exampleIds.consent]);
    expect(rulingOf([label('HIV'), label('MH')], treatment, { ...grounds, consents }).uses).toEqual([]);
  });
  it('a deny of one kind binds that kind, though nobody named it', () => {
    const directives: Directive[] = [{ ...directive, type: 'deny', recipients: [], kinds: ['SUD'] }];
    expect(outcome([label('SUD')], treatment, { directives })).toBe('withheld: denied');
    expect(outcome([label('SUD')], treatment, { directives: [{ ...directive, type: 'deny', kinds: ['SUD'], expiresAt: 0 }] })).toBe(
      'may-leave',
    );
    expect(outcome([label('ETH')], treatment, { directives })).toBe('may-leave');
  });
});

describe('to the patient', () => {
  const access = rowOf('patient-access', 'patient');
  it('all leaves', () => expect(outcome([label('HIV'), label('MH'), label('SUD')], access)).toBe('may-leave'));
  it('but psychotherapy notes', () =>
    expect(outcome([label('PSYTHPN')], access, { consents: [consent(['PSYTHPN'])] })).toBe('withheld: never'));
  it('to a representative HIV goes to a person first', () =>
    expect(outcome([label('HIV')], rowOf('patient-access', 'representative'))).toBe('person-decides: person-decides'));
});
