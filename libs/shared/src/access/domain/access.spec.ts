import { checkEvent, exampleActor, exampleInstant, exampleTransferId, serviceNames } from '#libs/contracts';
import { given } from '../../testing/index.js';
import { type AccessRecorded, decideAccess, evolveAccess, initialAccess, publishAccess } from './access.js';

const domain = { initial: initialAccess, decide: decideAccess, evolve: evolveAccess };
const access = { action: 'read', object: { kind: 'transfer', id: exampleTransferId }, actor: exampleActor } as const;
const recorded: AccessRecorded = { type: 'AccessRecorded', access };

describe('a look at patient data', () => {
  it('is recorded once', () => {
    given(domain).when({ type: 'Record', access }).then(recorded);
    given(domain, recorded).when({ type: 'Record', access }).thenRefused('already-recorded');
  });

  it.each(serviceNames)('through %s is an event that the contract knows', (service) => {
    const draft = publishAccess(service, recorded);
    const event = {
      specversion: '1.0',
      id: `bulfinch.access.v1/${exampleTransferId}/1`,
      source: `/bulfinch/${service}`,
      subject: exampleTransferId,
      partitionkey: exampleTransferId,
      sequence: 1,
      time: exampleInstant,
      datacontenttype: 'application/json',
      correlationid: exampleTransferId,
      ...draft,
    };
    expect(checkEvent('bulfinch.access.v1', event)).toMatchObject({ ok: true });
  });
});
