import { z } from 'zod';
import { type EventKind, exampleFacts, exampleIds, exampleInstant, exampleTransferId, topicNames, topics } from '#libs/contracts';
import { exampleEvent } from './entry.examples.js';
import { entryOf } from './entry.js';

/** Ids and codes: no blank, no letter outside ASCII, no address, nothing longer than an event's id. Whatever else would be prose or a name. */
const code = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._:/-]{0,199}$/);
const actor = z.strictObject({ kind: code, id: code, partyId: code.optional() });
const clearPart = z.strictObject({
  id: code,
  at: z.iso.datetime(),
  topic: code,
  type: code,
  service: code,
  subject: code,
  sequence: z.int(),
  transferId: z.uuid().optional(),
  patientId: z.uuid().optional(),
  referralId: z.uuid().optional(),
  senderId: code.optional(),
  recipientId: code.optional(),
  recipientVersion: z.int().optional(),
  country: z.string().length(2).optional(),
  countries: z.array(z.string().length(2)).optional(),
  actor: actor.optional(),
  direction: code.optional(),
  purpose: code.optional(),
  basis: code.optional(),
  consentIds: z.array(z.uuid()).optional(),
  documentId: z.uuid().optional(),
  documentType: code.optional(),
  count: z.int().optional(),
  waiver: code.optional(),
  decisionRef: z.uuid().optional(),
  release: z.int().optional(),
  deliveryId: z.uuid().optional(),
  attempt: z.int().optional(),
  permitId: code.optional(),
  holdId: z.uuid().optional(),
  holdKind: code.optional(),
  decision: code.optional(),
  reason: code.optional(),
  because: code.optional(),
  left: code.optional(),
  httpStatus: z.int().optional(),
  evidence: z.array(code).optional(),
  sha256: code.optional(),
  action: code.optional(),
  object: z.strictObject({ kind: code, id: code.optional() }).optional(),
  disclosure: z.strictObject({ deliveryId: z.uuid(), release: z.int(), since: z.iso.datetime() }).optional(),
});

const everyKind = topicNames.flatMap((topic) => topics[topic].events.map((kind) => ({ topic, type: kind.type, kind: kind as EventKind })));
function entryOfType(type: string) {
  const found = everyKind.find((one) => one.type === type);
  if (!found) throw new Error(`no such kind: ${type}`);
  return entryOf(found.topic, exampleEvent(found.topic, found.kind));
}

describe('an entry of the log', () => {
  it.each(everyKind)('is made of every event, and its clear part holds ids and codes only: $type', ({ topic, kind }) => {
    const entry = entryOf(topic, exampleEvent(topic, kind));
    expect(clearPart.parse(entry)).toEqual(entry);
    expect(entry).toMatchObject({ id: `${topic}/${exampleTransferId}/1`, at: exampleInstant, service: kind.service, sequence: 1 });
  });

  it.each(everyKind.filter(({ topic }) => !topic.includes('access') && !topic.includes('directory')))(
    'names its transfer: $type',
    ({ topic, kind }) => expect(entryOf(topic, exampleEvent(topic, kind)).transferId).toBe(exampleTransferId),
  );

  it('notes a disclosure when the first byte may go, and only then', () => {
    const started = 'org.bulfinch.delivery.attempt-started.v1';
    expect(entryOfType(started).disclosure).toEqual({ deliveryId: exampleIds.delivery, release: 1, since: exampleInstant });
    const others = everyKind.filter(({ type }) => type !== started);
    expect(others.filter(({ type }) => entryOfType(type).disclosure !== undefined)).toEqual([]);
  });

  it('names who opened and who submitted a transfer, but no person for what a service did', () => {
    expect(entryOfType('org.bulfinch.ingestion.transfer-created.v1').actor).toEqual(exampleFacts.actor);
    expect(entryOfType('org.bulfinch.normalization.record-normalized.v1').actor).toBeUndefined();
    expect(entryOfType('org.bulfinch.consent.record-released.v1').actor).toBeUndefined();
  });

  it('shows the policy under which unread content left', () => {
    expect(entryOfType('org.bulfinch.consent.record-released.v1').waiver).toBe('embedded-demo');
  });

  it('files a consent under its id and its patient', () => {
    expect(entryOfType('org.bulfinch.consent.revocation-received.v1')).toMatchObject({
      consentIds: [exampleTransferId],
      patientId: exampleIds.patient,
      action: 'written',
      decision: 'patient',
    });
  });

  it('files a look at a transfer under that transfer', () => {
    expect(entryOfType('org.bulfinch.ingestion.access-recorded.v1')).toMatchObject({ transferId: exampleTransferId, action: 'read' });
  });

  it('points to no blob of the vault', () => {
    expect(everyKind.filter(({ type }) => JSON.stringify(entryOfType(type)).includes(exampleIds.blob)).map(({ type }) => type)).toEqual([]);
  });
});
