import { Injectable } from '@nestjs/common';
import { Client, type FhirResource } from 'fhir-kit-client';
import { assertNever } from '#libs/shared/domain';
import type { PushTarget } from '../directory/directory.service.js';
import type { LookResult, PackageMode } from './domain/delivery.js';
import type { Sending } from './domain/outcome.js';
import { deliverySystem, differenceOf } from './domain/package.js';
import type { ReadResult } from './domain/reading.js';
import { compositionQuery, isSameComposition } from './domain/transaction.js';
import { Egress } from './egress.client.js';
import type { EgressAnswer, EgressCall } from './exchange.js';
import type { PermitLife } from './life.js';
import { SmartTokens } from './smart-token.client.js';

/** An answer to a create says little; it is read up to here, bytes. */
const answerBytesMax = 1024 * 1024;
/** Addresses of a transaction's entries that are kept, and the longest of them, characters: they lie in the case, which must stay small. */
const locationsMax = 2000;
const locationLengthMax = 500;
/** A search gives the package back, perhaps printed wide: so many times its size, and some room. */
const searchTimesMax = 4;
/** The id of a stored Bundle in a Location, with or without its version (https://hl7.org/fhir/R4/http.html#create). */
const bundleLocation = /(?:^|\/)Bundle\/([A-Za-z0-9\-.]{1,64})(?:\/_history\/[A-Za-z0-9\-.]{1,64})?$/;
/** A receiver that answers a read so may let us read later: it is not ready yet, or not well. */
const readLaterStatuses = [404, 408, 409, 425, 429];
/** A receiver that answers a search so will not learn to search by waiting. */
const unsearchableStatuses = [400, 404, 405, 410, 415, 422, 501];

export interface Push {
  readonly target: PushTarget;
  readonly deliveryId: string;
  readonly mode: PackageMode;
  /** The stored package, byte by byte. */
  readonly content: Buffer;
  readonly signal: AbortSignal;
}

/** FHIR towards a recipient: fhir-kit-client says what is asked, the egress carries it. */
@Injectable()
export class FhirPushClient {
  constructor(
    private readonly egress: Egress,
    private readonly tokens: SmartTokens,
  ) {}

  /** Has the token ready before a permit is asked for: its life is for the record's bytes. */
  async prepare({ target, signal }: Pick<Push, 'target' | 'signal'>): Promise<void> {
    if (target.smart) await this.tokens.token(target.smart, signal);
  }

  /** Creates the document, or what stands in it, on the condition that our identifiers are not there yet. Only while the life lasts. */
  async send(push: Push, life: PermitLife): Promise<Sending> {
    const { deliveryId, content } = push;
    const text = content.toString('utf8');
    // What is sent is what was stored, or nothing: text that does not come back as the same bytes would be another package.
    if (!Buffer.from(text, 'utf8').equals(content)) throw new Error('the stored package is not UTF-8');
    // The cast: a string goes out verbatim, an object would be written anew (stringifyBody of fhir-kit-client 2.0.3; a test sees the bytes).
    const body = text as unknown as FhirResource;
    const headers = { 'idempotency-key': deliveryId, prefer: 'return=minimal' };
    const condition = { 'if-none-exist': `identifier=${encodeURIComponent(`${deliverySystem}|${deliveryId}`)}` };
    const create = (client: Client) => client.create({ resourceType: 'Bundle', body, options: { headers: { ...headers, ...condition } } });
    const answer = await this.ask(push, { life, answerBytesMax }, (client) =>
      push.mode === 'transaction' ? client.transaction({ body, options: { headers } }) : create(client),
    );
    if (answer.type !== 'answered') return answer;
    const { location, 'retry-after': retryAfter } = answer.headers;
    const locations = push.mode === 'transaction' ? locationsOf(answer.body) : undefined;
    const retryAfterMs = retryAfter === undefined ? undefined : retryAfterMsOf(retryAfter, Date.now());
    return {
      type: 'answered',
      status: answer.status,
      ...(location === undefined ? {} : { location }),
      ...(locations === undefined ? {} : { locations }),
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    };
  }

