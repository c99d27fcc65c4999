import type { AuditEvent, AuditEventAgent, AuditEventEntity, Bundle, Coding } from 'fhir/r4.js';
import type { Entry } from './domain/entry.js';

const dicom = 'http://dicom.nema.org/resources/ontology/DCM';
const entityType = 'http://terminology.hl7.org/CodeSystem/audit-entity-type';
const objectRole = 'http://terminology.hl7.org/CodeSystem/object-role';
const actReason = 'http://terminology.hl7.org/CodeSystem/v3-ActReason';
const ids = 'urn:bulfinch:id';
const facts = 'urn:bulfinch:event-type';
/** IHE BALP 1.1.4, Privacy Disclosure Audit Event, as recorded by the source. */
const disclosureProfile = 'https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.PrivacyDisclosure.Source';

/** A searchset of AuditEvents (FHIR R4), in the order of the entries. The entry's id is the identity; a resource id holds no slash, so the place is told apart. */
export function auditEventBundle(entries: readonly Entry[], self: string, next?: string): Bundle {
  return {
    resourceType: 'Bundle',
    type: 'searchset',
    link: [{ relation: 'self', url: self }, ...(next === undefined ? [] : [{ relation: 'next', url: next }])],
    entry: entries.map((entry) => {
      const resource = auditEvent(entry);
      return { fullUrl: `urn:bulfinch:audit:${resource.id}`, resource, search: { mode: 'match' } };
    }),
  };
}

/** One entry as an AuditEvent. A disclosure claims its BALP profile; every other kind is a plain AuditEvent so far. */
export function auditEvent(entry: Entry): AuditEvent {
  return entry.disclosure === undefined ? plain(entry) : disclosure(entry);
}

function plain(entry: Entry): AuditEvent {
  return {
    ...shared(entry),
    type: typeOf(entry),
    subtype: [{ system: facts, code: entry.type }],
    agent: [actorAgent(entry), ...(entry.recipientId === undefined ? [] : [recipientAgent(entry.recipientId)])],
  };
}

function disclosure(entry: Entry): AuditEvent {
  const recipient = entry.recipientId ?? 'unknown';
  return {
    ...shared(entry),
    meta: { profile: [disclosureProfile] },
    type: { system: dicom, code: '110106', display: 'Export' },
    subtype: [
      { system: 'http://terminology.hl7.org/CodeSystem/iso-21089-lifecycle', code: 'disclose' },
      { system: facts, code: entry.type },
    ],
    action: 'R',
    agent: [
      // The profile wants the source to be the observer: the service that sends. Whose data it is stands in the custodian.
      { ...partyAgent('110153', 'Source Role ID', `bulfinch-${entry.service}`), requestor: true },
      { ...partyAgent('110152', 'Destination Role ID', recipient), requestor: false },
      ...(entry.senderId === undefined ? [] : [custodian(entry.senderId)]),
    ],
  };
}

function shared(entry: Entry): Omit<AuditEvent, 'type' | 'agent'> {
  const found = entities(entry);
  return {
    resourceType: 'AuditEvent',
    id: resourceId(entry),
    recorded: entry.at,
    outcome: outcomeOf(entry),
    ...(entry.purpose === undefined ? {} : { purposeOfEvent: [{ coding: [{ system: actReason, code: entry.purpose }] }] }),
    source: { observer: { identifier: { system: ids, value: `bulfinch-${entry.service}` } } },
    ...(found.length === 0 ? {} : { entity: found }),
  };
}

/** `bulfinch.delivery.v1/<transferId>/7` as a resource id: letters, digits, hyphen and dot, at most 64 (FHIR R4, id). */
function resourceId(entry: Entry): string {
  const topic = entry.topic.split('.')[1] ?? '';
  return `${topic}-${entry.subject}-${entry.sequence}`.slice(0, resourceIdLengthMax);
}
const resourceIdLengthMax = 64;

/** 4 minor failure: an attempt failed or was refused and the house went on; 8 would be for the service itself. */
function outcomeOf(entry: Entry): '0' | '4' {
  return /\.(attempt-failed|attempt-unknown|permit-refused|release-refused|documents-refused|delivery-stopped)\.v1$/.test(entry.type)
    ? '4'
    : '0';
}

function typeOf(entry: Entry): Coding {
  if (entry.type.endsWith('.access-recorded.v1')) return { system: dicom, code: '110112', display: 'Query' };
  if (/\.(permit-|gate-|consent-|revocation-|hold-)/.test(entry.type)) return { system: dicom, code: '110113', display: 'Security Alert' };
  return { system: dicom, code: '110103', display: 'DICOM Instances Accessed' };
}

function actorAgent(entry: Entry): AuditEventAgent {
  const who = entry.actor?.id ?? `bulfinch-${entry.service}`;
  return { who: { identifier: { system: ids, value: who } }, requestor: true };
}

function recipientAgent(recipientId: string): AuditEventAgent {
  return { ...partyAgent('110152', 'Destination Role ID', recipientId), requestor: false };
}

/** The network point is the party as the directory has it: its address at that time lies in the sealed part. */
function partyAgent(code: string, display: string, party: string): Omit<AuditEventAgent, 'requestor'> {
  return {
    type: { coding: [{ system: dicom, code, display }] },
    who: { identifier: { system: ids, value: party } },
    network: { address: `urn:bulfinch:party:${party}`, type: '5' },
  };
}

function custodian(senderId: string): AuditEventAgent {
  return {
    type: { coding: [{ system: 'http://snomed.info/sct', code: '159541003' }] },
    who: { identifier: { system: ids, value: senderId } },
    requestor: false,
  };
}

function entities(entry: Entry): AuditEventEntity[] {
  const found: AuditEventEntity[] = [];
  if (entry.patientId !== undefined)
    found.push({
      what: { identifier: { system: ids, value: entry.patientId } },
      type: { system: entityType, code: '1', display: 'Person' },
      role: { system: objectRole, code: '1', display: 'Patient' },
    });
  const data = entry.disclosure?.deliveryId ?? entry.transferId ?? entry.object?.id;
  if (data !== undefined)
    found.push({
      what: { identifier: { system: ids, value: data } },
      type: { system: entityType, code: '2', display: 'System Object' },
      role: { system: objectRole, code: '4', display: 'Domain Resource' },
    });
  for (const consentId of entry.consentIds ?? [])
    found.push({
      what: { identifier: { system: ids, value: consentId } },
      type: { system: 'http://hl7.org/fhir/resource-types', code: 'Consent', display: 'Consent' },
    });
  return found;
}
