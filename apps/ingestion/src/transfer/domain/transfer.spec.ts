import { exampleActor, exampleFacts, exampleIds } from '#libs/contracts';
import { given } from '#libs/shared/testing';
import { documentsMax } from './document.js';
import { at, cancelAsked, document, heard, openedFact, opening, recallAsked, received, submitted } from './transfer.examples.js';
import { type TransferFact, transferDefinition } from './transfer.js';

const transfer = (...history: TransferFact[]) => given(transferDefinition, ...history);
const addDocument = { type: 'AddDocument', document, actor: exampleActor } as const;
const submit = { type: 'Submit', actor: exampleActor, at: at(2) } as const;
const cancel = { type: 'End', how: 'cancel', reason: 'sent twice', actor: exampleActor, at: at(30) } as const;
const recall = { type: 'End', how: 'recall', reason: 'wrong clinic', actor: exampleActor, at: at(31) } as const;
const otherBytes = { ...document, blob: { ...document.blob, sha256: 'a'.repeat(64) } };
const delivered = [openedFact, received, submitted, heard('record-normalized', 3), heard('record-released', 4), heard('delivered', 6)];

describe('opening a transfer', () => {
  it('makes a draft', () => {
    transfer()
      .when({ type: 'Open', at: at(0), ...opening })
      .then(openedFact);
  });

  it('is refused where the transfer is there already', () => {
    transfer(openedFact)
      .when({ type: 'Open', at: at(1), ...opening })
      .thenRefused('already-open');
  });

  it.each([addDocument, submit, cancel, { type: 'Hear', event: heard('delivered', 6) }, { type: 'CheckDeadline', at: at(5) }] as const)(
    'comes first: nothing happens to a transfer that is not there (%#)',
    (input) => {
      // The event of `Hear` is not looked at before the transfer is found.
      transfer()
        .when(input as never)
        .thenRefused('unknown-transfer');
    },
  );
});

describe('a document', () => {
  it('is taken in while the transfer is a draft', () => {
    transfer(openedFact).when(addDocument).then(received);
  });

  it('that comes again with the same bytes changes nothing, also after submission', () => {
    expect(transfer(openedFact, received).when(addDocument).facts()).toEqual([]);
    expect(transfer(openedFact, received, submitted).when(addDocument).facts()).toEqual([]);
  });

  it('with other bytes under the same id is refused', () => {
    transfer(openedFact, received)
      .when({ ...addDocument, document: otherBytes })
      .thenRefused('document-differs');
  });

  it('that is new is refused after submission and after cancellation', () => {
    const late = { ...addDocument, document: { ...document, documentId: '5c4d3e2f-1a0b-4c9d-8e7f-000000000000' } };
    transfer(openedFact, received, submitted).when(late).thenRefused('not-a-draft');
    transfer(openedFact, cancelAsked).when(late).thenRefused('not-a-draft');
  });

  it(`number ${documentsMax + 1} is refused`, () => {
    const documents = Array.from(
      { length: documentsMax },
      (_, index): TransferFact => ({
        type: 'DocumentReceived',
        document: { ...document, documentId: `5c4d3e2f-1a0b-4c9d-8e7f-${String(index).padStart(12, '0')}` },
        actor: exampleActor,
      }),
    );
    transfer(openedFact, ...documents)
      .when(addDocument)
      .thenRefused('too-many-documents');
    transfer(openedFact, ...documents.slice(1))
      .when(addDocument)
      .then(received);
  });
});

describe('submitting', () => {
  it('hands over the facts and every document', () => {
    transfer(openedFact, received).when(submit).then(submitted);
  });

  it('again changes nothing, also after delivery', () => {
    expect(transfer(openedFact, received, submitted).when(submit).facts()).toEqual([]);
    expect(
      transfer(...delivered)
        .when(submit)
        .facts(),
    ).toEqual([]);
  });

  it('sends along what the register says of the patient, as a reference that only normalization opens', () => {
    const patient = { ...document.blob, blobId: exampleIds.hold };
    const fact = { ...submitted, patient } as TransferFact;
    transfer(openedFact, received)
      .when({ ...submit, patient })
      .then(fact);
    expect(transferDefinition.publish(fact)?.data).toMatchObject({ patient });
  });

  it('without a document is refused', () => {
    transfer(openedFact).when(submit).thenRefused('no-documents');
  });

  it('a cancelled draft is refused', () => {
    transfer(openedFact, received, cancelAsked).when(submit).thenRefused('transfer-ended');
  });
});

