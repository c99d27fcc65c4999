import { exampleFacts } from '#libs/contracts';
import { at, document, heard, openedFact, received, submitted } from './transfer.examples.js';
import { type OpenTransfer, type Transfer, type TransferFact, transferDefinition } from './transfer.js';
import { audienceOf, summaries, view } from './view.js';

const id = '0193a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b';
const transferAfter = (...facts: TransferFact[]): OpenTransfer => {
  const state = facts.reduce<Transfer>(transferDefinition.evolve, transferDefinition.initial);
  if (state.status !== 'open') throw new Error('not open');
  return state;
};
const outbound = (...facts: TransferFact[]) => transferAfter(openedFact, received, submitted, ...facts);
const inbound = (...facts: TransferFact[]) =>
  transferAfter(
    {
      type: 'TransferOpened',
      at: at(0),
      facts: { ...exampleFacts, direction: 'inbound', senderId: 'clinica-porto', recipientId: 'mgh' },
      reference: 'K7QM3XPC',
      number: 1,
      asked: { requester: { kind: 'physician' } },
    },
    received,
    submitted,
    ...facts,
  );

describe('who may see a transfer', () => {
  it('the hospital sees all', () => expect(audienceOf(outbound(), undefined)).toBe('staff'));
  it('a clinic sees what it sent in', () => expect(audienceOf(inbound(), 'clinica-porto')).toBe('sender'));
  it('a recipient sees nothing before the records have arrived', () => {
    expect(audienceOf(outbound(heard('record-released', 4)), 'clinica-lisboa')).toBeUndefined();
    expect(audienceOf(outbound(heard('delivered', 6)), 'clinica-lisboa')).toBe('recipient');
  });
  it('another clinic sees nothing', () => {
    expect(audienceOf(outbound(heard('delivered', 6)), 'clinica-porto')).toBeUndefined();
    expect(summaries([{ id, transfer: inbound() }], 'clinica-lisboa')).toEqual([]);
  });
});

describe('what a clinic is told', () => {
  const held = inbound(heard('record-normalized', 3), heard('release-held', 4));
  it('is never a patientId, a file name, a consent or a hold', () => {
    const told = view(id, held, 'sender');
    expect(JSON.stringify(told)).not.toMatch(/patientId|Überweisung|consentIds|review|held/);
    expect(told).toMatchObject({ state: 'normalized', holds: [], whoseTurn: 'hospital', documents: [{ sha256: document.blob.sha256 }] });
  });
  it('as the recipient is no count of what the source held and no document', () => {
    const told = view(id, outbound(heard('record-normalized', 3), heard('delivered', 6)), 'recipient');
    expect(told).toMatchObject({ state: 'delivered', documents: [], evidenceLevel: 0 });
    expect(Object.keys(told)).not.toEqual(expect.arrayContaining(['report']));
    expect(JSON.stringify(told)).not.toMatch(/statements|referralId|normaliz/);
  });
});

describe('what staff are told', () => {
  it('is the whole of it', () => {
    const told = view(id, outbound(heard('record-normalized', 3), heard('record-released', 4), heard('delivered', 6)), 'staff');
    expect(told).toMatchObject({
      id,
      reference: 'K7QM-3XPC-2',
      patientId: exampleFacts.patientId,
      state: 'delivered',
      since: at(6),
      waiver: 'embedded-demo',
      documents: [{ title: 'Überweisung 李.xml', size: 38_211, type: 'ccda' }],
      report: { statements: 41, kept: 39, lost: 2, warnings: 1 },
      attempts: { count: 1, last: 'delivered' },
      evidence: [{ fact: 'stored' }],
      evidenceLevel: 0,
      leftBefore: 'left',
      needsAttention: false,
    });
    expect(told.timeline.map((line) => (line as { what: string }).what)).toEqual([
      'transfer-created',
      'document-received',
      'transfer-submitted',
      'record-normalized',
      'record-released',
      'delivered',
    ]);
  });
  it('is why a transfer was refused, and that a consent was revoked after delivery', () => {
    expect(view(id, outbound(heard('release-refused', 4)), 'staff').reason).toBe('consent-not-active');
    expect(
      view(id, outbound(heard('delivered', 6), heard('gate-closed', 9, { because: 'revoked', left: 'left' })), 'staff').revokedAfter,
    ).toBe(at(9));
  });
  it('is that a deadline has passed, until the transfer moves on', () => {
    const passed: TransferFact = { type: 'DeadlinePassed', deadline: '2026-11-24T13:02:00.000Z' };
    expect(view(id, outbound(passed), 'staff')).toMatchObject({
      needsAttention: true,
      attention: { reason: 'submitted-overdue', since: '2026-11-24T13:02:00.000Z' },
    });
    expect(view(id, outbound(passed, heard('record-normalized', 70)), 'staff')).toMatchObject({ needsAttention: false });
  });
});
