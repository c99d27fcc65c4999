import type { Device, DeviceUdiCarrier, Reference } from 'fhir/r4.js';
import type { Context } from '../mapping/context.js';
import { documentPatient, each, firstOf, from, mapping, named } from '../mapping/mapping.js';
import { attributeOf, type XmlElement } from '../xml/element.js';
import { codeableConcept } from './datatypes/coding.js';
import { identifier } from './datatypes/identifier.js';
import { text } from './datatypes/text.js';
import { conceptOrText } from './rules.js';

/** The root under which C-CDA carries a whole Unique Device Identifier in human-readable form (Product Instance, UDI). */
const udiRoot = '2.16.840.1.113883.3.3719';
const udi = named(`carrierHRF of an id under ${udiRoot}`, (at): DeviceUdiCarrier | undefined => {
  const carrierHRF = attributeOf(at, 'extension');
  return attributeOf(at, 'root') === udiRoot && carrierHRF !== undefined ? { carrierHRF } : undefined;
});
const otherIdentifier = named(identifier.label, (at, context) =>
  attributeOf(at, 'root') === udiRoot ? undefined : identifier(at, context),
);

/** Product Instance (2.16.840.1.113883.10.20.22.4.37): an implant, aid or supply of the patient. */
export const device = mapping<Device>(
  'Device',
  {
    file: 'device.mapping',
    template: 'Product Instance 2.16.840.1.113883.10.20.22.4.37',
    page: 'C-CDA on FHIR has no page for devices; FHIR R4, Device, mapping to HL7 v3',
    ours: 'HL7 has no page for devices. What a procedure used or a patient has would be lost without one.',
  },
  {
    identifier: each('id', otherIdentifier),
    udiCarrier: each('id', udi),
    manufacturer: from('scopingEntity/desc', text),
    modelNumber: from('playingDevice/manufacturerModelName', text),
    type: firstOf(from('playingDevice/code', conceptOrText), from('playingEntity/code', codeableConcept)),
    patient: documentPatient,
  },
);

/** A device in the record; nothing where the source says neither what it is nor which. */
export const placeDevice = named('Device', (at: XmlElement, context: Context): Reference | undefined => {
  const found = device.read(at, context);
  const isKnown = found.type ?? found.modelNumber ?? found.udiCarrier ?? found.identifier;
  return isKnown === undefined ? undefined : context.place(found, at);
});