  /** Whether the receiver holds the package under our identifier (domain.md section 5). Carries nothing about the patient: no permit is asked. */
  async look(push: Push): Promise<{ readonly result: LookResult; readonly location?: string }> {
    const limit = answerBytesMax + searchTimesMax * push.content.length;
    const answer = await this.ask(push, { answerBytesMax: limit }, (client) =>
      push.mode === 'transaction'
        ? client.search({ resourceType: 'Composition', searchParams: compositionQuery(push.deliveryId) })
        : client.search({ resourceType: 'Bundle', searchParams: { identifier: `${deliverySystem}|${push.deliveryId}` } }),
    );
    if (answer.type !== 'answered') return { result: 'unanswered' };
    if (unsearchableStatuses.includes(answer.status)) return { result: 'unsearchable' };
    if (answer.status !== 200) return { result: 'unanswered' };
    return answer.isWhole ? readSearch(answer.body, push) : { result: 'different' };
  }

  /**
   * Reads back what the receiver stored, by its own id or else by our identifier. Of a Location only the id is used: the address stays the
   * directory's, so that the recipient's credentials go nowhere else. No byte of the record leaves: no permit is asked.
   */
  async readBack(push: Push, location: string | undefined): Promise<ReadResult> {
    const id = location === undefined ? undefined : bundleLocation.exec(location)?.[1];
    if (id === undefined) return this.readBySearch(push);
    const limit = answerBytesMax + searchTimesMax * push.content.length;
    const answer = await this.ask(push, { answerBytesMax: limit }, (client) => client.read({ resourceType: 'Bundle', id }));
    if (answer.type !== 'answered' || answer.status >= 500 || readLaterStatuses.includes(answer.status)) return { type: 'unanswered' };
    if (answer.status !== 200) return { type: 'unreadable' };
    if (!answer.isWhole) return { type: 'unanswered' };
    const served = bundleOf(answer.body);
    if (served === undefined) return { type: 'unreadable' };
    const difference = differenceOf(served, push.content);
    return difference === undefined ? { type: 'equal' } : { type: 'different', difference };
  }

  private async readBySearch(push: Push): Promise<ReadResult> {
    const { result } = await this.look(push);
    switch (result) {
      case 'equal':
        return { type: 'equal' };
      case 'different':
        return { type: 'different', difference: 'several-or-different' };
      case 'unsearchable':
        return { type: 'unreadable' };
      // Stored, and not found yet: its index may be behind.
      case 'none':
      case 'unanswered':
        return { type: 'unanswered' };
      default:
        return assertNever(result);
    }
  }

