import { createHash, randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { importJWK, SignJWT } from 'jose';

/** What the product's doors answer, as far as the journey looks at it. */
export interface TransferStatus {
  readonly id: string;
  readonly reference: string;
  readonly state: string;
  readonly timeline: readonly { readonly at: string; readonly what: string; readonly service: string }[];
  readonly holds: readonly { readonly id: string; readonly kind: string }[];
  readonly waiver?: string;
}
export interface AuditEntry {
  readonly id: string;
  readonly type: string;
  readonly service: string;
  readonly subject: string;
  readonly sequence: number;
  readonly transferId?: string;
  readonly waiver?: string;
  readonly disclosure?: { readonly deliveryId: string; readonly release: number };
}
export interface ReceivedBundle {
  readonly id: string;
  readonly identifier: string;
  readonly sha256: string;
  readonly sizeBytes: number;
}
export interface Answer<Body = Record<string, unknown>> {
  readonly status: number;
  readonly body: Body;
}

/** States that nothing leaves by itself. */
export const finalStates = ['delivered', 'acknowledged', 'refused', 'cancelled', 'recalled', 'revoked', 'failed'];
const pollMs = 250;
const answerTimeoutMs = 30_000;
const tokenLifeSeconds = 3600;

/** Drives the product through its public doors only, as staff, a clinic and an auditor would. */
export class Driver {
  private readonly tokens = new Map<string, Promise<string>>();
  constructor(
    readonly url: string,
    readonly clinicUrl: string,
    private readonly dataDir: string,
  ) {}

  async call<Body = Record<string, unknown>>(
    method: string,
    path: string,
    options: { role: string; party?: string; body?: unknown; headers?: Record<string, string> },
  ): Promise<Answer<Body>> {
    const raw = options.body instanceof Uint8Array;
    const answer = await fetch(this.url + path, {
      method,
      headers: {
        authorization: `Bearer ${await this.token(options.role, options.party)}`,
        ...(options.body === undefined ? {} : { 'content-type': raw ? 'application/octet-stream' : 'application/json' }),
        ...options.headers,
      },
      body: options.body === undefined ? undefined : raw ? (options.body as Uint8Array<ArrayBuffer>) : JSON.stringify(options.body),
      signal: AbortSignal.timeout(answerTimeoutMs),
    });
    const text = await answer.text();
    return { status: answer.status, body: (text ? JSON.parse(text) : {}) as Body };
  }

  /** Opens a transfer, uploads one document, submits it. Every call is repeated as a careful client would when a service is away. */
  async send(options: { transfer: Record<string, unknown>; document: Uint8Array; role?: string; party?: string }): Promise<string> {
    const as = { role: options.role ?? 'records-staff', party: options.party };
    const key = randomUUID();
    const documentId = randomUUID();
    const created = await this.insist<{ id: string }>(201, 'POST', '/ingestion/transfers', {
      ...as,
      body: options.transfer,
      headers: { 'idempotency-key': key },
    });
    await this.insist([200, 201], 'PUT', `/ingestion/transfers/${created.id}/documents/${documentId}`, { ...as, body: options.document });
    await this.insist(202, 'POST', `/ingestion/transfers/${created.id}/submit`, { ...as, body: {} });
    return created.id;
  }

  /** Repeats a safe-to-repeat call while the answer is 5xx or none comes; any other unexpected answer fails the test. */
  async insist<Body>(
    wanted: number | readonly number[],
    method: string,
    path: string,
    options: Parameters<Driver['call']>[2],
    forMs = 60_000,
  ): Promise<Body> {
    const accepted = [wanted].flat();
    const until = performance.now() + forMs;
    for (;;) {
      const answer = await this.call<Body>(method, path, options).catch((error: unknown) => ({ status: 599, body: String(error) as Body }));
      if (accepted.includes(answer.status)) return answer.body;
      if (answer.status < 500 || performance.now() > until)
        throw new Error(`${method} ${path} answered ${answer.status}: ${JSON.stringify(answer.body)}`);
      await pause(pollMs);
    }
  }

  status(id: string): Promise<TransferStatus> {
    return this.insist<TransferStatus>(200, 'GET', `/ingestion/transfers/${id}`, { role: 'records-staff' });
  }

  /** Follows a transfer until the predicate holds. @throws with the last status when it does not in time. */
  async follow(id: string, until: (status: TransferStatus) => boolean, timeoutMs = 60_000): Promise<TransferStatus> {
    const end = performance.now() + timeoutMs;
    for (;;) {
      const status = await this.status(id);
      if (until(status)) return status;
      if (performance.now() > end) throw new Error(`transfer ${id} stands at ${JSON.stringify(status)}`);
      await pause(pollMs);
    }
  }

  async grantConsent(patientId: string, recipientId: string): Promise<string> {
    const id = randomUUID();
    const consent = {
      resourceType: 'Consent',
      id,
      status: 'active',
      scope: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentscope', code: 'patient-privacy' }] },
      category: [{ coding: [{ system: 'http://loinc.org', code: '59284-0' }] }],
      patient: { reference: `Patient/${patientId}` },
      dateTime: '2026-11-01T09:00:00Z',
      policyRule: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'OPTIN' }] },
      provision: {
        type: 'permit',
        actor: [
          {
            role: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ParticipationType', code: 'IRCP' }] },
            reference: { reference: `Organization/${recipientId}` },
          },
        ],
        purpose: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason', code: 'TREAT' }],
      },
    };
    await this.insist([200, 201], 'PUT', `/consent/consents/${id}`, {
      role: 'privacy-officer',
      body: consent,
      headers: { 'content-type': 'application/fhir+json' },
    });
    return id;
  }

  revoke(consentId: string): Promise<{ state: string }> {
    const body = { by: 'patient', form: 'written', receivedAt: '2026-11-24T10:00:00Z' };
    return this.insist(202, 'POST', `/consent/consents/${consentId}/revoke`, { role: 'privacy-officer', body });
  }

  /** Every audit entry of a transfer, all pages. */
  async audit(transferId: string): Promise<readonly AuditEntry[]> {
    const entries: AuditEntry[] = [];
    let cursor: string | undefined;
    do {
      const path = `/audit/entries?transfer=${transferId}${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`;
      const page = await this.insist<{ entries: AuditEntry[]; next?: string }>(200, 'GET', path, { role: 'auditor' });
      entries.push(...page.entries);
      cursor = page.next;
    } while (cursor);
    return entries;
  }

  async received(party: string): Promise<readonly ReceivedBundle[]> {
    return (await (await fetch(`${this.clinicUrl}/${party}/control/received`)).json()) as ReceivedBundle[];
  }

  async setFaults(party: string, sequence: readonly Record<string, unknown>[]): Promise<void> {
    const answer = await fetch(`${this.clinicUrl}/${party}/control/faults`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ sequence }),
    });
    if (!answer.ok) throw new Error(`the clinic double refused the faults: ${answer.status} ${await answer.text()}`);
  }

  async heldBundle(party: string, id: string): Promise<{ body: Record<string, unknown>; sha256: string }> {
    const answer = await fetch(`${this.clinicUrl}/${party}/control/received/${id}`);
    const bytes = Buffer.from(await answer.arrayBuffer());
    return { body: JSON.parse(bytes.toString('utf8')), sha256: createHash('sha256').update(bytes).digest('hex') };
  }

  private token(role: string, party?: string): Promise<string> {
    const key = `${role} ${party ?? ''}`;
    const known = this.tokens.get(key);
    if (known) return known;
    const made = this.sign(role, party);
    this.tokens.set(key, made);
    return made;
  }

  private async sign(role: string, party?: string): Promise<string> {
    const jwk = JSON.parse(await readFile(join(this.dataDir, 'issuer', 'private.jwk'), 'utf8'));
    return new SignJWT({ roles: [role], ...(party ? { party } : {}) })
      .setProtectedHeader({ alg: 'ES256', ...(jwk.kid ? { kid: jwk.kid } : {}) })
      .setIssuer('bulfinch-local')
      .setAudience('bulfinch')
      .setSubject(`test-${role}`)
      .setIssuedAt()
      .setExpirationTime(Math.floor(Date.now() / 1000) + tokenLifeSeconds)
      .sign(await importJWK(jwk, 'ES256'));
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
