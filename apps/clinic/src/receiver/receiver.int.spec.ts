import { createHash } from 'node:crypto';
import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { type Clinic, startClinic } from '../app.module.js';

/** A loaded machine is slow; what has to be quick is measured in the tests themselves. */
jest.setTimeout(60_000);

let directory: string;
let clinic: Clinic;
const start = () => startClinic({ HOST: '127.0.0.1', PORT: 0, DATA_DIR: directory });

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'clinic-'));
  clinic = await start();
});
afterEach(async () => {
  await clinic.close();
  await rm(directory, { recursive: true, force: true });
});

/** Odd spaces on purpose: stored are the bytes that came, not what they mean. */
const documentOf = (value: string, padding = '') =>
  `{ "resourceType":"Bundle",  "type":"document","identifier":{"system":"urn:bulfinch:delivery","value":"${value}"},"timestamp":"2026-11-24T12:00:00Z",` +
  `"entry":[{"fullUrl":"urn:uuid:1","resource":{"resourceType":"Composition","title":"Letter ${padding}","section":[{}]}}]}`;
const post = (body: string, headers: Record<string, string> = {}) =>
  fetch(`${clinic.url}/lisboa/fhir/Bundle`, { method: 'POST', body, headers: { 'content-type': 'application/fhir+json', ...headers } });
const ifNone = (value: string) => ({ 'if-none-exist': `identifier=${encodeURIComponent(`urn:bulfinch:delivery|${value}`)}` });
const control = async (path: string): Promise<Record<string, unknown>[]> =>
  (await fetch(`${clinic.url}/lisboa/control/${path}`)).json() as Promise<Record<string, unknown>[]>;
const plan = async (faults: object) => {
  const answer = await fetch(`${clinic.url}/lisboa/control/faults`, {
    method: 'PUT',
    body: JSON.stringify(faults),
    headers: { 'content-type': 'application/json' },
  });
  expect(answer.status).toBe(204);
};

