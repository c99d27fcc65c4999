import { isObject, type Json, type JsonObject, type Resource } from '../content/bundle.js';
import { houseSentences } from '../content/sections.js';
import { systemOf, systems } from './rule-set.js';

/** Resource types that a rule set reads by their codes, and those that hold no clinical content but names and numbers. */
const readTypes = new Set(
  (
    'Composition Patient Practitioner PractitionerRole Organization Location Device RelatedPerson Provenance Specimen Encounter ' +
    'Condition AllergyIntolerance Medication MedicationStatement MedicationRequest MedicationAdministration MedicationDispense ' +
    'Immunization Observation DiagnosticReport Procedure'
  ).split(' '),
);

/** Elements that hold a person's words, pictures or bytes. */
const free = new Set(
  (
    'note comment conclusion description valueString valueMarkdown valueAnnotation valueAttachment presentedForm photo data ' +
    'patientInstruction instructionsText media'
  ).split(' '),
);
/** Elements whose `text` is a name or an address of someone. */
const named = new Set(['name', 'address', 'deviceName']);

const readSystems: ReadonlySet<string> = new Set(Object.values(systems));
/** HL7's own small lists, none of which names a disease; and medicines and vaccines that are all named there. */
const alsoRead = ['http://terminology.hl7.org/', 'http://hl7.org/fhir/sid/cvx', 'urn:ietf:bcp:', 'urn:iso:', 'http://unitsofmeasure.org'];
const isFhirList = (system: string): boolean => system.startsWith('http://hl7.org/fhir/') && !system.startsWith('http://hl7.org/fhir/sid/');

/** Whether something of the resource is beyond every rule set: a type without one, free text, bytes, a concept without a code that can be read. */
export function isUnread(resource: Resource): boolean {
  if (!readTypes.has(resource.resourceType)) return true;
  return hasUnread(resource, '');
}

function hasUnread(value: Json, key: string): boolean {
  if (Array.isArray(value)) return value.some((one: Json) => hasUnread(one, key));
  if (!isObject(value)) return false;
  if (typeof value['resourceType'] === 'string' && !readTypes.has(value['resourceType'])) return true;
  if ('coding' in value || ('text' in value && typeof value['text'] === 'string' && !named.has(key))) {
    if (!isReadConcept(value)) return true;
  }
  return Object.entries(value).some(([inner, one]) => {
    if (inner === 'text' && isObject(one)) return isUnreadText(one);
    return free.has(inner) || hasUnread(one, inner);
  });
}

function isReadConcept({ coding }: JsonObject): boolean {
  if (!Array.isArray(coding)) return false;
  return coding.some((one: Json) => isObject(one) && typeof one['code'] === 'string' && isReadSystem(one['system']));
}

function isReadSystem(system: Json | undefined): boolean {
  if (typeof system !== 'string') return false;
  const known = systemOf(system);
  return readSystems.has(known) || isFhirList(known) || alsoRead.some((start) => known.startsWith(start));
}

/** Whether a Narrative says anything but one of the house's own sentences. */
export function isUnreadText(text: Json | undefined): boolean {
  if (!isObject(text) || typeof text['div'] !== 'string') return false;
  const words = text['div']
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim();
  return words !== '' && !houseSentences.includes(words);
}
