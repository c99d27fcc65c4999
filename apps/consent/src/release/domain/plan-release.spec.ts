import { exampleFacts, exampleTransferId } from '#libs/contracts';
import type { DocumentBundle, JsonObject, Resource } from './content/bundle.js';
import { decideRelease, withheldOf } from './decide-release.js';
import type { Grounds } from './grounds.js';
import type { Plan } from './plan.js';

const icd = (code: string): JsonObject => ({ coding: [{ system: 'http://hl7.org/fhir/sid/icd-10-cm', code }] });
const hiv: Resource = { resourceType: 'Condition', code: icd('B20') };
const diabetes: Resource = { resourceType: 'Condition', code: icd('E11.9') };
const record = (section: JsonObject[], frame: JsonObject, ...items: Resource[]): DocumentBundle => ({
  resourceType: 'Bundle',
  type: 'document',
  entry: [
    { fullUrl: 'urn:uuid:0', resource: { resourceType: 'Composition', subject: { reference: 'urn:uuid:1' }, section, ...frame } },
    ...[{ resourceType: 'Patient' }, ...items].map((resource, index) => ({ fullUrl: `urn:uuid:${index + 1}`, resource })),
  ],
});
const all = (...items: Resource[]): DocumentBundle =>
  record([{ title: 'All', entry: items.map((_, index) => ({ reference: `urn:uuid:${index + 2}` })) }], {}, ...items);
const grounds = (of: DocumentBundle, onWithheld: 'hold' | 'send' = 'hold', waiver?: string): Grounds => ({
  transferId: exampleTransferId,
  facts: { ...exampleFacts, basis: 'treatment', consentIds: [], onWithheld },
  record: of,
  consents: [],
  directives: [],
  recipient: { version: 1, kind: 'clinic', suspended: false, channelHash: 'a'.repeat(64) },
  waiver,
  now: 0,
});
function planOf(...args: Parameters<typeof grounds>): Plan {
  const decision = decideRelease(grounds(...args));
  if (decision.decision === 'refused') throw new Error(decision.reason);
  return decision;
}
const noted: Resource = { ...diabetes, note: [{ text: 'x' }] };

describe('a record', () => {
  it('of codes that nothing protects leaves without a look and without a waiver', () => {
    expect(planOf(all(diabetes))).toMatchObject({ review: [], uses: [] });
    expect(planOf(all(diabetes), 'hold', 'demo')).not.toHaveProperty('waiver');
  });
  it('of which something is withheld stops for a person, unless the sender said to send the rest', () => {
    expect(planOf(all(diabetes, hiv)).review).toEqual(['withheld']);
    expect(planOf(all(diabetes, hiv), 'send').review).toEqual([]);
    expect([...withheldOf(planOf(all(diabetes, hiv), 'send')).entries]).toEqual([3]);
  });
  it('of which something is withheld leaves no unread words under a waiver', () => {
    expect(planOf(all(noted), 'send', 'demo')).toMatchObject({ review: [], waiver: 'demo' });
    const mixed = planOf(all(noted, hiv), 'send', 'demo');
    expect(mixed.review).toEqual(['unread']);
    expect(mixed).not.toHaveProperty('waiver');
  });
  it('whose text has a word of a rule set waits for a person, waiver or not', () => {
    const text = { status: 'additional', div: '<div>Lives with HIV</div>' };
    expect(planOf(record([{ title: 'Story', text }], {}), 'send', 'demo').review).toEqual(['person-decides']);
  });
  it('loses a section of a protected code whole, with its text', () => {
    const code = { coding: [{ system: 'http://loinc.org', code: '44249-1' }] };
    const plan = planOf(record([{ title: 'Story', section: [{ title: 'x', code, text: { div: '<div>x</div>' } }] }], {}), 'send');
    expect(plan.sectionsWithheld).toEqual(['0.0']);
  });
  it('that would have to be withheld as a whole is refused', () => {
    const labelled = record([], { meta: { security: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'HIV' }] } });
    expect(decideRelease(grounds(labelled))).toEqual({ decision: 'refused', reason: 'consent-does-not-cover' });
  });
});

it('staff are warned when a medicine or an allergy is withheld', () => {
  const medicine: Resource = { resourceType: 'MedicationStatement', reasonReference: [{ reference: 'urn:uuid:2' }] };
  const allergy: Resource = {
    resourceType: 'AllergyIntolerance',
    code: { coding: [{ system: 'http://www.whocc.no/atc', code: 'J05AR13' }] },
  };
  expect(planOf(all(hiv, medicine, allergy)).warnings).toEqual(['medicine-withheld', 'allergy-withheld']);
  expect(planOf(all(hiv)).warnings).toEqual([]);
});
