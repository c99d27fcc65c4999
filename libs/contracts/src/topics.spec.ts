import { z } from 'zod';
import { type AuthorityRow, authorityRow, authorityTable, protectedKinds } from './authority.js';
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
  /** What every row asks for, said a second time by hand: the table itself is checked against it, row by row. */
  const ownLaw = 'HIV single-release-consent, 42CFRPart2 never, PSYTHPN own-consent';
  const consented = 'ETH general-consent, SUD general-consent, MH general-consent, PSY general-consent';
  const rest = 'all else person-decides';
  const expected: Readonly<Record<string, readonly [requires: string, kinds: string, counts: boolean]>> = {
    'outbound treatment to clinic': ['free', `${ownLaw}, ETH free, SUD free, MH general-consent, PSY general-consent, ${rest}`, false],
    'outbound emergency to clinic': ['free', `ETH free, SUD free, MH free, PSY free, ${rest}`, false],
    'outbound authorization to clinic': ['general-consent', `${ownLaw}, ${consented}, ${rest}`, false],
    'outbound patient-access to patient': ['free', 'PSYTHPN never, all else free', false],
    'outbound patient-access to representative': ['free', 'HIV person-decides, MINOR person-decides, PSYTHPN never, all else free', false],
    'outbound patient-access to clinic': [
      'general-consent',
      `HIV single-release-consent, 42CFRPart2 never, PSYTHPN never, ${consented}, ${rest}`,
      false,
    ],
    'outbound payment to insurer': ['person-decides', `${ownLaw}, ${rest}`, false],
    'outbound legal-process to authority': ['person-decides', rest, true],
    'outbound required-by-law to authority': ['person-decides', rest, true],
    'inbound received to hospital': ['free', 'all else free', false],
  };
  const nameOf = (row: AuthorityRow): string => `${row.direction} ${row.basis} to ${row.recipientKinds[0]}`;
  const kindsOf = (words: string): Record<string, string> => {
    const pairs = words.split(', ').map((pair) => pair.replace('all else', 'else').split(' '));
    const named = new Map(pairs.map(([kind = '', requirement = '']) => [kind, requirement]));
    return Object.fromEntries(protectedKinds.map((kind) => [kind, named.get(kind) ?? named.get('else') ?? 'nothing']));
  };

  it.each(authorityTable.rows.map((row) => [nameOf(row), row] as const))('on %s asks for what the law or the house does', (name, row) => {
    const [requires, kinds, counts] = expected[name] ?? fail();
    expect(row.requires).toBe(requires);
    expect(row.kinds).toEqual(kindsOf(kinds));
    expect(row.countsForAccounting).toBe(counts);
    expect(row.source.length).toBeGreaterThan(20);
  });

  it('has each of those rows once, and no other', () => {
    expect(authorityTable.rows.map(nameOf)).toEqual(Object.keys(expected));
  });

  it.each(
    authorityTable.rows.flatMap((row) =>
      row.purposes.flatMap((purpose) => row.recipientKinds.map((recipientKind) => ({ ...row, purpose, recipientKind }))),
    ),
  )('$direction $basis $purpose to $recipientKind is decided by one row', ({ direction, basis, purpose, recipientKind, source }) => {
    const rows: readonly AuthorityRow[] = authorityTable.rows;
    const alike = rows.filter(
      (row) =>
        row.direction === direction && row.basis === basis && row.purposes.includes(purpose) && row.recipientKinds.includes(recipientKind),
    );
    expect(alike.map((row) => row.source)).toEqual([source]);
    expect(authorityRow({ direction, basis, purpose, recipientKind })).toBe(alike[0]);
  });

  it.each([
    ['treatment', 'TREAT', 'sponsor'],
    ['treatment', 'TREAT', 'insurer'],
    ['treatment', 'TREAT', 'embassy'],
    ['treatment', 'TREAT', 'representative'],
    ['treatment', 'HPAYMT', 'clinic'],
    ['emergency', 'TREAT', 'clinic'],
    ['patient-access', 'PATRQT', 'sponsor'],
    ['patient-access', 'FAMRQT', 'patient'],
    ['payment', 'HPAYMT', 'embassy'],
    ['operations', 'HOPERAT', 'hospital'],
    ['legal-process', 'HLEGAL', 'clinic'],
    ['public-health', 'HLEGAL', 'authority'],
  ] as const)('has no row for %s %s to a %s, so it is refused', (basis, purpose, recipientKind) => {
    expect(authorityRow({ direction: 'outbound', basis, purpose, recipientKind })).toBeUndefined();
  });
});

function fail(): never {
  throw new Error('there is nothing to test');
}
