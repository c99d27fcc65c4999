import { canonicalContent, shownContent } from './content.js';
import { speaksOf, timeOf } from './coverage.js';
import { readDirective } from './directive.js';
import { spanOf } from './period.js';

const consentId = '3e2d1c0b-9a8f-4e7d-a6c5-b4a39281f005';
const patientId = '6f0a5a52-9d2e-4c1b-8a43-3d5a1c6e7b01';
const actReason = 'http://terminology.hl7.org/CodeSystem/v3-ActReason';
const actCode = 'http://terminology.hl7.org/CodeSystem/v3-ActCode';
const recipient = {
  role: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ParticipationType', code: 'IRCP' }] },
  reference: { reference: 'Organization/clinica-lisboa' },
};
const provision = {
  type: 'permit',
  period: { start: '2026-01-01', end: '2026-12-31' },
  actor: [recipient],
  purpose: [{ system: actReason, code: 'TREAT' }],
};
const consent = {
  resourceType: 'Consent',
  id: consentId,
  status: 'active',
  scope: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentscope', code: 'patient-privacy' }] },
  category: [{ coding: [{ system: 'http://loinc.org', code: '59284-0' }] }],
  patient: { reference: `Patient/${patientId}` },
  dateTime: '2026-01-01',
  policyRule: { coding: [{ system: actCode, code: 'OPTIN' }] },
  provision,
};
const withProvision = (changes: object): object => ({ ...consent, provision: { ...provision, ...changes } });

function refusal(resource: unknown): string {
  const read = readDirective(resource, consentId);
  return 'refused' in read ? `${read.refused} ${read.path}` : 'accepted';
}

