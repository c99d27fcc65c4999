import { checkEvent, exampleActor, exampleBlob, exampleFacts, exampleIds, exampleInstant, exampleTransferId } from '#libs/contracts';
import { given } from '#libs/shared/testing';
import { matchFrom } from './match.js';
import {
  decide,
  due,
  evolve,
  initialRecord,
  ledgerOf,
  matchOf,
  patientOf,
  publish,
  type RecordFact,
  type RecordInput,
  type Task,
} from './record.js';

const domain = { initial: initialRecord, decide, evolve };
const task: Task = {
  facts: exampleFacts,
  documents: [{ documentId: exampleIds.document, type: 'ccda', blob: exampleBlob }],
  recordId: exampleIds.hold,
  recordedAt: exampleInstant,
};
const made = {
  record: exampleBlob,
  ledger: { ...exampleBlob, blobId: exampleIds.access },
  summary: { statements: 5, kept: 4, lost: 1, warnings: 0 },
};
const started: RecordFact = { type: 'ConversionStarted', ...task };
const normalized: RecordFact = { type: 'RecordNormalized', facts: exampleFacts, documentIds: [exampleIds.document], ...made };
const refused: RecordFact = {
  type: 'DocumentsRefused',
  patientId: exampleFacts.patientId,
  reason: 'conversion-too-slow',
  documentId: exampleIds.document,
};
const cancelled: RecordFact = { type: 'TransferWithdrawn', actor: exampleActor, how: 'cancel' };
const found = { holdId: exampleIds.delivery, values: { ...exampleBlob, blobId: exampleIds.consent }, at: exampleInstant };
const match = matchFrom(found);
const held: RecordFact = { type: 'RecordHeld', facts: exampleFacts, documentIds: [exampleIds.document], ...made, match };
const answer = (decision: 'same-person' | 'other-person') =>
  ({
    holdId: found.holdId,
    decision,
    reason: { ...exampleBlob, blobId: exampleIds.referral },
    actor: exampleActor,
    at: exampleInstant,
  }) as const;
const answered = (decision: 'same-person' | 'other-person'): RecordFact => ({ type: 'HoldAnswered', ...answer(decision) });
const otherPatient: RecordFact = { type: 'DocumentsRefused', patientId: exampleFacts.patientId, reason: 'other-patient' };
const submit: RecordInput = { type: 'Submitted', ...task };
const cancel: RecordInput = { type: 'Cancelled', actor: exampleActor, how: 'cancel' };
const recall: RecordInput = { type: 'Cancelled', actor: exampleActor, how: 'recall' };
const result: RecordInput = { type: 'Converted', ...made };
const mismatched: RecordInput = { type: 'Converted', ...made, mismatch: found };
const decideAs = (decision: 'same-person' | 'other-person'): RecordInput => ({ type: 'AnswerHold', ...answer(decision) });
const poisonous: RecordInput = { type: 'NotConvertible', reason: 'conversion-too-slow', documentId: exampleIds.document };

