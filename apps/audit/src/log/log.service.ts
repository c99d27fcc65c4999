import { Inject, Injectable } from '@nestjs/common';
import type { TopicName } from '#libs/contracts';
import type { IncomingMessage, Settled } from '#libs/eventing';
import { entryOf } from './domain/entry.js';
import type { AnyEvent } from './domain/event.js';
import { factsIn } from './domain/subject.js';
import { EntryRepository } from './entry.repository.js';
import { SUBJECTS, type SubjectCases } from './subject.cases.js';

/** Hears every event there is and keeps one entry of each. */
@Injectable()
export class LogService {
  constructor(
    @Inject(SUBJECTS) private readonly subjects: SubjectCases,
    private readonly entries: EntryRepository,
  ) {}

  /**
   * The entry first, the mark second: a mark never stands without its entry, and an entry written twice is one.
   * What comes out of its turn gets its entry when the gap has closed; what the contract does not accept is parked.
   */
  hear(topic: TopicName, message: IncomingMessage): Promise<Settled> {
    return this.subjects.receive(topic, message, async (event: AnyEvent) => {
      await this.entries.insert(entryOf(topic, event));
      return { type: 'Heard', facts: factsIn(event) };
    });
  }
}
