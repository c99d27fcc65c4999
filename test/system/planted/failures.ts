import { randomUUID } from 'node:crypto';
import type { Planted } from './planted.js';
import type { Ask, Visitor } from './visitor.js';

/** One wrong request: what is wrong, where it goes, and the status it must get. */
interface Wrong extends Ask {
  readonly how: string;
  readonly method: string;
  readonly path: string;
  readonly status: number;
}

/** More than a JSON body, and more than all headers of a request, may have (libs/shared/http). */
const jsonBytesTooMany = 1024 * 1024 + 1;
const headerBytesTooMany = 17 * 1024;

/** A person as a request tells them, every field planted. */
export function plantedPatient(planted: Planted): object {
  return {
    identifiers: [
      { system: 'urn:bulfinch:mgh:mrn', value: planted.number('register number'), type: planted.name('register number kind') },
      { system: `urn:oid:${planted.number('register system')}`, value: planted.word('register passport'), country: 'PT' },
    ],
    name: [
      { family: planted.name('register family'), given: [planted.name('register given')], prefix: [planted.name('register prefix')] },
      { text: planted.name('register name text') },
    ],
    birthDate: '1971-03-20',
    gender: 'female',
    telecom: [{ system: 'phone', value: planted.number('register phone') }],
    address: [{ text: planted.text('register address') }],
    [planted.word('register field')]: planted.name('register field value'),
  };
}

/** Requests that are refused before they change anything. `id` is a draft, `closed` a transfer that takes no document any more. */
export function wrongRequests(planted: Planted, opening: object, { id, closed }: { id: string; closed: string }): readonly Wrong[] {
  return [
    ...wrongOpenings(planted, opening),
    ...wrongPaths(planted, id),
    ...wrongAnswers(planted, id),
    ...wrongDocuments(planted, id, closed),
  ];
}

const key = (): Record<string, string> => ({ 'idempotency-key': randomUUID() });

function wrongOpenings(planted: Planted, opening: object): readonly Wrong[] {
  const at = { method: 'POST', path: '/ingestion/transfers' };
  const word = (what: string): string => planted.word(what);
  const json = { ...key(), 'content-type': 'application/json' };
  return [
    { ...at, how: 'wrong role', role: 'auditor', headers: key(), body: { ...opening, patient: plantedPatient(planted) }, status: 403 },
    { ...at, how: 'token of nobody', headers: { ...key(), authorization: `Bearer ${word('token')}` }, body: opening, status: 401 },
    {
      ...at,
      how: 'no token',
      headers: { ...key(), authorization: `${word('scheme')} ${word('credentials')}` },
      body: opening,
      status: 401,
    },
    {
      ...at,
      how: 'broken JSON',
      headers: json,
      body: `{"patient": {"name": ["${planted.name('broken JSON')}"], ${word('JSON word')}`,
      status: 400,
    },
    { ...at, how: 'forbidden key', headers: json, body: `{"__proto__": {"a": "${planted.name('forbidden key')}"}}`, status: 400 },
    { ...at, how: 'JSON that is no UTF-8', headers: json, body: Buffer.from(`{"a": "${word('no UTF-8')}\xff"}`, 'latin1'), status: 400 },
    {
      ...at,
      how: 'null character',
      headers: key(),
      body: { ...opening, patient: { name: [{ text: `${planted.name('null character')}\0` }] } },
      status: 400,
    },
    {
      ...at,
      how: 'unknown fields',
      headers: key(),
      body: { ...opening, [word('unknown field')]: 1, requester: { kind: 'user', [word('unknown inner field')]: 1 } },
      status: 400,
    },
    {
      ...at,
      how: 'values of no list',
      headers: key(),
      body: { ...opening, direction: word('direction'), purpose: word('purpose'), authority: { basis: word('basis') } },
      status: 400,
    },
    {
      ...at,
      how: 'wrong types',
      headers: key(),
      body: { ...opening, patient: [planted.name('wrong type')], recipientId: planted.name('recipient no id') },
      status: 400,
    },
    { ...at, how: 'a key that is none', headers: { 'idempotency-key': planted.name('idempotency key') }, body: opening, status: 400 },
    { ...at, how: 'over the limit', headers: json, body: `{"a": "${word('over the limit').repeat(jsonBytesTooMany / 12)}"}`, status: 413 },
    {
      ...at,
      how: 'headers over the limit',
      headers: { ...key(), 'x-note': word('large header').repeat(headerBytesTooMany / 12) },
      body: opening,
      status: 431,
    },
    {
      ...at,
      how: 'type not known',
      headers: { ...key(), 'content-type': `text/${word('content type')}; charset=${word('charset')}` },
      body: planted.text('text body'),
      status: 400,
    },
    { ...at, how: 'unknown recipient', headers: key(), body: { ...opening, recipientId: word('recipient') }, status: 422 },
    { ...at, how: 'unknown referral', headers: key(), body: { ...opening, referral: word('referral') }, status: 400 },
  ];
}

