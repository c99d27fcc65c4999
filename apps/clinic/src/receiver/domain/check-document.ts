import { hasDanglingReference, isObject, isText, type JsonObject, parse } from './json.js';

/** What the receiver says about a body before it takes it. `status`: 400 cannot be read, 422 is read and breaks a rule. Fixed sentences, no values. */
export type DocumentCheck =
  | { readonly ok: true; readonly summary: DocumentSummary }
  | {
      readonly ok: false;
      readonly status: 400 | 422;
      readonly code: 'structure' | 'invalid' | 'required' | 'not-found';
      readonly says: string;
    };

/** What `control/received` shows of a document: it stays in the test double and the demo. */
export interface DocumentSummary {
  readonly identifier: { readonly system: string; readonly value: string };
  readonly title?: string;
  readonly type?: string;
  readonly sections: number;
  readonly entries: Readonly<Record<string, number>>;
}

/** Characters of a title that a summary shows. */
const titleLengthMax = 200;

/** Strict check of a FHIR R4 document Bundle (https://hl7.org/fhir/R4/documents.html, rules bdl-9 to bdl-11, and resolution of urn:uuid references). */
export function checkDocument(body: Uint8Array): DocumentCheck {
  const bundle = parse(body);
  if (!isObject(bundle)) return problem(400, 'structure', 'The body is not a JSON object in UTF-8.');
  if (bundle['resourceType'] !== 'Bundle') return problem(422, 'invalid', 'Only a Bundle is taken here.');
  if (bundle['type'] !== 'document') return problem(422, 'invalid', 'Only a Bundle of type document is taken here.');
  const identifier = bundle['identifier'];
  if (!isObject(identifier) || !isText(identifier['system']) || !isText(identifier['value']))
    return problem(422, 'required', 'A document has an identifier with system and value (bdl-9).');
  if (!isText(bundle['timestamp'])) return problem(422, 'required', 'A document has a timestamp (bdl-10).');
  const entries = bundle['entry'];
  if (!Array.isArray(entries) || entries.length === 0) return problem(422, 'required', 'A document has entries.');
  const resources = entries.map((entry) =>
    isObject(entry) && isObject(entry['resource']) && isText(entry['resource']['resourceType']) ? entry['resource'] : undefined,
  );
  const composition = resources[0];
  if (composition?.['resourceType'] !== 'Composition')
    return problem(422, 'invalid', 'The first entry of a document is its Composition (bdl-11).');
  if (resources.some((resource) => resource === undefined)) return problem(422, 'invalid', 'Every entry has a resource with its type.');
  const fullUrls = entries.map((entry) => (isObject(entry) ? entry['fullUrl'] : undefined));
  if (fullUrls.some((url) => !isText(url)) || new Set(fullUrls).size !== fullUrls.length)
    return problem(422, 'invalid', 'Every entry has a fullUrl of its own (bdl-7).');
  if (hasDanglingReference(bundle, new Set(fullUrls.filter(isText))))
    return problem(422, 'not-found', 'A urn:uuid reference points to no entry of the document.');
  return { ok: true, summary: summaryOf(composition, resources, { system: identifier['system'], value: identifier['value'] }) };
}

/** What the control door shows of a document or a transaction. */
export function summaryOf(
  composition: JsonObject,
  resources: readonly (JsonObject | undefined)[],
  identifier: DocumentSummary['identifier'],
): DocumentSummary {
  const entries: Record<string, number> = {};
  for (const resource of resources) {
    const type = resource?.['resourceType'];
    if (isText(type)) entries[type] = (entries[type] ?? 0) + 1;
  }
  const sections = composition['section'];
  const coding =
    isObject(composition['type']) && Array.isArray(composition['type']['coding']) ? composition['type']['coding'][0] : undefined;
  const code = isObject(coding) ? coding['code'] : undefined;
  const title = composition['title'];
  return {
    identifier,
    ...(isText(title) ? { title: title.slice(0, titleLengthMax) } : {}),
    ...(isText(code) ? { type: code } : {}),
    sections: Array.isArray(sections) ? sections.length : 0,
    entries,
  };
}

export function problem(
  status: 400 | 422,
  code: Extract<DocumentCheck, { ok: false }>['code'],
  says: string,
): Extract<DocumentCheck, { ok: false }> {
  return { ok: false, status, code, says };
}
