import { type ProtectedKind, type Purpose, protectedKinds, purposes } from '#libs/contracts';
import { spanOf } from './period.js';

/** What a FHIR Consent says that the house enforces: ids and codes only. Times are epoch ms. */
export interface Directive {
  readonly patientId: string;
  readonly type: 'permit' | 'deny';
  /** Party ids. Empty only for a deny: every recipient. */
  readonly recipients: readonly string[];
  /** v3-ActReason codes. Empty: every purpose, as FHIR says of an absent element. */
  readonly purposes: readonly Purpose[];
  /** The one protected kind it is about; absent: content without one, and kinds that a general consent is enough for. */
  readonly kinds?: readonly ProtectedKind[];
  readonly startsAt?: number;
  /** The first moment at which it is over. */
  readonly expiresAt?: number;
}

export type DirectiveProblem = 'element-missing' | 'element-not-valid' | 'element-not-enforced' | 'contradiction';
export interface RefusedDirective {
  readonly refused: DirectiveProblem;
  /** FHIRPath of the element, with indexes; never its value. */
  readonly path: string;
}

/** Content of a Consent resource from outside: JSON whose shape nobody has shown yet. */
export type Unread = { readonly [key: string]: unknown };

const codes = {
  scope: { system: 'http://terminology.hl7.org/CodeSystem/consentscope', code: 'patient-privacy' },
  actReason: 'http://terminology.hl7.org/CodeSystem/v3-ActReason',
  actCode: 'http://terminology.hl7.org/CodeSystem/v3-ActCode',
  participation: 'http://terminology.hl7.org/CodeSystem/v3-ParticipationType',
  action: 'http://terminology.hl7.org/CodeSystem/consentaction',
} as const;
/** System of the patient's id in the house's own register. */
export const patientSystem = 'urn:bulfinch:patient';
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const party = /^Organization\/([A-Za-z0-9][A-Za-z0-9-]{0,63})$/;

/** Elements that describe the consent and decide nothing: kept and given back as they came. */
const described = [
  'resourceType',
  'id',
  'meta',
  'language',
  'text',
  'identifier',
  'dateTime',
  'performer',
  'organization',
  'sourceAttachment',
  'sourceReference',
];
const enforced = ['status', 'scope', 'category', 'patient', 'policyRule', 'verification', 'provision'];
const provisionElements = ['type', 'period', 'actor', 'action', 'purpose', 'securityLabel'];
/** Names of R4's Consent and of the types in it that this house may refuse by name. Any other key may be a patient's: it is not told. */
const elementName =
  /^_?(id|meta|security|profile|tag|implicitRules|language|text|contained|extension|modifierExtension|identifier|status|scope|category|patient|dateTime|performer|organization|sourceAttachment|sourceReference|policy|policyRule|verification|provision|type|period|actor|role|reference|action|securityLabel|purpose|class|code|dataPeriod|data|display|coding|system|version|userSelected|start|end)$/;
/** Recipients and purposes of one consent. */
const listLengthMax = 50;
/** Depth of the JSON; a Consent needs some ten. */
const depthMax = 32;

class Refusal extends Error {
  constructor(
    readonly problem: DirectiveProblem,
    readonly path: string,
  ) {
    super(problem);
  }
}

/**
 * Reads a FHIR R4 Consent. What the house does not enforce is refused with its path, never ignored: whoever signed it counts on every line
 * of it (domain.md section 3). `id` is the one of the door.
 */
export function readDirective(resource: unknown, id: string): { readonly directive: Directive } | RefusedDirective {
  try {
    return { directive: directiveOf(resource, id) };
  } catch (error) {
    if (error instanceof Refusal) return { refused: error.problem, path: error.path };
    throw error;
  }
}

function directiveOf(resource: unknown, id: string): Directive {
  const consent = objectAt(resource, 'Consent');
  if (consent['resourceType'] !== 'Consent') throw new Refusal('element-not-valid', 'Consent.resourceType');
  if (consent['id'] !== undefined && consent['id'] !== id) throw new Refusal('element-not-valid', 'Consent.id');
  noModifiers(consent, 'Consent', 0);
  only(consent, 'Consent', [...described, ...enforced]);
  described_(consent);
  if (required(consent, 'status', 'Consent') !== 'active') throw new Refusal('element-not-valid', 'Consent.status');
  const scope = codingsOf(required(consent, 'scope', 'Consent'), 'Consent.scope');
  if (!scope.every((coding) => coding.system === codes.scope.system && coding.code === codes.scope.code))
    throw new Refusal('element-not-valid', 'Consent.scope');
  if (listAt(required(consent, 'category', 'Consent'), 'Consent.category').length === 0)
    throw new Refusal('element-missing', 'Consent.category');
  const patientId = patientOf(objectAt(required(consent, 'patient', 'Consent'), 'Consent.patient'));
  const provision = objectAt(required(consent, 'provision', 'Consent'), 'Consent.provision');
  const rule = provisionOf(provision);
  policyOf(objectAt(required(consent, 'policyRule', 'Consent'), 'Consent.policyRule'), rule.type);
  return { patientId, ...rule };
}

