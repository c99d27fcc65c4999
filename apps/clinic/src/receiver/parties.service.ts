import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { type Fault, type FaultPlan, noFaults, takeFault } from './faults.js';
import { FhirRefusal } from './outcome.filter.js';
import { PartyJournal } from './party.journal.js';

/** Party ids are path parts and file names here: letters, digits and hyphens alone. */
const partyIdForm = /^[A-Za-z0-9][A-Za-z0-9-]{0,63}$/;
/** Parties of one double; each holds a file open. */
const partiesMax = 500;

/** The parties whose servers this one plays: any valid id is one, made when first called. */
@Injectable()
export class Parties implements OnApplicationShutdown {
  private readonly journals = new Map<string, Promise<PartyJournal>>();
  private readonly plans = new Map<string, FaultPlan>();

  private constructor(private readonly directory: string) {}

  static async open(dataDirectory: string): Promise<Parties> {
    const directory = join(dataDirectory, 'clinic');
    await mkdir(directory, { recursive: true });
    return new Parties(directory);
  }

  /** The journal of a party; undefined for what is no party id. */
  async journal(party: string): Promise<PartyJournal | undefined> {
    if (!partyIdForm.test(party)) return undefined;
    const known = this.journals.get(party);
    if (known) return known;
    if (this.journals.size >= partiesMax) return undefined;
    const opened = PartyJournal.open(join(this.directory, `${party}.journal`));
    this.journals.set(party, opened);
    return opened;
  }

  /** @throws FhirRefusal 404 for what is no party id. */
  async known(party: string): Promise<PartyJournal> {
    const journal = await this.journal(party);
    if (!journal) throw new FhirRefusal(404, 'not-found', 'There is no such server.');
    return journal;
  }

  plan(party: string): FaultPlan {
    return this.plans.get(party) ?? noFaults;
  }

  setPlan(party: string, plan: FaultPlan): void {
    this.plans.set(party, plan);
  }

  /** The fault that a request of this kind meets now: each is met once. */
  takeFault(party: string, on: Fault['on']): Fault | undefined {
    const taken = takeFault(this.plan(party), on);
    this.plans.set(party, taken.plan);
    return taken.fault;
  }

  async onApplicationShutdown(): Promise<void> {
    const opened = await Promise.allSettled(this.journals.values());
    for (const one of opened) if (one.status === 'fulfilled') await one.value.close();
  }
}