describe('a clinic', () => {
  it('keeps a document exactly as it came, under an id of its own, and says where', async () => {
    const answer = await post(documentOf('1'));
    expect(answer.status).toBe(201);
    const [received] = await control('received');
    const sha256 = createHash('sha256').update(documentOf('1')).digest('hex');
    expect(received).toMatchObject({
      sha256,
      sizeBytes: documentOf('1').length,
      sections: 1,
      entries: { Composition: 1 },
      title: 'Letter ',
    });
    expect(answer.headers.get('location')).toBe(`${clinic.url}/lisboa/fhir/Bundle/${String(received?.['id'])}/_history/1`);
    const bytes = await fetch(`${clinic.url}/lisboa/control/received/${String(received?.['id'])}`);
    expect(await bytes.text()).toBe(documentOf('1'));
  });

  it('creates nothing when it holds the identifier already, and answers 200', async () => {
    expect((await post(documentOf('1'), ifNone('1'))).status).toBe(201);
    const again = await post(documentOf('1'), ifNone('1'));
    expect(again.status).toBe(200);
    expect(again.headers.get('location')).toMatch(/\/Bundle\/[0-9a-f-]+\/_history\/1$/);
    expect(await control('received')).toHaveLength(1);
  });

  it('takes one of many that come at once under one identifier', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => post(documentOf('1'), ifNone('1'))));
    expect(answers.filter((answer) => answer.status === 201)).toHaveLength(1);
    expect(await control('received')).toHaveLength(1);
  });

  it('takes the same identifier twice where it is told to be that kind of receiver', async () => {
    await plan({ sequence: [], honoursIfNoneExist: false });
    await post(documentOf('1'), ifNone('1'));
    await post(documentOf('1'), ifNone('1'));
    expect(await control('received')).toHaveLength(2);
    await plan({ sequence: [] });
    expect((await post(documentOf('1'), ifNone('1'))).status).toBe(412);
  });

  it('serves and finds what it holds, as a FHIR server does', async () => {
    await post(documentOf('1'));
    const search = await fetch(`${clinic.url}/lisboa/fhir/Bundle?identifier=${encodeURIComponent('urn:bulfinch:delivery|1')}`);
    const found = (await search.json()) as { total: number; entry: { fullUrl: string; resource: { id: string } }[] };
    expect(found).toMatchObject({ resourceType: 'Bundle', type: 'searchset', total: 1 });
    const read = await fetch(found.entry[0]?.fullUrl ?? '');
    expect(await read.json()).toMatchObject({ id: found.entry[0]?.resource.id, identifier: { value: '1' } });
    expect((await fetch(`${clinic.url}/lisboa/fhir/Bundle?identifier=urn:other|1`)).status).toBe(200);
    expect(await (await fetch(`${clinic.url}/lisboa/fhir/Bundle?identifier=urn:other|1`)).json()).toMatchObject({ total: 0 });
  });

  it('refuses with an OperationOutcome', async () => {
    const outcome = async (answer: Response) => [answer.status, ((await answer.json()) as { resourceType: string }).resourceType];
    expect(await outcome(await post('{'))).toEqual([400, 'OperationOutcome']);
    expect(await outcome(await post('{"resourceType":"Patient"}'))).toEqual([422, 'OperationOutcome']);
    expect(await outcome(await post(documentOf('1'), { 'content-type': 'text/xml' }))).toEqual([415, 'OperationOutcome']);
    expect(await outcome(await post(documentOf('1'), { 'if-none-exist': 'name=x' }))).toEqual([400, 'OperationOutcome']);
    expect(
      await outcome(
        await fetch(`${clinic.url}/lisboa/fhir`, { method: 'POST', body: '{}', headers: { 'content-type': 'application/fhir+json' } }),
      ),
    ).toEqual([422, 'OperationOutcome']);
    expect(await outcome(await fetch(`${clinic.url}/lisboa/fhir/Bundle/nothing`))).toEqual([404, 'OperationOutcome']);
    expect(await outcome(await post(' '.repeat(60 * 1024 * 1024 + 1)))).toEqual([413, 'OperationOutcome']);
    expect(await control('received')).toEqual([]);
  });

  it('fails in the order it was told, then is well', async () => {
    await plan({ sequence: [{ status: 500 }, { status: 503, retryAfterSeconds: 7 }, { reset: true }, { delayMs: 50 }] });
    expect((await post(documentOf('1'))).status).toBe(500);
    expect((await post(documentOf('1'))).headers.get('retry-after')).toBe('7');
    await expect(post(documentOf('1'))).rejects.toThrow('fetch failed');
    const clock = performance.now();
    expect((await post(documentOf('1'))).status).toBe(201);
    expect(performance.now() - clock).toBeGreaterThanOrEqual(45);
    // The line of a request is written after its answer went out.
    const answers = async () => (await control('requests')).map((line) => line['answer']);
    for (const end = performance.now() + 5000; (await answers()).length < 4 && performance.now() < end; )
      await new Promise((next) => setTimeout(next, 20));
    expect(await answers()).toEqual([500, 503, 'reset', 201]);
    expect(await control('received')).toHaveLength(1);
  });

  it('may take a document and hide it', async () => {
    await plan({ sequence: [{ afterAppend: 'reset' }, { afterAppend: 502 }] });
    await expect(post(documentOf('1'), ifNone('1'))).rejects.toThrow('fetch failed');
    expect((await post(documentOf('2'), ifNone('2'))).status).toBe(502);
    expect(await control('received')).toHaveLength(2);
    expect((await post(documentOf('1'), ifNone('1'))).status).toBe(200);
  });

  const longIdentifier = 'i'.repeat(200_000);
  it('still holds after a restart what it said it holds, and loses a torn tail', async () => {
    await post(documentOf('1', 'x'.repeat(100_000)));
    await post(documentOf(longIdentifier));
    await post(documentOf('2'));
    await clinic.close();
    await appendFile(join(directory, 'clinic', 'lisboa.journal'), '{"kind":"received","id":"torn","sizeBytes":99');
    clinic = await start();
    expect((await control('received')).map((one) => (one['identifier'] as { value: string }).value)).toEqual(['1', longIdentifier, '2']);
    expect(await control('requests')).toHaveLength(3);
    expect((await post(documentOf('1'), ifNone('1'))).status).toBe(200);
    expect((await post(documentOf('3'), ifNone('3'))).status).toBe(201);
    await clinic.close();
    clinic = await start();
    const received = await control('received');
    expect(received).toHaveLength(4);
    expect(await (await fetch(`${clinic.url}/lisboa/control/received/${String(received[3]?.['id'])}`)).text()).toBe(documentOf('3'));
  });

  it('is many clinics, each with its own', async () => {
    await post(documentOf('1'));
    expect(await (await fetch(`${clinic.url}/wien/control/received`)).json()).toEqual([]);
    expect((await fetch(`${clinic.url}/no_party/control/received`)).status).toBe(404);
  });
});