function provisionOf(provision: Unread): Omit<Directive, 'patientId'> {
  const path = 'Consent.provision';
  if (provision['provision'] !== undefined) childrenOf(provision);
  only(provision, path, provisionElements);
  const type = required(provision, 'type', path);
  if (type !== 'permit' && type !== 'deny') throw new Refusal('element-not-valid', `${path}.type`);
  for (const [index, action] of listOf(provision, 'action', path).entries())
    for (const coding of codingsOf(action, `${path}.action[${index}]`))
      if (coding.system !== codes.action || coding.code !== 'disclose')
        throw new Refusal('element-not-enforced', `${path}.action[${index}]`);
  const recipients = listOf(provision, 'actor', path).map((actor, index) => recipientOf(actor, `${path}.actor[${index}]`));
  // 45 CFR 164.508(c)(1)(iii): an authorization names who may receive.
  if (type === 'permit' && recipients.length === 0) throw new Refusal('element-missing', `${path}.actor`);
  const purposeCodes = listOf(provision, 'purpose', path).map((coding, index) => purposeOf(coding, `${path}.purpose[${index}]`));
  return { type, recipients, purposes: purposeCodes, ...kindsOf(provision), ...periodOf(provision) };
}

/** A child rule is an exception to the root. One of the other type contradicts it; any other is still one that nobody would enforce. */
function childrenOf(provision: Unread): never {
  const children = listOf(provision, 'provision', 'Consent.provision');
  const contradicting = children.findIndex(
    (child) => isObject(child) && child['type'] !== undefined && child['type'] !== provision['type'],
  );
  if (contradicting >= 0) throw new Refusal('contradiction', `Consent.provision.provision[${contradicting}]`);
  throw new Refusal('element-not-enforced', 'Consent.provision.provision');
}

function recipientOf(actor: unknown, path: string): string {
  const read = objectAt(actor, path);
  only(read, path, ['id', 'role', 'reference']);
  const roles = codingsOf(required(read, 'role', path), `${path}.role`);
  if (!roles.every((role) => role.system === codes.participation && (role.code === 'IRCP' || role.code === 'PRCP')))
    throw new Refusal('element-not-enforced', `${path}.role`);
  const reference = objectAt(required(read, 'reference', path), `${path}.reference`);
  const match = typeof reference['reference'] === 'string' ? party.exec(reference['reference']) : null;
  if (!match?.[1]) throw new Refusal('element-not-valid', `${path}.reference`);
  return match[1];
}

function purposeOf(coding: unknown, path: string): Purpose {
  const read = objectAt(coding, path);
  const found = purposes.find((purpose) => purpose === read['code']);
  if (read['system'] !== codes.actReason || !found) throw new Refusal('element-not-enforced', path);
  return found;
}

/**
 * A consent for a protected kind is for that one alone: HIV stands apart from any other, psychotherapy notes are never combined (domain.md
 * section 3; 45 CFR 164.508(b)(3)(ii)). Several labels would in FHIR name what has all of them, which nobody means.
 */
function kindsOf(provision: Unread): { kinds?: readonly ProtectedKind[] } {
  const path = 'Consent.provision.securityLabel';
  if (provision['securityLabel'] === undefined) return {};
  const labels = listOf(provision, 'securityLabel', 'Consent.provision').map((label) => objectAt(label, path));
  const [label] = labels;
  // R is what a source says of its own text and MINOR has no code: neither can be consented to by label.
  const kind = protectedKinds.find((one) => one === label?.['code'] && one !== 'R' && one !== 'MINOR');
  if (labels.length !== 1 || label?.['system'] !== codes.actCode || !kind) throw new Refusal('element-not-enforced', path);
  return { kinds: [kind] };
}

function periodOf(provision: Unread): { startsAt?: number; expiresAt?: number } {
  const path = 'Consent.provision.period';
  if (provision['period'] === undefined) return {};
  const period = objectAt(provision['period'], path);
  only(period, path, ['start', 'end']);
  const start = period['start'] === undefined ? undefined : spanAt(period['start'], `${path}.start`).start;
  const end = period['end'] === undefined ? undefined : spanAt(period['end'], `${path}.end`).end;
  if (start !== undefined && end !== undefined && end <= start) throw new Refusal('contradiction', path);
  return { ...(start === undefined ? {} : { startsAt: start }), ...(end === undefined ? {} : { expiresAt: end }) };
}