  /** Lets fhir-kit-client build the request and carries it through the egress: its own fetch can neither be cut nor say what left. */
  private async ask(
    push: Push,
    limits: Pick<EgressCall, 'life' | 'answerBytesMax'>,
    use: (client: Client) => Promise<FhirResource>,
  ): Promise<EgressAnswer> {
    const { baseUrl, smart, isInternal, answerTimeoutMs } = push.target;
    const token = smart ? await this.tokens.token(smart, push.signal) : push.target.token;
    // Without a token nothing of ours goes out.
    if (smart && token === undefined) return { type: 'not-connected' };
    const client = new Client({
      baseUrl,
      customHeaders: { accept: 'application/fhir+json', ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
    });
    let answer: EgressAnswer | undefined;
    client.httpClient.request = async (method, requestUrl, options = {}, body) => {
      if (method !== 'GET' && method !== 'POST') throw new Error(`${method} is not used towards recipients`);
      answer = await this.egress.send({
        method,
        // A transaction goes to the base itself.
        url: new URL(requestUrl === '/' ? baseUrl : client.httpClient.expandUrl(requestUrl)),
        headers: { ...client.customHeaders, ...options.headers },
        ...(typeof body === 'string' ? { body: Buffer.from(body, 'utf8') } : {}),
        isInternal,
        answerTimeoutMs,
        signal: push.signal,
        ...limits,
      });
      return { resourceType: 'Basic' };
    };
    await use(client);
    if (!answer) throw new Error('fhir-kit-client asked nothing');
    if (smart && answer.type === 'answered' && answer.status === 401) this.tokens.forget(smart);
    return answer;
  }
}

/** Several under one identifier, another content, or a server that did not search at all are for a person to look at. */
function readSearch(body: Buffer, push: Push): { result: LookResult; location?: string } {
  const { mode, deliveryId, content } = push;
  const type = mode === 'transaction' ? 'Composition' : 'Bundle';
  const found = searchset(body, type);
  if (!found) return { result: 'unanswered' };
  const { entries, hasMore, isEmpty } = found;
  const ours = entries.filter((resource) => (mode === 'transaction' ? hasTag(resource, deliveryId) : hasIdentifier(resource, deliveryId)));
  const [only] = ours;
  // "Nothing there" leads to sending again, so only an answer that says so in full counts; anything else is for a person.
  if (only === undefined) return { result: isEmpty ? 'none' : 'unsearchable' };
  const isEqual = mode === 'transaction' ? isSameComposition(only, content) : differenceOf(only, content) === undefined;
  if (ours.length > 1 || hasMore || !isEqual) return { result: 'different' };
  const id = 'id' in only && typeof only.id === 'string' ? only.id : undefined;
  return { result: 'equal', ...(id === undefined ? {} : { location: `${type}/${id}` }) };
}

interface Searchset {
  readonly entries: readonly object[];
  readonly hasMore: boolean;
  /** No entry of any kind, no further page, and no count that says otherwise. */
  readonly isEmpty: boolean;
}

function searchset(body: Buffer, type: string): Searchset | undefined {
  try {
    const bundle = JSON.parse(body.toString('utf8')) as {
      resourceType?: unknown;
      type?: unknown;
      entry?: { resource?: { resourceType?: unknown } }[];
      link?: { relation?: unknown }[];
      total?: unknown;
    };
    if (bundle.resourceType !== 'Bundle' || bundle.type !== 'searchset') return undefined;
    const entries = (bundle.entry ?? []).flatMap(({ resource }) => (resource?.resourceType === type ? [resource] : []));
    // A second page of one identifier is more than one match: for a person, not read on.
    const hasMore = (bundle.link ?? []).some(({ relation }) => relation === 'next');
    const isEmpty = (bundle.entry ?? []).length === 0 && !hasMore && (bundle.total === undefined || bundle.total === 0);
    return { entries, hasMore, isEmpty };
  } catch {
    return undefined; // Not readable as a searchset: asked again later.
  }
}

/** A 200 with anything else is a receiver that answers in its own way, not a package that changed. */
function bundleOf(body: Buffer): object | undefined {
  try {
    const served: unknown = JSON.parse(body.toString('utf8'));
    return typeof served === 'object' && served !== null && 'resourceType' in served && served.resourceType === 'Bundle'
      ? served
      : undefined;
  } catch {
    return undefined; // Not JSON.
  }
}

/** Where the receiver put each entry of a transaction; undefined where it does not say so in a way that can be read. */
function locationsOf(body: Buffer): readonly string[] | undefined {
  try {
    const { entry } = JSON.parse(body.toString('utf8')) as { entry?: { response?: { location?: unknown } }[] };
    const locations = entry?.map(({ response }) => response?.location);
    const isKept = locations?.every((one) => typeof one === 'string' && one.length <= locationLengthMax);
    // Checked just above. What is over the limit can still be found by our identifiers.
    return isKept ? (locations?.slice(0, locationsMax) as readonly string[]) : undefined;
  } catch {
    return undefined; // The status says that all of it was taken; where, stays with the receiver.
  }
}

function hasTag(resource: object, deliveryId: string): boolean {
  const meta = 'meta' in resource ? resource.meta : undefined;
  const tags = typeof meta === 'object' && meta !== null && 'tag' in meta && Array.isArray(meta.tag) ? meta.tag : [];
  return tags.some(
    (tag: { readonly system?: unknown; readonly code?: unknown } | null) => tag?.system === deliverySystem && tag.code === deliveryId,
  );
}

function hasIdentifier(resource: object, deliveryId: string): boolean {
  const identifier = 'identifier' in resource ? resource.identifier : undefined;
  return (
    typeof identifier === 'object' &&
    identifier !== null &&
    'system' in identifier &&
    identifier.system === deliverySystem &&
    'value' in identifier &&
    identifier.value === deliveryId
  );
}

/** Retry-After in seconds or as an HTTP date (RFC 9110 section 10.2.3), ms from now; undefined where it is neither. */
export function retryAfterMsOf(header: string, nowMs: number): number | undefined {
  if (/^\d{1,9}$/.test(header.trim())) return Number(header.trim()) * 1000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, at - nowMs);
}
