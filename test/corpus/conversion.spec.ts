import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ConversionInput, convert, detect } from '#libs/conversion';

/** Public sample documents: CORPUS_DIR, else beside the repository. They are never part of it. */
const corpus = process.env.CORPUS_DIR ?? new URL('../../../shared/corpus', import.meta.url).pathname;
const filesIn = (folder: string, ending = ''): string[] =>
  existsSync(join(corpus, folder))
    ? readdirSync(join(corpus, folder), { withFileTypes: true })
        .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
        .map((entry) => join(corpus, folder, entry.name))
        .sort()
    : [];
const documents = filesIn('ccda', '.xml');
const hostile = ['xml', 'fhir', 'json', 'hl7v2', 'dicom', 'archive', 'pdf'].flatMap((folder) => filesIn(`hostile/${folder}`));
/** Where the files are not there, the tests are skipped, and their title says what is missing. */
const titleOf = (count: number, what: string): string =>
  count > 0 ? `${count} ${what}` : `no ${what} under CORPUS_DIR or ../shared/corpus: skipped`;
const describeDocuments = documents.length > 0 ? describe : describe.skip;
const describeHostile = hostile.length > 0 ? describe : describe.skip;

/** One hostile file may take this long, in milliseconds: none of them is large, so more means that something grows out of bounds. */
const hostileMsMax = 2_000;

const inputOf = (bytes: Uint8Array): ConversionInput => ({
  sources: [{ documentId: '11111111-1111-4111-8111-111111111111', bytes }],
  patientId: '22222222-2222-4222-8222-222222222222',
  recordedAt: '2026-11-24T12:00:00Z',
  recordId: '33333333-3333-4333-8333-333333333333',
});
const name = (path: string): string => path.slice(corpus.length + 1);
describeDocuments(titleOf(documents.length, 'C-CDA documents'), () => {
  const outcomes = documents.map((path) => ({ path, outcome: convert(inputOf(readFileSync(path))) }));
  const records = outcomes.flatMap(({ path, outcome }) => (outcome.ok ? [{ path, ...outcome }] : []));

  it('convert, except those that are no well-formed XML', () => {
    const refused = outcomes.flatMap(({ path, outcome }) => (outcome.ok ? [] : [`${name(path)}: ${outcome.reason}`]));
    expect(refused.filter((line) => !line.endsWith(': not-well-formed'))).toEqual([]);
    expect(records.length).toBeGreaterThan(0);
  });

  it('account for every statement', () => {
    const unbalanced = records.filter(({ report }) => report.source.statements !== report.kept + report.lost.length);
    expect(unbalanced.map(({ path }) => name(path))).toEqual([]);
  });

  it('have no reference that leads nowhere, and no id twice', () => {
    const wrong = records.filter(({ record }) => {
      const urls = record.entry?.map(({ fullUrl }) => fullUrl ?? '') ?? [];
      const references = [...JSON.stringify(record).matchAll(/"reference":"([^"]+)"/g)].map(([, reference]) => reference ?? '');
      return new Set(urls).size !== urls.length || references.some((reference) => !urls.includes(reference));
    });
    expect(wrong.map(({ path }) => name(path))).toEqual([]);
  });

  it('have the three sections that IPS requires, each with an entry', () => {
    const wrong = records.filter(({ record }) => {
      const json = JSON.stringify(record.entry?.[0]?.resource ?? '');
      return !['11450-4', '48765-2', '10160-0'].every((code) => json.includes(`"${code}"`));
    });
    expect(wrong.map(({ path }) => name(path))).toEqual([]);
  });

  it('have the same bytes when they are converted again', () => {
    const different = records.filter(
      ({ path, record, report }) => JSON.stringify(convert(inputOf(readFileSync(path)))) !== JSON.stringify({ ok: true, record, report }),
    );
    expect(different.map(({ path }) => name(path))).toEqual([]);
  }, 60_000);
});

describeHostile(titleOf(hostile.length, 'hostile files'), () => {
  it('are told and refused, or converted, without a crash and in time; no reason repeats content', () => {
    const slow: string[] = [];
    const talkative: string[] = [];
    for (const path of hostile) {
      const bytes = readFileSync(path);
      const start = performance.now();
      const detection = detect(bytes);
      const outcome = convert(inputOf(bytes));
      if (performance.now() - start > hostileMsMax) slow.push(name(path));
      expect(typeof detection.type).toBe('string');
      if (!outcome.ok && !/^Document 11111111-1111-4111-8111-111111111111: [^\n]+\.$/.test(outcome.detail)) talkative.push(name(path));
    }
    expect(slow).toEqual([]);
    expect(talkative).toEqual([]);
  }, 60_000);

  it('with a document type or an entity are refused', () => {
    const declaring = hostile.filter((path) => path.endsWith('.xml') && /<!DOCTYPE/.test(readFileSync(path, 'latin1')));
    const converted = declaring.filter((path) => convert(inputOf(readFileSync(path))).ok);
    expect(declaring.length).toBeGreaterThan(0);
    expect(converted.map(name)).toEqual([]);
  });

  it('that convert carry nothing that runs into a record', () => {
    const running = hostile.filter((path) => {
      const outcome = convert(inputOf(readFileSync(path)));
      const composition = outcome.ok ? outcome.record.entry?.[0]?.resource : undefined;
      return /<script|javascript:|onerror=|onclick=/i.test(JSON.stringify(composition ?? ''));
    });
    expect(running.map(name)).toEqual([]);
  }, 60_000);
});