describe('cancelling and recalling', () => {
  it('a draft is cancelled at once', () => {
    const state = transfer(openedFact).when(cancel).then(cancelAsked);
    expect(state).toMatchObject({ standing: { state: 'cancelled', since: at(30) } });
  });

  it('a submitted transfer goes on until the gate is closed', () => {
    const state = transfer(openedFact, received, submitted).when(cancel).then(cancelAsked);
    expect(state).toMatchObject({ standing: { state: 'submitted' } });
  });

  it('the same wish again adds nothing, and a cancellation adds nothing to a recall', () => {
    expect(transfer(openedFact, received, submitted, cancelAsked).when(cancel).facts()).toEqual([]);
    expect(
      transfer(...delivered, recallAsked)
        .when(recall)
        .facts(),
    ).toEqual([]);
    expect(
      transfer(...delivered, recallAsked)
        .when(cancel)
        .facts(),
    ).toEqual([]);
  });

  it('a recall may follow a cancellation that came too late', () => {
    transfer(...delivered, cancelAsked)
      .when(recall)
      .then(recallAsked);
  });

  it('a draft cannot be recalled: nothing was handed over', () => {
    transfer(openedFact, received).when(recall).thenRefused('not-submitted');
  });

  it.each([
    ['refused by normalization', [heard('documents-refused', 3)]],
    ['refused by consent', [heard('release-refused', 3)]],
    ['revoked', [heard('gate-closed', 3, { because: 'revoked' })]],
    ['expired', [heard('gate-closed', 3, { because: 'expired' })]],
  ])('a transfer that is %s has nothing to stop', (_, facts) => {
    transfer(openedFact, received, submitted, ...facts)
      .when(cancel)
      .thenRefused('transfer-ended');
    transfer(openedFact, received, submitted, ...facts)
      .when(recall)
      .thenRefused('transfer-ended');
  });

  it('a failed delivery still has an open gate, so it can be cancelled', () => {
    transfer(openedFact, received, submitted, heard('delivery-stopped', 9, { reason: 'budget-spent' }))
      .when(cancel)
      .then(cancelAsked);
  });
});

describe('a deadline', () => {
  const draftDeadline = '2026-12-24T12:00:00.000Z';
  it('that passes calls for a person, once', () => {
    const passed: TransferFact = { type: 'DeadlinePassed', deadline: draftDeadline };
    transfer(openedFact).when({ type: 'CheckDeadline', at: draftDeadline }).then(passed);
    expect(transfer(openedFact, passed).when({ type: 'CheckDeadline', at: '2026-12-25T12:00:00.000Z' }).facts()).toEqual([]);
  });

  it('that has not come calls for no one', () => {
    expect(transfer(openedFact).when({ type: 'CheckDeadline', at: '2026-12-24T11:59:59.999Z' }).facts()).toEqual([]);
  });

  it('is waited for by the case, and no longer when it has passed or the transfer has ended', () => {
    const due = (...history: TransferFact[]) =>
      transferDefinition.due(history.reduce(transferDefinition.evolve, transferDefinition.initial));
    expect(transferDefinition.due(transferDefinition.initial)).toBeUndefined();
    expect(due(openedFact)).toEqual({ kind: 'deadline', at: Date.parse(draftDeadline) });
    expect(due(openedFact, { type: 'DeadlinePassed', deadline: draftDeadline })).toBeUndefined();
    expect(due(openedFact, cancelAsked)).toBeUndefined();
    // The next stage has a deadline of its own: an hour for a service.
    expect(due(openedFact, received, { type: 'DeadlinePassed', deadline: draftDeadline }, submitted)).toEqual({
      kind: 'deadline',
      at: Date.parse(at(2)) + 3_600_000,
    });
  });
});

describe('what others are told', () => {
  it('is ids and codes: no file name and no reason', () => {
    const told = [openedFact, received, submitted, cancelAsked, recallAsked].map((fact) => transferDefinition.publish(fact));
    expect(told.map((draft) => draft?.type.split('.')[3])).toEqual([
      'transfer-created',
      'document-received',
      'transfer-submitted',
      'transfer-cancelled',
      'transfer-cancelled',
    ]);
    expect(JSON.stringify(told)).not.toMatch(/Überweisung|fileName|sent twice|wrong clinic|K7QM/);
    expect(told[0]?.data).toEqual(exampleFacts);
  });

  it('is nothing of what ingestion only heard or noticed', () => {
    expect(transferDefinition.publish(heard('delivered', 6))).toBeUndefined();
    expect(transferDefinition.publish({ type: 'DeadlinePassed', deadline: at(60) })).toBeUndefined();
  });
});