function wrongPaths(planted: Planted, id: string): readonly Wrong[] {
  const word = (what: string): string => planted.word(what);
  const name = (what: string): string => encodeURIComponent(planted.name(what));
  const get = (how: string, path: string, status: number, role?: string): Wrong => ({
    how,
    method: 'GET',
    path,
    status,
    ...(role && { role }),
  });
  return [
    get('a path of nothing', `/ingestion/${name('path')}/${name('path end')}`, 404),
    get('a path of no service', `/${name('first path')}`, 404),
    get('a path that cannot be read', `/ingestion/transfers/${word('unreadable path')}%ZZ`, 400),
    get('unknown transfer', `/ingestion/transfers/${word('transfer in a path')}`, 400),
    get('very long path', `/ingestion/transfers/${word('long path').repeat(30)}`, 414),
    get('unknown reference', `/ingestion/referrals/${word('reference')}`, 400),
    get('reference in another script', `/ingestion/referrals/${name('reference in script')}`, 400),
    get('release of nothing', `/consent/transfers/${name('release')}/release`, 404),
    get('consent of nothing', `/consent/consents/${name('consent id')}`, 404, 'privacy-officer'),
    get('delivery of nothing', `/delivery/transfers/${name('delivery')}`, 404),
    get('recipient of nothing', `/delivery/recipients/${name('recipient in a path')}`, 404),
    get('record of nothing', `/normalization/transfers/${name('record')}`, 404),
    get('links of nothing', `/ingestion/patients/${name('patient in a path')}/links`, 404),
    get('a search with no such question', `/ingestion/transfers?${word('question')}=${name('answer')}`, 400),
    get('a search for a patient by name', `/ingestion/transfers?patient=${name('patient asked for')}`, 400),
    get('a search for a reference', `/ingestion/transfers?referral=${word('referral asked for')}`, 400),
    get('a page of nothing', `/ingestion/transfers?cursor=${word('cursor')}`, 400),
    get('entries of a patient by name', `/audit/entries?patient=${name('patient of entries')}`, 400, 'auditor'),
    get('entries of a kind', `/audit/entries?type=${word('entry type')}`, 400, 'auditor'),
    get('accounting of a name', `/audit/accounting?kind=full&patient=${name('patient of accounting')}`, 400, 'auditor'),
    get('a page of the description', `/docs/${word('docs')}`, 404),
    { how: 'method of nothing', method: 'DELETE', path: `/ingestion/transfers/${id}?${word('query of a method')}`, status: 404 },
    {
      how: 'an answer in no form',
      method: 'GET',
      path: '/audit/entries',
      role: 'auditor',
      headers: { accept: `text/${word('accept')}` },
      status: 406,
    },
  ];
}