describe('a FHIR Consent', () => {
  it('names who may receive, for what, and until when', () => {
    expect(readDirective(consent, consentId)).toEqual({
      directive: {
        patientId,
        type: 'permit',
        recipients: ['clinica-lisboa'],
        purposes: ['TREAT'],
        startsAt: Date.UTC(2026, 0, 1),
        expiresAt: Date.UTC(2027, 0, 1),
      },
    });
  });

  it('may name the patient by the identifier of the register', () => {
    expect(refusal({ ...consent, patient: { identifier: { system: 'urn:bulfinch:patient', value: patientId } } })).toBe('accepted');
  });

  it('may deny every recipient and every purpose', () => {
    expect(
      readDirective({ ...consent, policyRule: { coding: [{ system: actCode, code: 'OPTOUT' }] }, provision: { type: 'deny' } }, consentId),
    ).toEqual({
      directive: { patientId, type: 'deny', recipients: [], purposes: [] },
    });
  });

  it.each([
    ['without a status', { ...consent, status: undefined }, 'element-missing Consent.status'],
    ['that is a draft', { ...consent, status: 'draft' }, 'element-not-valid Consent.status'],
    [
      'for research',
      { ...consent, scope: { coding: [{ system: consent.scope.coding[0]?.system, code: 'research' }] } },
      'element-not-valid Consent.scope',
    ],
    ['whose scope is words only', { ...consent, scope: { text: 'privacy' } }, 'element-missing Consent.scope.coding'],
    ['without a category', { ...consent, category: [] }, 'element-missing Consent.category'],
    ['without a patient', { ...consent, patient: undefined }, 'element-missing Consent.patient'],
    [
      'of a patient known elsewhere',
      { ...consent, patient: { identifier: { system: 'urn:other', value: '1' } } },
      'element-not-valid Consent.patient.identifier',
    ],
    [
      'of two patients',
      { ...consent, patient: { reference: `Patient/${patientId}`, identifier: { system: 'urn:bulfinch:patient', value: consentId } } },
      'contradiction Consent.patient',
    ],
    ['of a patient by name', { ...consent, patient: { reference: 'Patient/smith' } }, 'element-not-valid Consent.patient'],
    ['without a policy rule', { ...consent, policyRule: undefined }, 'element-missing Consent.policyRule'],
    ['without a provision', { ...consent, provision: undefined }, 'element-missing Consent.provision'],
    ['under another id than the door', { ...consent, id: 'other' }, 'element-not-valid Consent.id'],
    ['that is no Consent', { ...consent, resourceType: 'Contract' }, 'element-not-valid Consent.resourceType'],
    ['that is no object', [], 'element-not-valid Consent'],
    ['with a day that the calendar has not', { ...consent, dateTime: '2026-02-31' }, 'element-not-valid Consent.dateTime'],
    [
      'not verified with the patient',
      { ...consent, verification: [{ verified: false }] },
      'element-not-valid Consent.verification[0].verified',
    ],
  ])('%s is refused', (_, resource, expected) => {
    expect(refusal(resource)).toBe(expected);
  });

  it.each([
    ['data', { data: [] }, 'Consent.provision.data'],
    ['dataPeriod', { dataPeriod: {} }, 'Consent.provision.dataPeriod'],
    ['class', { class: [] }, 'Consent.provision.class'],
    ['code', { code: [] }, 'Consent.provision.code'],
    ['securityLabel', { securityLabel: [] }, 'Consent.provision.securityLabel'],
    ['a purpose the house does not know', { purpose: [{ system: actReason, code: 'HRESCH' }] }, 'Consent.provision.purpose[0]'],
    ['a purpose of another system', { purpose: [{ system: 'urn:x', code: 'TREAT' }] }, 'Consent.provision.purpose[0]'],
    [
      'another role',
      { actor: [{ ...recipient, role: { coding: [{ system: recipient.role.coding[0]?.system, code: 'CST' }] } }] },
      'Consent.provision.actor[0].role',
    ],
    [
      'an action beside disclosing',
      { action: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentaction', code: 'correct' }] }] },
      'Consent.provision.action[0]',
    ],
    ['a child rule of the same type', { provision: [{ type: 'permit' }] }, 'Consent.provision.provision'],
  ])('is refused with the path for what the house does not enforce: %s', (_, changes, path) => {
    expect(refusal(withProvision(changes))).toBe(`element-not-enforced ${path}`);
  });

  it('is refused when a child rule contradicts the root', () => {
    expect(refusal(withProvision({ provision: [{ type: 'permit' }, { type: 'deny' }] }))).toBe(
      'contradiction Consent.provision.provision[1]',
    );
  });

  it.each([
    ['opt-in with a deny', { ...consent, provision: { ...provision, type: 'deny' } }, 'contradiction Consent.policyRule'],
    [
      'opt-out with a permit',
      { ...consent, policyRule: { coding: [{ system: actCode, code: 'OPTOUT' }] } },
      'contradiction Consent.policyRule',
    ],
    [
      'opt-in with restrictions',
      { ...consent, policyRule: { coding: [{ system: actCode, code: 'OPTINR' }] } },
      'element-not-enforced Consent.policyRule',
    ],
    [
      'a period that ends before it begins',
      withProvision({ period: { start: '2026-12-31', end: '2026-01-01' } }),
      'contradiction Consent.provision.period',
    ],
    ['a permit for nobody', withProvision({ actor: undefined }), 'element-missing Consent.provision.actor'],
    ['neither permit nor deny', withProvision({ type: undefined }), 'element-missing Consent.provision.type'],
    [
      'a recipient by name',
      withProvision({ actor: [{ ...recipient, reference: { display: 'Dr. X' } }] }),
      'element-not-valid Consent.provision.actor[0].reference',
    ],
    [
      'a modifier at any depth',
      { ...consent, performer: [{ reference: 'x', modifierExtension: [] }] },
      'element-not-enforced Consent.performer.modifierExtension',
    ],
    ['implicit rules', { ...consent, implicitRules: 'urn:x' }, 'element-not-enforced Consent.implicitRules'],
    ['a policy beside the rule', { ...consent, policy: [{ uri: 'urn:x' }] }, 'element-not-enforced Consent.policy'],
    ['labels on itself', { ...consent, meta: { security: [] } }, 'element-not-enforced Consent.meta.security'],
    ['an unknown element', { ...consent, 'a name <b>': 1 }, 'element-not-enforced Consent'],
    ['an element named as a person', { ...consent, Testeira: 1 }, 'element-not-enforced Consent'],
  ])('is refused: %s', (_, resource, expected) => {
    expect(refusal(resource)).toBe(expected);
  });

  it('is refused when it is nested beyond reason, without falling over', () => {
    let deep: unknown = 'x';
    for (let depth = 0; depth < 10_000; depth++) deep = { performer: deep };
    expect(refusal({ ...consent, performer: [deep] })).toBe('element-not-valid Consent');
  });
});

describe('the content of a Consent', () => {
  it('is the same whatever the order of its keys and what a server adds', () => {
    const served = {
      meta: { lastUpdated: '2026-01-01T00:00:00Z', tag: [{ system: 'urn:bulfinch:consent-state', code: 'active' }] },
      ...Object.fromEntries(Object.entries(consent).reverse()),
    };
    expect(canonicalContent(served, consentId)).toBe(canonicalContent(consent, consentId));
  });

  it('differs when a date differs', () => {
    expect(canonicalContent({ ...consent, dateTime: '2026-01-02' }, consentId)).not.toBe(canonicalContent(consent, consentId));
  });

  it('is shown inactive with our own state once it is revoked', () => {
    expect(shownContent(consent, 'revoking')).toMatchObject({
      status: 'inactive',
      meta: { tag: [{ system: 'urn:bulfinch:consent-state', code: 'revoking' }] },
    });
  });
});

describe('what a directive covers', () => {
  const directive = { patientId, type: 'permit', recipients: ['clinica-lisboa'], purposes: ['TREAT'] } as const;

  it('is the named recipient and the named purpose only', () => {
    expect(speaksOf(directive, { recipientId: 'clinica-lisboa', purpose: 'TREAT' })).toBe(true);
    expect(speaksOf(directive, { recipientId: 'clinica-porto', purpose: 'TREAT' })).toBe(false);
    expect(speaksOf(directive, { recipientId: 'clinica-lisboa', purpose: 'HPAYMT' })).toBe(false);
  });

  it('includes emergency treatment under treatment, not the other way round', () => {
    expect(speaksOf(directive, { recipientId: 'clinica-lisboa', purpose: 'ETREAT' })).toBe(true);
    expect(speaksOf({ ...directive, purposes: ['ETREAT'] }, { recipientId: 'clinica-lisboa', purpose: 'TREAT' })).toBe(false);
  });

  it('begins and ends at the instant its period says', () => {
    expect(timeOf({ startsAt: 10, expiresAt: 20 }, 9)).toBe('not-begun');
    expect(timeOf({ startsAt: 10, expiresAt: 20 }, 10)).toBe('in-force');
    expect(timeOf({ startsAt: 10, expiresAt: 20 }, 20)).toBe('expired');
  });
});

describe('a FHIR date', () => {
  it.each([
    ['2026', Date.UTC(2026, 0, 1), Date.UTC(2027, 0, 1)],
    ['2026-02', Date.UTC(2026, 1, 1), Date.UTC(2026, 2, 1)],
    ['2026-02-28', Date.UTC(2026, 1, 28), Date.UTC(2026, 2, 1)],
    ['2026-02-28T10:00:00-05:00', Date.UTC(2026, 1, 28, 15), Date.UTC(2026, 1, 28, 15)],
  ])('%s spans the whole of what it names', (text, start, end) => {
    expect(spanOf(text)).toEqual({ start, end });
  });

  it.each(['2026-13', '2026-02-30', '2026-02-28T25:00:00Z', '2026-02-28T10:00:00', 'soon', ''])('%p is none', (text) => {
    expect(spanOf(text)).toBeUndefined();
  });
});

describe('a consent for one protected kind', () => {
  const read = (securityLabel: unknown): unknown => readDirective(withProvision({ securityLabel }), consentId);
  const refused = { refused: 'element-not-enforced', path: 'Consent.provision.securityLabel' };
  it('says so by its security label', () =>
    expect(read([{ system: actCode, code: 'HIV' }])).toMatchObject({ directive: { kinds: ['HIV'] } }));
  it('stands apart: two kinds in one are refused', () =>
    expect(
      read([
        { system: actCode, code: 'HIV' },
        { system: actCode, code: 'MH' },
      ]),
    ).toEqual(refused));
  it.each([
    [[{ code: 'R' }]],
    [[{ system: actCode, code: 'R' }]],
    [[{ system: 'urn:x', code: 'HIV' }]],
    [[{ system: actCode, code: 'NOPE' }]],
    [[]],
  ])('with a label that is not enforced is refused: %j', (label) => expect(read(label)).toEqual(refused));
});
