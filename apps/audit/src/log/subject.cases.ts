import type { CaseDefinition, Cases } from '#libs/eventing';
import { decide, evolve, initialSubject, publish, type SubjectFact, type SubjectInput, type SubjectState } from './domain/subject.js';

/** What audit follows: one document per subject, with the marks of how far each publisher was heard. It publishes nothing. */
export const subjectDefinition: CaseDefinition<SubjectState, SubjectInput, SubjectFact, never> = {
  service: 'audit',
  collection: 'subjects',
  shape: 1,
  topic: undefined,
  initial: initialSubject,
  decide,
  evolve,
  publish,
};
export type SubjectCases = Cases<SubjectState, SubjectInput, never>;
export const SUBJECTS = 'audit:subjects';
