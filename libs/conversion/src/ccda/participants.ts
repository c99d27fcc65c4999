import type { Device, Organization, Practitioner, PractitionerRole, Reference } from 'fhir/r4.js';
import type { Context } from '../mapping/context.js';
import { each, from, mapping, named, type Reading } from '../mapping/mapping.js';
import { attributeOf, childElement, textOf, type XmlElement } from '../xml/element.js';
import { codeableConcept } from './datatypes/coding.js';
import { identifier } from './datatypes/identifier.js';
import { address, contactPoint, humanName } from './datatypes/person.js';
import { text } from './datatypes/text.js';

const page = 'C-CDA on FHIR, CF-participations';

/** An organization has no home in FHIR (org-2, org-3): documents do write its address with the use of a home, and that word is dropped. */
function notAtHome<T extends { use?: string }>(reading: Reading<T>): Reading<T> {
  return named(`${reading.label}, without the use home`, (at, context) => {
    const found = reading(at, context);
    if (found?.use !== 'home') return found;
    const { use: _home, ...rest } = found;
    // Cast: an Address or ContactPoint without its optional use is one still.
    return rest as T;
  });
}

/** CDA Organization (representedOrganization, providerOrganization, ...). */
export const organization = mapping<Organization>(
  'Organization',
  { file: 'participants', template: 'Organization', page },
  {
    identifier: each('id', identifier),
    type: each('standardIndustryClassCode', codeableConcept),
    name: from('name', text),
    telecom: each('telecom', notAtHome(contactPoint)),
    address: each('addr', notAtHome(address)),
  },
);

/** The person in an assignedAuthor or assignedEntity. HL7: the id of the role is the person's. */
export const practitioner = mapping<Practitioner>(
  'Practitioner',
  { file: 'participants', template: 'assignedAuthor, assignedEntity', page },
  {
    identifier: each('id', identifier),
    name: each('assignedPerson/name', humanName),
    telecom: each('telecom', contactPoint),
    address: each('addr', address),
  },
);

/** What a person is at an organization, where the source names an organization or a role. */
export const practitionerRole = mapping<PractitionerRole>(
  'PractitionerRole',
  {
    file: 'participants',
    template: 'assignedAuthor, assignedEntity',
    page,
    notes: ['practitioner and organization are references to the two resources beside it'],
  },
  {
    code: each('code', codeableConcept),
    practitioner: from(
      '.',
      named('the Practitioner', (): Reference | undefined => undefined),
    ),
    organization: from(
      'representedOrganization',
      named('the Organization', (): Reference | undefined => undefined),
    ),
  },
);

/** The system that wrote, where no person did. */
export const authoringDevice = mapping<Device>(
  'Device',
  { file: 'participants', template: 'assignedAuthoringDevice', page },
  {
    deviceName: each(
      'assignedAuthoringDevice/softwareName',
      named('user-friendly name', (at) => {
        const name = textOf(at) ?? attributeOf(at, 'displayName');
        return name === undefined ? undefined : { name, type: 'user-friendly-name' as const };
      }),
    ),
    modelNumber: from('assignedAuthoringDevice/manufacturerModelName', text),
  },
);

/** Who took part, each where the source names one. `person`: a Practitioner, or a PractitionerRole where an organization or role is named too. */
export interface Participants {
  readonly person?: Reference;
  readonly organization?: Reference;
  readonly device?: Reference;
}

const roles = ['assignedAuthor', 'assignedEntity'];

/** The people, organizations and devices of an author, performer, authenticator, custodian or the like. */
export function participants(at: XmlElement, context: Context): Participants {
  const role = roles.map((name) => childElement(at, name)).find((found) => found !== undefined);
  if (!role || attributeOf(at, 'nullFlavor') !== undefined) return {};
  const represented = childElement(role, 'representedOrganization');
  const organizationReference = represented ? placeOrganization(represented, context) : undefined;
  const device = childElement(role, 'assignedAuthoringDevice') ? placeDevice(role, organizationReference, context) : undefined;
  const found = practitioner.read(role, context);
  // Without a person's name or a personal id there is nobody to point at: an id beside a device is the device's.
  const isPerson =
    found.name !== undefined || (found.identifier !== undefined && !device && childElement(role, 'assignedPerson') !== undefined);
  const person = isPerson ? withRole(context.place(found, role), organizationReference, role, context) : undefined;
  return {
    ...(person ? { person } : {}),
    ...(organizationReference ? { organization: organizationReference } : {}),
    ...(device ? { device } : {}),
  };
}

function withRole(person: Reference, organizationReference: Reference | undefined, role: XmlElement, context: Context): Reference {
  const { code } = practitionerRole.read(role, context);
  if (!organizationReference && !code) return person;
  const resource: PractitionerRole = {
    resourceType: 'PractitionerRole',
    practitioner: person,
    ...(organizationReference ? { organization: organizationReference } : {}),
    ...(code ? { code } : {}),
  };
  return context.place(resource, role);
}

/** An organization in the record; undefined when it has neither name nor identifier (FHIR org-1). */
export function placeOrganization(at: XmlElement, context: Context): Reference | undefined {
  const found = organization.read(at, context);
  return found.name === undefined && found.identifier === undefined ? undefined : context.place(found, at);
}

/** A device belongs to the organization named beside it; undefined when it has no name. */
function placeDevice(role: XmlElement, owner: Reference | undefined, context: Context): Reference | undefined {
  const found = authoringDevice.read(role, context);
  return found.deviceName || found.modelNumber ? context.place({ ...found, ...(owner ? { owner } : {}) }, role) : undefined;
}
