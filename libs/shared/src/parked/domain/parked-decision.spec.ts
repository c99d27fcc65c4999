import { exampleActor, exampleTransferId } from '#libs/contracts';
import { given } from '../../testing/index.js';
import {
  decideParkedDecision,
  evolveParkedDecision,
  initialParkedDecision,
  type ParkedDecided,
  publishParkedDecision,
} from './parked-decision.js';

const domain = { initial: initialParkedDecision, decide: decideParkedDecision, evolve: evolveParkedDecision };
const decision = {
  action: 'discard',
  publisher: 'ingestion',
  sequence: 3,
  caseId: exampleTransferId,
  actor: exampleActor,
  reason: 'the sender sent it anew',
} as const;
const decided: ParkedDecided = { type: 'ParkedDecided', decision };

describe('a decision about a parked event', () => {
  it('is made once', () => {
    given(domain).when({ type: 'Decide', decision }).then(decided);
    given(domain, decided).when({ type: 'Decide', decision }).thenRefused('already-decided');
  });

  it('is told to audit without the reason, which may name a patient', () => {
    expect(JSON.stringify(publishParkedDecision('consent', decided))).not.toContain('the sender');
  });
});
