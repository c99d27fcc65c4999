import { Eventing, InProcessBus, inProcessTransport } from '#libs/eventing';
import { openConnection } from '#libs/shared/service';
import type { ConsentConfig } from '../config.js';
import type { ConsentCases } from '../consent/consent.repository.js';
import { consentCases } from '../consent/domain/consent.js';
import { releaseCases } from '../release/domain/definition.js';
import type { ReleaseCases } from '../release/release.repository.js';

/** A process that wrote what the test lets it write, and then was gone: it has no workers, and what it leaves is what a crash leaves. */
export interface CrashedProcess {
  readonly consents: ConsentCases;
  readonly releases: ReleaseCases;
  /** A lease that nobody beats any more. */
  leaveLease(collection: 'consents' | 'releases', id: string, kind: string): Promise<void>;
  end(): Promise<void>;
}

export async function crashedProcess(config: ConsentConfig): Promise<CrashedProcess> {
  const connection = await openConnection(config, 'consent');
  const transport = inProcessTransport(new InProcessBus(), 'consent');
  const logger = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const eventing = new Eventing({ service: 'consent', connection, transport, logger });
  const consents: ConsentCases = eventing.cases(consentCases);
  const releases: ReleaseCases = eventing.cases(releaseCases);
  return {
    consents,
    releases,
    leaveLease: async (collection, id, kind) => {
      const lease = { holder: 'a-dead-process', beat: 7, kind };
      // Ids of cases are strings, not the driver's ObjectIds.
      await connection
        .collection<{ _id: string }>(collection)
        .updateOne({ _id: id }, { $set: { lease } }, { writeConcern: { w: 'majority' } });
    },
    end: async () => {
      await eventing.stop();
      await connection.close();
    },
  };
}
