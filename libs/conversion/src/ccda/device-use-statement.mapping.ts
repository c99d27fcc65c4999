import type { DeviceUseStatement, Reference } from 'fhir/r4.js';
import type { Context } from '../mapping/context.js';
import { documentPatient, each, firstOf, from, here, mapping, named, where } from '../mapping/mapping.js';
import { codeOf } from '../mapping/value-map.js';
import { attributeOf, childElement, type XmlElement } from '../xml/element.js';
import { codeableConcept } from './datatypes/coding.js';
import { identifier } from './datatypes/identifier.js';
import { dateTime, dateTimeExtension, period } from './datatypes/time.js';
import { placeDevice } from './device.mapping.js';
import { isPoint } from './procedure.mapping.js';
import { comments, conceptOrText, recorder } from './rules.js';
import { dataAbsent } from './value-maps/null-flavor.js';
import { deviceUseStatus } from './value-maps/plan.js';

const stated = from('statusCode', codeOf(deviceUseStatus));
const isSpan = named('@value is not given', (at): true | undefined => (attributeOf(at, 'value') === undefined ? true : undefined));

const supplied = named('Device with the code of the product', (at: XmlElement, context: Context): Reference | undefined => {
  const code = childElement(at, 'code');
  const type = code ? conceptOrText(code, context) : undefined;
  return type && context.place({ resourceType: 'Device', type, patient: { ...context.subject } }, at);
});
/** The device a supply is about: a Product Instance, else the product itself. */
export const suppliedDevice = firstOf(
  from('participant[@typeCode=PRD]/participantRole', placeDevice),
  from('participant[@typeCode=DEV]/participantRole', placeDevice),
  from('product/manufacturedProduct/manufacturedMaterial', supplied),
);

/** Non-Medicinal Supply Activity (2.16.840.1.113883.10.20.22.4.50), mood EVN: a device the patient was given. */
export const deviceUseStatement = mapping<DeviceUseStatement>(
  'DeviceUseStatement',
  {
    file: 'device-use-statement.mapping',
    template: 'Non-Medicinal Supply Activity 2.16.840.1.113883.10.20.22.4.50, mood EVN',
    page: 'C-CDA on FHIR has no page for devices; IPS names DeviceUseStatement for its medical devices section',
    ours: 'HL7 has no page for devices.',
  },
  {
    identifier: each('id', identifier),
    status: stated,
    _status: here(
      named('data-absent-reason unknown where the source gives no status', (at, context) =>
        stated.read(at, context) === undefined ? { extension: [dataAbsent('unknown')] } : undefined,
      ),
    ),
    subject: documentPatient,
    timingDateTime: from('effectiveTime', where(isPoint, dateTime)),
    _timingDateTime: from('effectiveTime', where(isPoint, dateTimeExtension)),
    timingPeriod: from('effectiveTime', where(isSpan, period)),
    source: recorder,
    device: firstOf(suppliedDevice, here(named('no device: the statement is not kept', () => ({})))),
    bodySite: from('targetSiteCode', codeableConcept),
    note: comments,
  },
);
