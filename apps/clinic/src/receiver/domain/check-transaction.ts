import { type DocumentCheck, type DocumentSummary, problem, summaryOf } from './check-document.js';
import { hasDanglingReference, isObject, isText, type Json, type JsonObject, parse } from './json.js';

/** A token that a resource is found by: `identifier` or `_tag`, as `system|code`. */
export interface Token {
  readonly parameter: 'identifier' | '_tag';
  readonly value: string;
}
/** One create of a transaction. `condition`: create only when nothing has this token. */
export interface Creation {
  readonly fullUrl: string;
  readonly type: string;
  readonly tokens: readonly Token[];
  readonly condition?: Token;
}
export type TransactionCheck =
  | { readonly ok: true; readonly creations: readonly Creation[]; readonly summary: DocumentSummary }
  | Extract<DocumentCheck, { ok: false }>;

/** Strict check of a FHIR R4 transaction of creates (https://hl7.org/fhir/R4/http.html#transaction): all of it can be done, or nothing is. */
export function checkTransaction(body: Uint8Array): TransactionCheck {
  const bundle = parse(body);
  if (!isObject(bundle)) return problem(400, 'structure', 'The body is not a JSON object in UTF-8.');
  if (bundle['resourceType'] !== 'Bundle' || bundle['type'] !== 'transaction')
    return problem(422, 'invalid', 'Only a Bundle of type transaction is taken here.');
  const entries = bundle['entry'];
  if (!Array.isArray(entries) || entries.length === 0) return problem(422, 'required', 'A transaction has entries.');
  const creations = entries.map(creationOf);
  if (!creations.every((one) => one !== undefined))
    return problem(422, 'invalid', 'Every entry is a POST of a resource to its own type, its condition one identifier or _tag.');
  const fullUrls = new Set(creations.map(({ fullUrl }) => fullUrl));
  if (fullUrls.size !== creations.length) return problem(422, 'invalid', 'Every entry has a fullUrl of its own (bdl-7).');
  if (hasDanglingReference(bundle, fullUrls))
    return problem(422, 'not-found', 'A urn:uuid reference points to no entry of the transaction.');
  const resources = entries.map((entry) => (isObject(entry) && isObject(entry['resource']) ? entry['resource'] : undefined));
  const composition = resources.find((resource) => resource?.['resourceType'] === 'Composition');
  if (!composition) return problem(422, 'required', 'This clinic takes records, which have a Composition.');
  const [system = '', value = ''] = (tokensOf(composition)[0]?.value ?? '').split('|');
  return { ok: true, creations, summary: summaryOf(composition, resources, { system, value }) };
}

function creationOf(entry: Json): Creation | undefined {
  if (!isObject(entry)) return undefined;
  const { fullUrl, resource, request } = entry;
  if (!isText(fullUrl) || !isObject(resource) || !isObject(request)) return undefined;
  const type = resource['resourceType'];
  if (!isText(type) || request['method'] !== 'POST' || request['url'] !== type) return undefined;
  const creation = { fullUrl, type, tokens: tokensOf(resource) };
  if (request['ifNoneExist'] === undefined) return creation;
  const condition = isText(request['ifNoneExist']) ? tokenOf(request['ifNoneExist']) : undefined;
  return condition && { ...creation, condition };
}

/** `identifier=system|value` or `_tag=system|code`; undefined for every other query. */
export function tokenOf(query: string): Token | undefined {
  const parameters = [...new URLSearchParams(query)];
  const [parameter, value] = parameters[0] ?? [];
  if (parameters.length !== 1 || value === undefined || !value.includes('|')) return undefined;
  return parameter === 'identifier' || parameter === '_tag' ? { parameter, value } : undefined;
}

function tokensOf(resource: JsonObject): Token[] {
  const { identifier, meta } = resource;
  const tags = isObject(meta) && Array.isArray(meta['tag']) ? meta['tag'] : [];
  return [
    ...tags.flatMap((tag) => tokensIn(tag, '_tag', 'code')),
    ...(Array.isArray(identifier) ? identifier : [identifier ?? null]).flatMap((one) => tokensIn(one, 'identifier', 'value')),
  ];
}

function tokensIn(value: Json, parameter: Token['parameter'], key: 'code' | 'value'): Token[] {
  if (!isObject(value) || !isText(value['system']) || !isText(value[key])) return [];
  return [{ parameter, value: `${value['system']}|${value[key]}` }];
}