/** The base policy must say the same as the root rule: opt-in denies what is not permitted, opt-out permits what is not denied. */
function policyOf(policyRule: Unread, type: Directive['type']): void {
  const path = 'Consent.policyRule';
  only(policyRule, path, ['id', 'coding', 'text']);
  for (const coding of codingsOf(policyRule, path)) {
    const isPermit = coding.system === codes.actCode && coding.code === 'OPTIN';
    const isDeny = coding.system === codes.actCode && coding.code === 'OPTOUT';
    if ((isPermit && type === 'deny') || (isDeny && type === 'permit')) throw new Refusal('contradiction', path);
    // Opt-in or opt-out "with restrictions" and other rules of that system say more than the root rule does.
    if (coding.system === codes.actCode && !isPermit && !isDeny) throw new Refusal('element-not-enforced', path);
  }
}

function patientOf(patient: Unread): string {
  const path = 'Consent.patient';
  only(patient, path, ['id', 'reference', 'type', 'identifier', 'display']);
  const named: string[] = [];
  if (patient['reference'] !== undefined) {
    const reference = patient['reference'];
    if (typeof reference !== 'string' || !reference.startsWith('Patient/')) throw new Refusal('element-not-valid', `${path}.reference`);
    named.push(reference.slice('Patient/'.length));
  }
  if (patient['identifier'] !== undefined) {
    const identifier = objectAt(patient['identifier'], `${path}.identifier`);
    if (identifier['system'] !== patientSystem || typeof identifier['value'] !== 'string')
      throw new Refusal('element-not-valid', `${path}.identifier`);
    named.push(identifier['value']);
  }
  const [patientId] = named;
  if (patientId === undefined) throw new Refusal('element-missing', `${path}.reference`);
  if (named.some((one) => one !== patientId)) throw new Refusal('contradiction', path);
  if (!uuid.test(patientId)) throw new Refusal('element-not-valid', path);
  return patientId;
}

function described_(consent: Unread): void {
  if (consent['dateTime'] !== undefined) spanAt(consent['dateTime'], 'Consent.dateTime');
  if (consent['meta'] !== undefined)
    only(objectAt(consent['meta'], 'Consent.meta'), 'Consent.meta', ['versionId', 'lastUpdated', 'profile', 'source', 'tag']);
  // A consent that is marked as not verified with the patient is no ground to send on.
  for (const [index, verification] of listOf(consent, 'verification', 'Consent').entries())
    if (objectAt(verification, `Consent.verification[${index}]`)['verified'] !== true)
      throw new Refusal('element-not-valid', `Consent.verification[${index}].verified`);
}

interface Coding {
  readonly system?: unknown;
  readonly code?: unknown;
}

/** The codings of a CodeableConcept; at least one, for what has only a text cannot be enforced. */
function codingsOf(concept: unknown, path: string): readonly Coding[] {
  const codings = listOf(objectAt(concept, path), 'coding', path).map((coding, index) => objectAt(coding, `${path}.coding[${index}]`));
  if (codings.length === 0) throw new Refusal('element-missing', `${path}.coding`);
  return codings;
}

function only(element: Unread, path: string, known: readonly string[]): void {
  const other = Object.keys(element).find((key) => !known.includes(key));
  if (other !== undefined) throw new Refusal('element-not-enforced', elementName.test(other) ? `${path}.${other}` : path);
}

/** A modifier changes the meaning of what it stands in, at any depth (FHIR R4, 2.4.0.1). */
function noModifiers(value: unknown, path: string, depth: number): void {
  if (depth > depthMax) throw new Refusal('element-not-valid', 'Consent');
  if (Array.isArray(value)) {
    for (const one of value) noModifiers(one, path, depth + 1);
    return;
  }
  if (!isObject(value)) return;
  if (value['modifierExtension'] !== undefined) throw new Refusal('element-not-enforced', `${path}.modifierExtension`);
  if (value['implicitRules'] !== undefined) throw new Refusal('element-not-enforced', `${path}.implicitRules`);
  for (const [key, inner] of Object.entries(value)) noModifiers(inner, elementName.test(key) ? `${path}.${key}` : path, depth + 1);
}

function required(element: Unread, key: string, path: string): unknown {
  if (element[key] === undefined || element[key] === null) throw new Refusal('element-missing', `${path}.${key}`);
  return element[key];
}

function listOf(element: Unread, key: string, path: string): readonly unknown[] {
  return element[key] === undefined ? [] : listAt(element[key], `${path}.${key}`);
}

function listAt(value: unknown, path: string): readonly unknown[] {
  if (!Array.isArray(value) || value.length > listLengthMax) throw new Refusal('element-not-valid', path);
  return value;
}

function objectAt(value: unknown, path: string): Unread {
  if (!isObject(value)) throw new Refusal('element-not-valid', path);
  return value;
}

function spanAt(value: unknown, path: string): { readonly start: number; readonly end: number } {
  const span = typeof value === 'string' ? spanOf(value) : undefined;
  if (!span) throw new Refusal('element-not-valid', path);
  return span;
}

function isObject(value: unknown): value is Unread {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
