import { deliverySystem } from './package.js';
import { isDocument, isSame, NotPackable, parseKeepingNumbers, withoutServerParts } from './package-json.js';

/**
 * System of the identifiers by which each resource of a transaction is created on condition. They name the delivery and a place in it: another
 * transfer is other content, and a condition that found the former's resource would leave the receiver with what it said then.
 */
export const resourceSystem = 'urn:bulfinch:resource';

/** Types of a record that have a list of identifiers in R4. The others (Composition's only one is its lineage; Binary, Provenance have none) carry a tag. */
const identifiedTypes = new Set([
  'AllergyIntolerance',
  'CarePlan',
  'CareTeam',
  'ClinicalImpression',
  'Condition',
  'Consent',
  'Coverage',
  'Device',
  'DeviceRequest',
  'DeviceUseStatement',
  'DiagnosticReport',
  'DocumentReference',
  'Encounter',
  'FamilyMemberHistory',
  'Flag',
  'Goal',
  'ImagingStudy',
  'Immunization',
  'Location',
  'Media',
  'Medication',
  'MedicationDispense',
  'MedicationRequest',
  'MedicationStatement',
  'Observation',
  'Organization',
  'Patient',
  'Practitioner',
  'PractitionerRole',
  'Procedure',
  'RelatedPerson',
  'ServiceRequest',
  'Specimen',
]);

type JsonObject = Readonly<Record<string, unknown>>;
interface Entry {
  readonly fullUrl: string;
  readonly resource: JsonObject & { readonly resourceType: string };
}

/**
 * The package as a transaction (https://hl7.org/fhir/R4/http.html#transaction): every resource of the release is created unless the receiver has
 * it under our identifier, all or nothing; ids are the receiver's to give. Same input, same bytes.
 * @throws NotPackable when the release is no document Bundle with a Composition first and resources under their own fullUrl.
 */
export function buildTransaction(release: Uint8Array, deliveryId: string): Uint8Array {
  const bundle: unknown = parseKeepingNumbers(new TextDecoder('utf-8', { fatal: true }).decode(release));
  const entries = isDocument(bundle) ? entriesOf(bundle.entry) : undefined;
  if (entries?.[0]?.resource.resourceType !== 'Composition')
    throw new NotPackable('the release is no document Bundle with its Composition first');
  const entry = entries.map(({ fullUrl, resource }, index) => {
    const token =
      index === 0 ? { system: deliverySystem, code: deliveryId } : { system: resourceSystem, code: `${deliveryId}.${index + 1}` };
    return { fullUrl, ...created(resource, token) };
  });
  return new TextEncoder().encode(JSON.stringify({ resourceType: 'Bundle', type: 'transaction', entry }));
}

/** The query that finds the Composition of a delivery: where it is, all of the transaction is. */
export function compositionQuery(deliveryId: string): { readonly _tag: string } {
  return { _tag: `${deliverySystem}|${deliveryId}` };
}

/**
 * Whether a Composition that a receiver serves is that of the transaction sent: the same but for what a server assigns, and for links to other
 * entries, which follow the ids that the receiver gave: each link the same way wherever it stands.
 */
export function isSameComposition(served: object, sent: Uint8Array): boolean {
  const own = JSON.parse(new TextDecoder().decode(sent)) as { readonly entry: readonly Entry[] }; // Our own, built above.
  const links = new Set(own.entry.map(({ fullUrl }) => fullUrl));
  const renamed = new Map<unknown, unknown>();
  const composition = own.entry[0]?.resource;
  if (!composition) return false;
  return isSame(withoutServerParts(served), withoutServerParts(composition), (theirs, ours) => {
    if (typeof ours !== 'string' || typeof theirs !== 'string' || !links.has(ours)) return theirs === ours;
    if (renamed.has(ours)) return renamed.get(ours) === theirs;
    const isNew = !new Set(renamed.values()).has(theirs);
    renamed.set(ours, theirs);
    return isNew;
  });
}

function entriesOf(entries: unknown): readonly Entry[] | undefined {
  return Array.isArray(entries) && entries.every(isEntry) ? entries : undefined;
}

function isEntry(entry: unknown): entry is Entry {
  if (!isObject(entry) || typeof entry['fullUrl'] !== 'string' || !isObject(entry['resource'])) return false;
  return typeof entry['resource']['resourceType'] === 'string';
}

function created({ id: _id, ...resource }: Entry['resource'], token: { readonly system: string; readonly code: string }): object {
  // The rest of an object with a resourceType has one.
  const { resourceType } = resource as Entry['resource'];
  const { identifier, meta } = resource as JsonObject;
  const isIdentified = token.system === resourceSystem && identifiedTypes.has(resourceType);
  const { system, code } = token;
  const own = isIdentified
    ? { identifier: [...listOf(identifier), { system, value: code }] }
    : { meta: { ...(isObject(meta) ? meta : {}), tag: [...(isObject(meta) ? listOf(meta['tag']) : []), token] } };
  const ifNoneExist = `${isIdentified ? 'identifier' : '_tag'}=${system}|${code}`;
  return { resource: { ...resource, ...own }, request: { method: 'POST', url: resourceType, ifNoneExist } };
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
