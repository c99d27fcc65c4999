import type { Location, Reference } from 'fhir/r4.js';
import type { Context } from '../mapping/context.js';
import { each, from, mapping, named } from '../mapping/mapping.js';
import type { XmlElement } from '../xml/element.js';
import { codeableConcept } from './datatypes/coding.js';
import { identifier } from './datatypes/identifier.js';
import { address, contactPoint } from './datatypes/person.js';
import { text } from './datatypes/text.js';

/** Service Delivery Location (2.16.840.1.113883.10.20.22.4.32): a participant LOC. */
export const location = mapping<Location>(
  'Location',
  {
    file: 'location.mapping',
    template: 'Service Delivery Location 2.16.840.1.113883.10.20.22.4.32',
    page: 'C-CDA on FHIR, CF-participations',
  },
  {
    identifier: each('id', identifier),
    name: from('playingEntity/name', text),
    description: from('playingEntity/desc', text),
    type: each('code', codeableConcept),
    telecom: each('telecom', contactPoint),
    address: from('addr', address),
  },
);

/** A location in the record; nothing where the source says nothing of it. */
export const placeLocation = named('Location', (at: XmlElement, context: Context): Reference | undefined => {
  const found = location.read(at, context);
  return Object.keys(found).length > 1 ? context.place(found, at) : undefined;
});