function wrongAnswers(planted: Planted, id: string): readonly Wrong[] {
  const text = (what: string): string => planted.text(what);
  const post = (how: string, path: string, body: object, status: number, role = 'privacy-officer'): Wrong => ({
    how,
    method: 'POST',
    path,
    body,
    status,
    role,
  });
  const reasonOf = (what: string): object => ({ reason: text(what) });
  return [
    post('cancel of nothing', `/ingestion/transfers/${randomUUID()}/cancel`, reasonOf('reason to cancel nothing'), 404),
    post(
      'cancel with more',
      `/ingestion/transfers/${id}/cancel`,
      { ...reasonOf('reason with more'), [planted.word('cancel field')]: 1 },
      400,
    ),
    post('cancel by nobody', `/ingestion/transfers/${id}/cancel`, reasonOf('reason of an operator'), 403, 'operator'),
    post('recall of a draft', `/ingestion/transfers/${id}/recall`, reasonOf('reason to recall a draft'), 409),
    post(
      'answer to no hold',
      `/ingestion/transfers/${id}/holds/${planted.word('hold')}`,
      { decision: 'release', ...reasonOf('reason of no hold') },
      404,
    ),
    post(
      'answer of no list',
      `/consent/transfers/${id}/holds/${randomUUID()}`,
      { decision: planted.word('decision'), ...reasonOf('reason of no list') },
      400,
    ),
    post(
      'answer to an unknown hold',
      `/consent/transfers/${id}/holds/${randomUUID()}`,
      { decision: 'release', ...reasonOf('reason of an unknown hold') },
      404,
    ),
    post(
      'answer to delivery',
      `/delivery/transfers/${id}/holds/${randomUUID()}`,
      { decision: 'give-up', ...reasonOf('reason to delivery') },
      404,
    ),
    post(
      'acknowledgement of nothing',
      `/delivery/deliveries/${randomUUID()}/acknowledgements`,
      { name: planted.name('name at no delivery'), role: planted.name('role at no delivery'), how: 'phone' },
      404,
      'records-staff',
    ),
    post(
      'revocation of nothing',
      `/consent/consents/${randomUUID()}/revoke`,
      {
        by: planted.word('revoked by'),
        form: planted.word('form'),
        receivedAt: planted.word('received at'),
        reason: text('reason to revoke'),
      },
      400,
    ),
    post(
      'revocation by a name',
      `/consent/consents/${planted.word('consent to revoke')}/revoke`,
      { by: 'patient', form: 'oral', receivedAt: '2026-11-24T10:00:00Z' },
      404,
    ),
    post(
      'parked of nothing',
      `/ingestion/parked/${planted.word('parked case')}`,
      { publisher: 'consent', action: 'discard', ...reasonOf('reason to discard') },
      404,
      'operator',
    ),
    post('join of nobody', `/ingestion/patients/${randomUUID()}/links`, { to: randomUUID(), ...reasonOf('reason to join nobody') }, 404),
    post('a search by nobody', '/ingestion/patients/search', { name: planted.name('name searched by an auditor') }, 403, 'auditor'),
    post('a search for too much', '/ingestion/patients/search', { [planted.word('search field')]: planted.name('search value') }, 400),
    {
      how: 'a party that is none',
      method: 'PUT',
      path: '/delivery/recipients/talkative',
      role: 'system',
      status: 400,
      body: {
        name: planted.name('party name'),
        kind: planted.word('party kind'),
        [planted.word('party field')]: 1,
        channel: { type: 'fhir', baseUrl: `ftp://${planted.word('party address')}` },
      },
    },
    {
      how: 'a consent that says more',
      method: 'PUT',
      path: `/consent/consents/${randomUUID()}`,
      role: 'privacy-officer',
      status: 422,
      headers: { 'content-type': 'application/fhir+json' },
      body: plantedConsent(planted),
    },
    {
      how: 'a consent of no id',
      method: 'PUT',
      path: `/consent/consents/${planted.word('id of a consent')}`,
      role: 'privacy-officer',
      status: 422,
      body: { resourceType: planted.word('resource type') },
    },
  ];
}

