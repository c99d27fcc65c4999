import { z } from 'zod';
import { authorityRow, authorityTable } from './authority.js';
import type { EventKind } from './envelope.js';
import { exampleInstant, exampleTransferId } from './examples.js';
import { checkEvent, READERS, type TopicName, topicNames, topics } from './topics.js';
import { serviceNames } from './words.js';

const kinds = topicNames.flatMap((topic) => topics[topic].events.map((kind: EventKind) => ({ topic, kind, type: kind.type })));

function eventOf(topic: TopicName, kind: EventKind, over: Record<string, unknown> = {}): { type: string } & Record<string, unknown> {
  return {
    specversion: '1.0',
    id: `${topic}/${exampleTransferId}/4`,
    source: `/bulfinch/${kind.service}`,
    type: kind.type,
    subject: exampleTransferId,
    partitionkey: exampleTransferId,
    sequence: 4,
    time: exampleInstant,
    datacontenttype: 'application/json',
    correlationid: exampleTransferId,
    data: kind.example,
    ...over,
  };
}

describe.each(kinds)('$type', ({ topic, kind }) => {
  it('accepts its own example', () => {
    expect(checkEvent(topic, eventOf(topic, kind))).toMatchObject({ ok: true });
  });

  it('refuses data of another shape, naming fields and never values', () => {
    const check = checkEvent(topic, eventOf(topic, kind, { data: { patientName: 'Zoë Planted' } }));
    expect(check).toMatchObject({ ok: false, problem: 'not-valid' });
    expect(JSON.stringify(check)).not.toContain('Planted');
  });

  it('has no room for free text: every string is a code, an id, an instant or a hash', () => {
    const loose: string[] = [];
    walk(z.toJSONSchema(kind.data, { unrepresentable: 'throw' }), '', loose);
    expect(loose).toEqual([]);
  });
});

/** Actor ids are the issuer's subjects: their form is the issuer's, so only their length is bounded. Access objects are named by id in the same way. */
const boundedOnly = ['actor.id', 'facts.actor.id', 'object.id', 'caseId'];

function walk(schema: unknown, path: string, loose: string[]): void {
  if (typeof schema !== 'object' || schema === null) return;
  const node = schema as Record<string, unknown>;
  if (node['type'] === 'string') {
    const tight =
      'format' in node ||
      'pattern' in node ||
      'enum' in node ||
      'const' in node ||
      (typeof node['maxLength'] === 'number' && node['maxLength'] <= 2);
    if (!tight && !(boundedOnly.includes(path) && typeof node['maxLength'] === 'number')) loose.push(path);
  }
  for (const [name, child] of Object.entries((node['properties'] as object | undefined) ?? {}))
    walk(child, path ? `${path}.${name}` : name, loose);
  if (node['items']) walk(node['items'], path, loose);
  for (const key of ['anyOf', 'oneOf', 'allOf']) for (const child of (node[key] as unknown[] | undefined) ?? []) walk(child, path, loose);
}

describe('an event of a topic', () => {
  const { topic, kind } = kinds[0] ?? fail();

  it('is refused when its id is not its topic, subject and place', () => {
    expect(checkEvent(topic, eventOf(topic, kind, { sequence: 5 }))).toMatchObject({ ok: false, problem: 'identity-differs' });
    expect(checkEvent(topic, eventOf(topic, kind, { partitionkey: 'other' }))).toMatchObject({ ok: false, problem: 'identity-differs' });
  });

  it('is refused when its type is unknown', () => {
    expect(checkEvent(topic, eventOf(topic, kind, { type: 'org.bulfinch.ingestion.unheard-of.v9' }))).toMatchObject({
      ok: false,
      problem: 'unknown-type',
    });
  });

  it('is read by audit, whatever its topic, and by known services only', () => {
    for (const name of topicNames) {
      expect(READERS[name]).toContain('audit');
      for (const reader of READERS[name]) expect(serviceNames).toContain(reader);
    }
  });
});

describe('the authority table', () => {
  it.each(
    authorityTable.rows.flatMap((row) =>
      row.purposes.flatMap((purpose) => row.recipientKinds.map((recipientKind) => ({ ...row, purpose, recipientKind }))),
    ),
  )('$direction $basis $purpose to $recipientKind asks for $requires', ({ direction, basis, purpose, recipientKind, requires }) => {
    expect(authorityRow({ direction, basis, purpose, recipientKind })?.requires).toBe(requires);
  });

  it.each([
    ['treatment', 'TREAT', 'sponsor'],
    ['treatment', 'TREAT', 'insurer'],
    ['treatment', 'TREAT', 'embassy'],
    ['treatment', 'HPAYMT', 'clinic'],
    ['legal-process', 'HLEGAL', 'authority'],
  ] as const)('has no row for %s %s to a %s, so it is refused', (basis, purpose, recipientKind) => {
    expect(authorityRow({ direction: 'outbound', basis, purpose, recipientKind })).toBeUndefined();
  });
});

function fail(): never {
  throw new Error('there are no events');
}
