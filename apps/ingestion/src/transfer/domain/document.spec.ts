import { exampleActor, exampleFacts, exampleIds } from '#libs/contracts';
import { given } from '#libs/shared/testing';
import { type DescriptionChange, type TransferDocument, undescribed } from './document.js';
import { at, document, openedFact, received, submitted } from './transfer.examples.js';
import { type TransferFact, transferDefinition } from './transfer.js';

const transfer = (...history: TransferFact[]) => given(transferDefinition, ...history);
const documentId = exampleIds.document;
const describeAs = (change: DescriptionChange['change'], of: string = documentId) =>
  ({ type: 'DescribeDocument', documentId: of, change, actor: exampleActor }) as const;
const describedFact = (description: object, of: string = documentId): TransferFact => ({
  type: 'DocumentDescribed',
  documentId: of,
  description: { ...undescribed, ...description },
  actor: exampleActor,
});
const submit = { type: 'Submit', actor: exampleActor, at: at(2) } as const;
const other: TransferDocument = { ...document, documentId: exampleIds.hold };
const otherReceived: TransferFact = { type: 'DocumentReceived', document: other, actor: exampleActor };
const third: TransferDocument = { ...document, documentId: exampleIds.access };
const thirdReceived: TransferFact = { type: 'DocumentReceived', document: third, actor: exampleActor };
const descriptionOf = (state: unknown, index = 0) => (state as { documents: TransferDocument[] }).documents[index]?.description;

describe('a document of a draft', () => {
  it('is described bit by bit, and told as it stands then', () => {
    const state = transfer(openedFact, received, describedFact({ language: 'pt' }))
      .when(describeAs({ role: 'letter', kind: 'physical' }))
      .then(describedFact({ language: 'pt', role: 'letter', kind: 'physical' }));
    expect(descriptionOf(state)).toEqual({ language: 'pt', role: 'letter', kind: 'physical', subject: 'patient' });
  });

  it('loses a language or an original that was named by mistake', () => {
    transfer(openedFact, received, otherReceived, describedFact({ language: 'pt', translationOf: other.documentId }))
      .when(describeAs({ language: null, translationOf: null }))
      .then(describedFact({}));
  });

  it('described again in the same words is not told of again, also after it was handed on', () => {
    const again = describeAs({ language: 'pt' });
    expect(
      transfer(openedFact, received, describedFact({ language: 'pt' }))
        .when(again)
        .facts(),
    ).toEqual([]);
    expect(
      transfer(openedFact, received, describedFact({ language: 'pt' }), submitted)
        .when(again)
        .facts(),
    ).toEqual([]);
    expect(
      transfer(openedFact, received)
        .when(describeAs({ role: 'record' }))
        .facts(),
    ).toEqual([]);
  });

  it('stays as it was understood once it is handed on, or the draft is cancelled', () => {
    transfer(openedFact, received, submitted)
      .when(describeAs({ language: 'pt' }))
      .thenRefused('not-a-draft');
    transfer(openedFact, received, { type: 'EndAsked', how: 'cancel', at: at(3), reason: 'x', actor: exampleActor })
      .when(describeAs({ language: 'pt' }))
      .thenRefused('not-a-draft');
  });

  it('that is not listed cannot be described', () => {
    transfer(openedFact)
      .when(describeAs({ language: 'pt' }))
      .thenRefused('unknown-document');
  });
});

describe('a translation', () => {
  it('names a document of the same transfer', () => {
    const fact = describedFact({ translationOf: other.documentId });
    transfer(openedFact, received, otherReceived)
      .when(describeAs({ translationOf: other.documentId }))
      .then(fact);
    transfer(openedFact, received)
      .when(describeAs({ translationOf: other.documentId }))
      .thenRefused('translation-unknown');
  });

  it('is none of itself, also not by way of others', () => {
    transfer(openedFact, received)
      .when(describeAs({ translationOf: documentId }))
      .thenRefused('translation-circle');
    const chain = [
      describedFact({ translationOf: third.documentId }, other.documentId),
      describedFact({ translationOf: documentId }, third.documentId),
    ];
    transfer(openedFact, received, otherReceived, thirdReceived, ...chain)
      .when(describeAs({ translationOf: other.documentId }))
      .thenRefused('translation-circle');
  });
});

describe('a document about somebody else (a donor, a partner, a fetus)', () => {
  const ofOther = describedFact({ subject: 'other' }, other.documentId);

  it('never goes on under this patient: the others are handed over without it', () => {
    transfer(openedFact, received, otherReceived, ofOther)
      .when(submit)
      .then({
        type: 'TransferSubmitted',
        facts: exampleFacts,
        documents: [document],
        actor: exampleActor,
        at: at(2),
      });
  });

  it('is not enough to hand a transfer over', () => {
    transfer(openedFact, otherReceived, ofOther).when(submit).thenRefused('no-documents');
  });

  it('goes on once it is said to be about the patient after all', () => {
    const state = transfer(openedFact, otherReceived, ofOther, describedFact({}, other.documentId)).when(submit).facts();
    expect(state).toMatchObject([{ documents: [{ documentId: other.documentId }] }]);
  });
});
