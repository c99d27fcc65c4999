import type { DocumentBundle, Resource } from './bundle.js';

/** Ids of the invented record below. */
export const ids = {
  record: '00000000-0000-4000-8000-000000000001',
  patient: '11111111-1111-4111-8111-111111111111',
  composition: '22222222-2222-4222-8222-222222222222',
  allergy: '33333333-3333-4333-8333-333333333333',
  binary: '44444444-4444-4444-8444-444444444444',
  reference: '55555555-5555-4555-8555-555555555555',
  provenance: '66666666-6666-4666-8666-666666666666',
  device: '77777777-7777-4777-8777-777777777777',
  role: 'aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa',
  writer: 'bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb',
  custodian: 'cccccccc-cccc-4ccc-8ccc-cccccccccccc',
  document: '88888888-8888-4888-8888-888888888888',
} as const;
const to = (id: string): { reference: string } => ({ reference: `urn:uuid:${id}` });
const entry = (resource: Resource & { id: string }): { fullUrl: string; resource: Resource } => ({
  fullUrl: `urn:uuid:${resource.id}`,
  resource,
});

/** A record as normalization makes it, small: one allergy, the source as DocumentReference and Binary, Provenance to it. No person behind it. */
export const record: DocumentBundle = {
  resourceType: 'Bundle',
  id: ids.record,
  meta: { profile: ['http://hl7.org/fhir/uv/ips/StructureDefinition/Bundle-uv-ips'], source: `urn:uuid:${ids.document}` },
  identifier: { system: 'urn:ietf:rfc:3986', value: `urn:uuid:${ids.record}` },
  type: 'document',
  timestamp: '2026-11-24T12:00:00Z',
  signature: { who: to(ids.device) },
  entry: [
    entry({
      resourceType: 'Composition',
      id: ids.composition,
      text: { status: 'generated', div: `<div xmlns="http://www.w3.org/1999/xhtml"><p>Summary of ${ids.document}</p></div>` },
      status: 'final',
      author: [to(ids.device)],
      relatesTo: [{ code: 'transforms', targetReference: to(ids.reference) }],
      section: [
        { title: 'Allergies', text: { status: 'generated', div: '<div>Penicillin</div>' }, entry: [to(ids.allergy)] },
        { title: 'Notes', text: { status: 'generated', div: '<div>See the source</div>' }, entry: [to(ids.reference)] },
        { title: 'Source documents', entry: [to(ids.reference)] },
      ],
    }),
    entry({ resourceType: 'Patient', id: ids.patient, name: [{ family: 'Nobody' }] }),
    entry({
      resourceType: 'AllergyIntolerance',
      id: ids.allergy,
      meta: { source: `urn:uuid:${ids.document}` },
      extension: [
        { url: 'urn:x:source', valueReference: to(ids.reference) },
        { url: 'urn:x:kept', valueString: 'kept' },
      ],
      patient: to(ids.patient),
      asserter: to(ids.custodian),
      identifier: [
        { system: 'urn:oid:1.2.3', value: 'A-1' },
        { system: 'urn:oid:1.2.3', value: 'DOC-7' },
      ],
      code: { text: 'Penicillin' },
    }),
    entry({ resourceType: 'Binary', id: ids.binary, contentType: 'text/xml', data: 'PHNlY3JldC8+' }),
    entry({
      resourceType: 'DocumentReference',
      id: ids.reference,
      masterIdentifier: { system: 'urn:oid:1.2.3', value: 'DOC-7' },
      identifier: [{ system: 'urn:bulfinch:document', value: ids.document }],
      description: 'The discharge letter',
      subject: to(ids.patient),
      author: [to(ids.role)],
      custodian: to(ids.custodian),
      content: [{ attachment: { url: `urn:uuid:${ids.binary}`, hash: 'c2VjcmV0', title: 'letter.xml' } }],
    }),
    entry({
      resourceType: 'Provenance',
      id: ids.provenance,
      target: [to(ids.allergy)],
      entity: [{ role: 'source', what: to(ids.reference) }],
    }),
    // Only the source's DocumentReference speaks of who wrote it; the custodian is spoken of by the allergy too.
    entry({ resourceType: 'PractitionerRole', id: ids.role, practitioner: to(ids.writer) }),
    entry({ resourceType: 'Practitioner', id: ids.writer, name: [{ family: 'Writer' }] }),
    entry({ resourceType: 'Organization', id: ids.custodian, name: 'House of records' }),
    entry({ resourceType: 'Device', id: ids.device, deviceName: [{ name: 'Bulfinch', type: 'model-name' }] }),
  ],
};
