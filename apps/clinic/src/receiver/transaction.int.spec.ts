import { mkdtemp, rm } from 'node:fs/promises';
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

type Json = Record<string, unknown>;
const system = 'urn:bulfinch:resource';
const create = (fullUrl: string, resource: Json & { resourceType: string }, condition?: string) => ({
  fullUrl,
  resource,
  request: { method: 'POST', url: resource.resourceType, ...(condition === undefined ? {} : { ifNoneExist: condition }) },
});
const record = (n: string) => [
  create(
    'urn:uuid:c',
    {
      resourceType: 'Composition',
      title: 'Letter',
      subject: { reference: 'urn:uuid:p' },
      meta: { tag: [{ system, code: `${n}.1` }] },
      section: [{}],
    },
    `_tag=${system}|${n}.1`,
  ),
  create('urn:uuid:p', { resourceType: 'Patient', id: 'ours', identifier: [{ system, value: `${n}.2` }] }, `identifier=${system}|${n}.2`),
];
const post = async (entry: object[]) => {
  const body = JSON.stringify({ resourceType: 'Bundle', type: 'transaction', entry });
  const answer = await fetch(`${clinic.url}/porto/fhir`, { method: 'POST', body, headers: { 'content-type': 'application/fhir+json' } });
  return { status: answer.status, body: (await answer.json()) as Json & { entry: { response: { status: string; location: string } }[] } };
};
const get = async (path: string) => (await fetch(`${clinic.url}/porto/${path}`)).json() as Promise<Json>;
const plan = (faults: object) =>
  fetch(`${clinic.url}/porto/control/faults`, {
    method: 'PUT',
    body: JSON.stringify(faults),
    headers: { 'content-type': 'application/json' },
  });

describe('a transaction at a clinic', () => {
  it('is taken whole: each resource has an id of the clinic’s own, and links follow', async () => {
    const { status, body } = await post(record('1'));
    expect([status, body['type'], body.entry.map(({ response }) => response.status)]).toEqual([
      200,
      'transaction-response',
      ['201 Created', '201 Created'],
    ]);
    const [composition, patient] = body.entry.map(({ response }) => response.location.replace('/_history/1', ''));
    expect(await get(`fhir/${composition}`)).toMatchObject({ title: 'Letter', subject: { reference: patient }, meta: { versionId: '1' } });
    const served = await get(`fhir/${patient}`);
    expect(`Patient/${String(served['id'])}`).toBe(patient);
    expect(served['id']).not.toBe('ours');
    expect(await get('control/received')).toMatchObject([{ entries: { Composition: 1, Patient: 1 }, sections: 1, title: 'Letter' }]);
  });

  it('creates nothing that is there already, and finds it by identifier and by tag, also after a restart', async () => {
    const first = await post(record('1'));
    await clinic.close();
    clinic = await start();
    const again = await post(record('1'));
    expect(again.body.entry.map(({ response }) => response.status)).toEqual(['200 OK', '200 OK']);
    expect(again.body.entry.map(({ response }) => response.location)).toEqual(first.body.entry.map(({ response }) => response.location));
    expect(await get('control/received')).toHaveLength(1);
    expect(await get(`fhir/Composition?_tag=${system}|1.1`)).toMatchObject({ total: 1, entry: [{ resource: { title: 'Letter' } }] });
    expect(await get(`fhir/Patient?identifier=${system}|1.2`)).toMatchObject({ total: 1 });
    expect(await get(`fhir/Patient?identifier=${system}|1.1`)).toMatchObject({ total: 0 });
  });

  it.each([
    ['a link to no entry', [create('urn:uuid:c', { resourceType: 'Composition', subject: { reference: 'urn:uuid:gone' } })]],
    ['a condition that it does not know', [...record('1').slice(1), create('urn:uuid:c', { resourceType: 'Composition' }, 'name=x')]],
    ['an update', [{ ...record('1')[0], request: { method: 'PUT', url: 'Composition/1' } }]],
    ['another type than its address', [{ ...record('1')[0], request: { method: 'POST', url: 'Patient' } }]],
    ['the same fullUrl twice', [record('1')[0] ?? {}, record('1')[0] ?? {}]],
    ['no Composition', record('1').slice(1)],
    ['nothing in it', []],
  ])('is refused whole for %s', async (_what, entry) => {
    expect((await post(entry)).status).toBe(422);
    expect(await get('control/received')).toEqual([]);
    expect(await get(`fhir/Patient?identifier=${system}|1.2`)).toMatchObject({ total: 0 });
  });

  it('fails and hides what it took, as a document does', async () => {
    await plan({ sequence: [{ status: 503 }, { afterAppend: 500 }] });
    expect((await post(record('1'))).status).toBe(503);
    expect(await get('control/received')).toEqual([]);
    expect((await post(record('1'))).status).toBe(500);
    expect(await get('control/received')).toHaveLength(1);
    await plan({ sequence: [], honoursIfNoneExist: false });
    await post(record('1'));
    await plan({ sequence: [] });
    expect((await post(record('1'))).status).toBe(412);
    expect(await get('control/received')).toHaveLength(2);
  });
});
