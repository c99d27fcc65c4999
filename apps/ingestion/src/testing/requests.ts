import { randomUUID } from 'node:crypto';
import type { Answer, IngestionRig } from './ingestion-rig.js';

/** Requests and documents of invented people, for the tests over HTTP. */
export const patient = { name: [{ given: ['Zoë'], family: 'Ñandú-Teste' }], birthDate: '1971-03', gender: 'female' };
export const outbound = {
  direction: 'outbound',
  patient,
  recipientId: 'clinica-lisboa',
  purpose: 'TREAT',
  authority: { basis: 'treatment' },
  requester: { kind: 'physician' },
};
export const inbound = { patient, requester: { kind: 'physician' } };

export interface OpenedBody {
  readonly id: string;
  readonly reference: string;
  readonly referralId: string;
  readonly state: string;
  readonly patientId?: string;
  readonly code?: string;
  readonly fields?: readonly string[];
}

export function open(rig: IngestionRig, body: unknown, as = 'records-staff', key: string = randomUUID()): Promise<Answer<OpenedBody>> {
  return rig.ask('/ingestion/transfers', { method: 'POST', as, body, headers: { 'idempotency-key': key } });
}

/** Opens a transfer that the test takes for granted. */
export async function opened(rig: IngestionRig, body: unknown = outbound, as = 'records-staff'): Promise<OpenedBody> {
  const answer = await open(rig, body, as);
  if (answer.status !== 201) throw new Error(`the transfer was not opened: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body;
}

/** A transfer that was handed over, with one document. */
export async function sent(rig: IngestionRig, body: unknown = outbound, as = 'records-staff'): Promise<OpenedBody> {
  const transfer = await opened(rig, body, as);
  const put = await upload(rig, transfer.id, { as });
  const submitted = await rig.ask(`/ingestion/transfers/${transfer.id}/submit`, { method: 'POST', as, body: {} });
  if (put.status !== 201 || submitted.status !== 202)
    throw new Error(`the transfer was not handed over: ${put.status} ${submitted.status}`);
  return transfer;
}

export function upload(
  rig: IngestionRig,
  named: string,
  { as = 'records-staff', documentId = randomUUID() as string, bytes = clinicalDocument(), headers = {} as Record<string, string> } = {},
): Promise<Answer> {
  return rig.ask(`/ingestion/transfers/${named}/documents/${documentId}`, { method: 'PUT', as, raw: bytes, headers });
}

/** The smallest well-formed thing that says it is a CDA document, filled up to a size. */
export function clinicalDocument(title = 'Resumo', sizeBytes = 0): Buffer {
  const head = `<?xml version="1.0" encoding="UTF-8"?><ClinicalDocument xmlns="urn:hl7-org:v3"><title>${title}</title>`;
  return Buffer.from(`${head}<!--${'x'.repeat(Math.max(0, sizeBytes - head.length))}--></ClinicalDocument>`);
}

/** Enters the parties the tests send to: by event, as delivery tells them. */
export async function enterParties(rig: IngestionRig): Promise<void> {
  const verifiedUntil = '2099-01-01T00:00:00.000Z';
  await rig.say('bulfinch.directory.v1', 'party-changed', 'mgh', { kind: 'hospital', countries: ['US'], verifiedUntil });
  await rig.say('bulfinch.directory.v1', 'party-changed', 'clinica-lisboa', { verifiedUntil });
  await rig.say('bulfinch.directory.v1', 'party-changed', 'clinica-fechada', { verifiedUntil, suspended: true });
  await rig.say('bulfinch.directory.v1', 'party-changed', 'clinica-velha', { verifiedUntil: '2020-01-01T00:00:00.000Z' });
  await rig.say('bulfinch.directory.v1', 'party-changed', 'sponsor-1', { kind: 'sponsor', verifiedUntil });
}

/** Asks until the answer is as wanted; facts of other services arrive a moment after they were said. */
export async function eventually<Value>(
  ask: () => Promise<Value>,
  isWanted: (value: Value) => boolean,
  timeoutMs = 20_000,
): Promise<Value> {
  const end = performance.now() + timeoutMs;
  for (;;) {
    const value = await ask();
    if (isWanted(value)) return value;
    if (performance.now() > end) throw new Error(`not so in time: ${JSON.stringify(value)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