describe('the record of a transfer', () => {
  it('takes up submitted documents, and their conversion is due at once', () => {
    const state = given(domain).when(submit).then(started);
    expect(due(state)).toEqual({ kind: 'convert', at: 0 });
    expect(patientOf(state)).toBe(exampleFacts.patientId);
  });

  it('keeps the name and time of the record from the submission, so that every try makes the same bytes', () => {
    expect(given(domain).when(submit).then(started)).toMatchObject({ recordId: task.recordId, recordedAt: task.recordedAt });
  });

  it('refuses to take up a transfer twice', () => {
    given(domain, started).when(submit).thenRefused('already-taken-up');
    given(domain, started, normalized).when(submit).thenRefused('already-taken-up');
    given(domain, started, refused).when(submit).thenRefused('already-taken-up');
    given(domain, cancelled).when(submit).thenRefused('already-taken-up');
  });

  it('tells the record with the facts of the transfer and every document it was made from', () => {
    const state = given(domain, started).when(result).then(normalized);
    expect(due(state)).toBeUndefined();
    expect(ledgerOf(state)).toEqual(made.ledger);
    expect(patientOf(state)).toBe(exampleFacts.patientId);
  });

  it('ends documents that cannot be converted in a refusal with its reason, not in another try', () => {
    const state = given(domain, started).when(poisonous).then(refused);
    expect(due(state)).toBeUndefined();
    expect(patientOf(state)).toBe(exampleFacts.patientId);
  });

  it('refuses documents without blaming one where the fault lies in all of them', () => {
    given(domain, started)
      .when({ type: 'NotConvertible', reason: 'conversion-crashed' })
      .then({ type: 'DocumentsRefused', patientId: exampleFacts.patientId, reason: 'conversion-crashed' });
  });

  it.each([
    ['before any document was submitted', []],
    ['while the conversion runs', [started]],
    ['after the record was made', [started, normalized]],
    ['after the documents were refused', [started, refused]],
  ] as const)('passes a cancellation on to consent %s', (_, history) => {
    expect(
      due(
        given(domain, ...history)
          .when(cancel)
          .then(cancelled),
      ),
    ).toBeUndefined();
  });

  it('passes a recall on that follows a cancellation, and the same cancellation only once', () => {
    expect(given(domain, started, cancelled).when(cancel).facts()).toEqual([]);
    given(domain, started, cancelled).when(recall).then({ type: 'TransferWithdrawn', actor: exampleActor, how: 'recall' });
  });

  it('throws away a result that comes after the transfer was withdrawn', () => {
    given(domain, started, cancelled).when(result).thenRefused('not-converting');
    given(domain, started, cancelled).when(poisonous).thenRefused('not-converting');
  });

  it('throws away a second result', () => {
    given(domain, started, normalized).when(result).thenRefused('not-converting');
    given(domain, started, normalized).when(poisonous).thenRefused('not-converting');
    given(domain, started, refused).when(result).thenRefused('not-converting');
  });

  it('keeps the report of a record that was made before the transfer was withdrawn', () => {
    const state = given(domain, started, normalized).when(recall).then({ type: 'TransferWithdrawn', actor: exampleActor, how: 'recall' });
    expect(ledgerOf(state)).toEqual(made.ledger);
    expect(patientOf(state)).toBe(exampleFacts.patientId);
  });

  it('knows no patient and no report of a transfer without documents', () => {
    expect(patientOf(initialRecord)).toBeUndefined();
    expect(ledgerOf(initialRecord)).toBeUndefined();
    expect(due(initialRecord)).toBeUndefined();
  });

  describe('whose document tells of the patient otherwise than the register', () => {
    it('waits for records staff, and is told to nobody meanwhile', () => {
      const state = given(domain, started).when(mismatched).then(held);
      expect(due(state)).toBeUndefined();
      expect(matchOf(state)).toMatchObject({
        hold: { kind: 'match', owner: 'records-staff', since: exampleInstant },
        values: found.values,
      });
      expect(patientOf(state)).toBe(exampleFacts.patientId);
      expect(ledgerOf(state)).toEqual(made.ledger);
      given(domain, started, held).when(result).thenRefused('not-converting');
    });

    it('goes on once a person says that it is the same human being', () => {
      const state = given(domain, started, held).when(decideAs('same-person')).then(answered('same-person'), normalized);
      expect(state).toMatchObject({ status: 'normalized', record: made.record });
      expect(matchOf(state)?.answer).toMatchObject({ decision: 'same-person', reason: { blobId: exampleIds.referral } });
    });

    it('is refused once a person says that it is another', () => {
      const state = given(domain, started, held).when(decideAs('other-person')).then(answered('other-person'), otherPatient);
      expect(state).toMatchObject({ status: 'refused', reason: 'other-patient' });
      expect(matchOf(state)?.answer).toMatchObject({ decision: 'other-person' });
    });

    it('is answered once: the same answer again changes nothing, another one comes too late', () => {
      const gone = [started, held, answered('same-person'), normalized];
      expect(
        given(domain, ...gone)
          .when(decideAs('same-person'))
          .facts(),
      ).toEqual([]);
      given(domain, ...gone)
        .when(decideAs('other-person'))
        .thenRefused('answered-otherwise');
      given(domain, started, held, answered('other-person'), otherPatient).when(decideAs('same-person')).thenRefused('answered-otherwise');
    });

    it('is answered under its own hold alone, and not before there is one or after the transfer was withdrawn', () => {
      given(domain, started, held)
        .when({ ...decideAs('same-person'), holdId: exampleIds.access } as RecordInput)
        .thenRefused('no-such-hold');
      given(domain, started).when(decideAs('same-person')).thenRefused('no-such-hold');
      given(domain).when(decideAs('same-person')).thenRefused('no-such-hold');
      const withdrawn = given(domain, started, held).when(cancel).then(cancelled);
      expect(matchOf(withdrawn)).toEqual(match);
      given(domain, started, held, cancelled).when(decideAs('same-person')).thenRefused('no-such-hold');
    });

    it('says in no event why, and in none what differs', () => {
      for (const fact of [held, answered('same-person'), otherPatient]) expect(JSON.stringify(publish(fact))).not.toMatch(/blobId|values/);
    });
  });

  it('keeps what the register says of the patient for the comparison', () => {
    const patient = { ...exampleBlob, blobId: exampleIds.access };
    const state = given(domain)
      .when({ ...submit, patient } as RecordInput)
      .then({ ...started, patient } as RecordFact);
    expect(state).toMatchObject({ status: 'converting', patient });
  });

  it.each([started, normalized, refused, cancelled, held, answered('other-person')])('publishes $type as the contract has it', (fact) => {
    const topic = 'bulfinch.normalization.v1';
    const event = {
      specversion: '1.0',
      id: `${topic}/${exampleTransferId}/1`,
      source: '/bulfinch/normalization',
      subject: exampleTransferId,
      partitionkey: exampleTransferId,
      sequence: 1,
      time: exampleInstant,
      datacontenttype: 'application/json',
      correlationid: exampleTransferId,
      ...publish(fact),
    };
    expect(checkEvent(topic, event)).toMatchObject({ ok: true });
  });
});