function plantedConsent(planted: Planted): object {
  return {
    resourceType: 'Consent',
    status: 'active',
    [planted.word('consent element')]: planted.text('consent element value'),
    text: { status: 'additional', div: `<div xmlns="http://www.w3.org/1999/xhtml">${planted.text('consent narrative')}</div>` },
    identifier: [{ value: planted.number('consent identifier') }],
    patient: { reference: `Patient/${randomUUID()}`, display: planted.name('consent patient') },
    provision: {
      type: planted.word('provision type'),
      [planted.word('provision element')]: { display: planted.name('provision display') },
    },
  };
}

function wrongDocuments(planted: Planted, id: string, closed: string): readonly Wrong[] {
  const word = (what: string): string => planted.word(what);
  const put = (how: string, body: string, status: number, headers: Record<string, string> = {}): Wrong => ({
    how,
    method: 'PUT',
    path: `/ingestion/transfers/${id}/documents/${randomUUID()}`,
    body,
    status,
    headers,
  });
  const open = '<?xml version="1.0"?><ClinicalDocument xmlns="urn:hl7-org:v3">';
  return [
    put('XML cut off', `${open}<title>${planted.text('XML cut off')}</title>`, 415),
    put('tags that cross', `${open}<${word('tag')}></${word('other tag')}></ClinicalDocument>`, 415),
    put('an entity of nothing', `${open}<title>&${word('entity')};</title></ClinicalDocument>`, 415),
    put(
      'a DTD',
      `<!DOCTYPE ${word('DTD')} [<!ENTITY a "${planted.name('entity text')}">]>${open}<title>&a;</title></ClinicalDocument>`,
      415,
    ),
    put('a prefix of nothing', `${open}<${word('prefix')}:title/></ClinicalDocument>`, 415),
    put('another root', `<${word('root')} xmlns="urn:${word('namespace')}">${planted.text('other root text')}</${word('third tag')}>`, 415),
    put(
      'an attribute twice',
      `${open}<id ${word('attribute')}="1" root="${word('root twice')}" root="${word('root twice again')}"/></ClinicalDocument>`,
      415,
    ),
    put('a character that is none', `${open}<title>${planted.name('before a null')}\0</title></ClinicalDocument>`, 415),
    put('plain text', planted.text('plain text'), 415),
    put('FHIR that is broken', `{"resourceType": "Bundle", "${word('FHIR field')}": "${planted.name('FHIR value')}"`, 415),
    put('HL7 v2', `MSH|^~\\&|A|B|C|D|20261124||ADT^A01|1|P|2.5\rPID|1||${planted.number('PID-3')}||${planted.name('PID-5')}`, 415),
    put('over the limit', planted.text('large document').repeat(10_000), 413),
    put('a file name that cannot be read', 'a', 400, {
      'content-disposition': `attachment; filename*=${word('file name charset')}''%ZZ${word('unreadable file name')}`,
    }),
    put('a file name with a null', 'a', 400, {
      'content-disposition': `attachment; filename*=UTF-8''a%00${word('file name with a null')}`,
    }),
    {
      how: 'a document of no id',
      method: 'PUT',
      path: `/ingestion/transfers/${id}/documents/${word('document id')}`,
      body: 'a',
      status: 400,
    },
    {
      how: 'a document of a closed transfer',
      method: 'PUT',
      path: `/ingestion/transfers/${closed}/documents/${randomUUID()}`,
      body: planted.text('late document'),
      status: 409,
      headers: { 'content-disposition': `attachment; filename="${word('late file name')}"` },
    },
    {
      how: 'a description of no list',
      method: 'PATCH',
      path: `/ingestion/transfers/${id}/documents/${randomUUID()}`,
      body: { language: planted.name('language'), [word('description field')]: 1, kind: word('kind') },
      status: 400,
    },
  ];
}

/** Sends them all. @returns those that were not refused as they must be, as `how: status` */
export async function sendWrong(visitor: Visitor, requests: readonly Wrong[]): Promise<string[]> {
  const surprises: string[] = [];
  for (const { how, method, path, status, ...ask } of requests) {
    const answer = await visitor.ask(method, path, ask);
    if (answer.status !== status) surprises.push(`${how}: ${answer.status}, not ${status}`);
  }
  return surprises;
}
