import { type EventKind, exampleFacts, topicNames, topics } from '#libs/contracts';
import { auditEvent, auditEventBundle } from './audit-event.mapping.js';
import { exampleEvent } from './domain/entry.examples.js';
import { entryOf } from './domain/entry.js';
import { joined } from './domain/question.js';
import { factsIn } from './domain/subject.js';

const known = factsIn(exampleEvent('bulfinch.ingestion.v1', topics['bulfinch.ingestion.v1'].events[0]));
const entries = topicNames.flatMap((topic) =>
  topics[topic].events.map((kind) => joined(entryOf(topic, exampleEvent(topic, kind as EventKind)), known)),
);
const disclosed = entries.find((entry) => entry.disclosure !== undefined);

describe('an entry as a FHIR AuditEvent', () => {
  it('claims the disclosure profile with both parties, their network points, the patient and the data', () => {
    if (!disclosed) throw new Error('no disclosure among the examples');
    const event = auditEvent(disclosed);
    expect(event.meta?.profile).toEqual([expect.stringContaining('PrivacyDisclosure.Source')]);
    expect(event.subtype?.[0]).toMatchObject({ code: 'disclose' });
    expect(event.agent.map(({ who, network }) => [who?.identifier?.value, network?.type])).toEqual([
      ['bulfinch-delivery', '5'],
      ['clinica-lisboa', '5'],
      ['mgh', undefined],
    ]);
    expect(event.agent.filter(({ requestor }) => requestor)).toHaveLength(1);
    expect(event.entity?.map(({ type }) => type?.code)).toEqual(['1', '2', 'Consent']);
    expect(event.purposeOfEvent?.[0]?.coding?.[0]?.code).toBe(exampleFacts.purpose);
  });

  it('claims no disclosure profile for anything else', () => {
    expect(entries.filter((entry) => auditEvent(entry).meta !== undefined).map(({ type }) => type)).toEqual([disclosed?.type]);
  });

  it('has an id of its own that FHIR accepts and one requestor', () => {
    const events = entries.map(auditEvent);
    for (const event of events) {
      expect(event.id).toMatch(/^[A-Za-z0-9.-]{1,64}$/);
      expect(event.agent.filter(({ requestor }) => requestor)).toHaveLength(1);
    }
  });

  it('stands in a searchset that leads to the next page', () => {
    const bundle = auditEventBundle(entries, '/audit/entries?limit=2', '/audit/entries?limit=2&cursor=x');
    expect(bundle.link?.map(({ relation }) => relation)).toEqual(['self', 'next']);
    expect(bundle.entry).toHaveLength(entries.length);
  });
});
