import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SignJWT } from 'jose';
import { type Answering, DoorsDouble } from '../testing/doors-double.js';

const summary = new URL('../../fixtures/mgh-summary.xml', import.meta.url).pathname;
const patientId = '6f0a5a52-9d2e-4c1b-8a43-3d5a1c6e7b01';
const terms = ['--to', 'clinica-lisboa', '--purpose', 'TREAT', '--basis', 'treatment'];
const known = ['--patient-id', patientId, ...terms];
const created = { id: 't1', reference: 'K7QM-3XPC-1', referralId: 'r1', state: 'draft', patientId };

let folder: string;
let doors: DoorsDouble;
async function start(answering: Answering): Promise<void> {
  doors = await DoorsDouble.start(answering);
}
async function file(name: string, content: string | Uint8Array): Promise<string> {
  await writeFile(join(folder, name), content);
  return join(folder, name);
}
/** Doors that take everything; `uploads` answers for the documents. */
const taking =
  (uploads: ReturnType<Answering> = { status: 201, body: { documentId: 'd1', sha256: 'x', size: 1, type: 'ccda' } }): Answering =>
  ({ method }) =>
    method === 'PUT' ? uploads : { status: 201, body: created };

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bulfinch-send-'));
  await start(taking());
});
afterEach(async () => {
  doors.stop();
  await rm(folder, { recursive: true, force: true });
});

describe('the patient of a transfer', () => {
  it('may be one who is known, by id, and the id is told', async () => {
    const { code, err } = await doors.run(['send', summary, ...known]);
    expect(code).toBe(0);
    expect(JSON.parse(doors.asked[0]?.body ?? '')).toMatchObject({ patient: { patientId } });
    expect(err).toContain(`patient ${patientId}`);
  });

  it('is told in exactly one way', async () => {
    const patient = await file('patient.json', '{"name":[{"text":"x"}]}');
    for (const told of [[], ['--patient', patient, '--patient-id', patientId]]) {
      const { code, err } = await doors.run(['send', summary, ...told, ...terms]);
      expect(code).toBe(2);
      expect(err.join()).toContain('exactly one');
    }
    expect(doors.asked).toEqual([]);
  });

  it('is shown by an example when the file tells none, and the file is never repeated', async () => {
    for (const content of ['Zoë Ñandú', '{"birthDate":"1958-07-14"}', '[]']) {
      const { code, err } = await doors.run(['send', summary, '--patient', await file('patient.json', content), ...terms]);
      expect(code).toBe(2);
      expect(err.join('\n')).toContain('"name"');
      expect(err.join('\n')).not.toContain('1958');
    }
  });
});

describe('the files of a transfer', () => {
  it.each([
    ['missing.xml', undefined, 'does not exist', 2],
    ['folder', 'folder', 'is a directory', 2],
    ['empty.xml', '', 'is empty', 1],
    ['paper.pdf', '%PDF-1.7', 'recognised as pdf', 1],
    ['broken.xml', '<ClinicalDocument xmlns="urn:hl7-org:v3"><id>', 'recognised as ccda. The document is not well-formed', 1],
    ['page.xml', '<html/>', 'recognised as xml. The XML document is not an HL7 ClinicalDocument', 1],
    ['large.pdf', Buffer.concat([Buffer.from('%PDF-1.7'), Buffer.alloc(51 * 1024 * 1024)]), 'recognised as pdf', 1],
  ])('are looked at before anything is opened: %s', async (name, content, sentence, exitCode) => {
    if (content === 'folder') await mkdir(join(folder, name));
    else if (content !== undefined) await file(name, content);
    const { code, err } = await doors.run(['send', summary, join(folder, name), ...known]);
    expect(code).toBe(exitCode);
    expect(err.join('\n')).toContain(sentence);
    expect(doors.asked).toEqual([]);
  });

  it('leave no draft behind when one is refused all the same', async () => {
    doors.stop();
    await start(taking({ status: 415, body: { code: 'type-not-taken', detail: 'Not taken.' } }));
    const { code, err } = await doors.run(['send', summary, ...known]);
    expect(code).toBe(1);
    expect(doors.asked.map(({ method, path }) => [method, path.split('/').at(-1)]).at(-1)).toEqual(['POST', 'cancel']);
    expect(err.join('\n')).toContain('type-not-taken: Not taken.\nThe draft K7QM-3XPC-1 was cancelled.');
  });

  it('tell so when the draft could not be cancelled', async () => {
    doors.stop();
    await start(({ method, path }) => (method === 'PUT' || path.endsWith('/cancel') ? undefined : { status: 201, body: created }));
    const { code, err } = await doors.run(['send', summary, ...known]);
    expect(code).toBe(1);
    expect(err.join('\n')).toContain('The draft K7QM-3XPC-1 stays');
  });
});

describe('the terms of a transfer', () => {
  const inbound = ['--to', 'mgh', '--purpose', 'TREAT', '--direction', 'inbound'];

  it('name for an inbound one the clinic that sends in, and the basis received', async () => {
    const patient = ['--patient', await file('patient.json', '{"name":[{"text":"x"}]}')];
    const nameless = await doors.run(['send', summary, ...patient, ...inbound, '--basis', 'received']);
    expect([nameless.code, nameless.err.join()]).toEqual([2, expect.stringContaining('--from')]);
    const other = await doors.run(['send', summary, ...patient, ...inbound, '--from', 'clinica-porto', '--basis', 'treatment']);
    expect([other.code, other.err.join()]).toEqual([2, expect.stringContaining('An inbound transfer has basis received')]);
    expect((await doors.run(['send', summary, ...known.slice(0, -1), 'received'])).code).toBe(2);
    expect((await doors.run(['send', summary, ...patient, ...inbound, '--from', 'clinica-porto', '--basis', 'received'])).code).toBe(0);
  });

  it('cannot be outbound for a clinic', async () => {
    const token = await new SignJWT({ roles: ['clinic'] }).setProtectedHeader({ alg: 'HS256' }).sign(Buffer.alloc(32));
    const { code, err } = await doors.run(['send', summary, ...known], token);
    expect(code).toBe(2);
    expect(err.join()).toContain('a clinic only sends in');
  });

  it('refuse a purpose, a basis or a consent that there is not', async () => {
    const base = ['send', summary, '--patient-id', patientId, '--to', 'mgh'];
    expect((await doors.run([...base, '--purpose', 'FUN', '--basis', 'treatment'])).code).toBe(2);
    expect((await doors.run([...base, '--purpose', 'TREAT', '--basis', 'because'])).code).toBe(2);
    expect((await doors.run(['send', summary, ...known, '--consent', 'none'])).code).toBe(2);
    expect(doors.asked).toEqual([]);
  });
});
