import type { Address, ContactPoint, HumanName } from 'fhir/r4.js';
import { named } from '../../mapping/mapping.js';
import { attributeOf, childElement, childElements, textOf, type XmlElement } from '../../xml/element.js';
import { addressUse, nameUse, telecomSystem, telecomUse, useOf } from '../value-maps/person.js';
import { period } from './time.js';

const textsOf = (at: XmlElement, name: string): string[] =>
  childElements(at, name)
    .map(textOf)
    .filter((found) => found !== undefined);
const list = <K extends string>(key: K, values: string[]): Partial<Record<K, string[]>> =>
  // Cast: a computed key is typed string; it is K.
  values.length === 0 ? {} : ({ [key]: values } as Record<K, string[]>);

/** A CDA name. Names without parts (`<name>Dr. Who</name>`) become text; several family names stay one, in their order. */
export const humanName = named('HumanName', (at, context): HumanName | undefined => {
  const family = textsOf(at, 'family').join(' ');
  const given = textsOf(at, 'given');
  const use = useOf(nameUse, attributeOf(at, 'use'), at, context);
  const validTime = childElement(at, 'validTime');
  const parts = {
    ...(family ? { family } : {}),
    ...list('given', given),
    ...list('prefix', textsOf(at, 'prefix')),
    ...list('suffix', textsOf(at, 'suffix')),
  };
  const text = Object.keys(parts).length === 0 ? textOf(at) : undefined;
  if (Object.keys(parts).length === 0 && text === undefined) return undefined;
  const valid = validTime ? period(validTime, context) : undefined;
  return { ...(use ? { use } : {}), ...(text === undefined ? {} : { text }), ...parts, ...(valid ? { period: valid } : {}) };
});

/** A CDA address. Text outside the parts FHIR has becomes text. */
export const address = named('Address', (at, context): Address | undefined => {
  const of = (name: string): string | undefined => textOf(childElement(at, name));
  const lines = [...textsOf(at, 'streetAddressLine'), ...textsOf(at, 'additionalLocator')];
  const simple = { city: of('city'), district: of('county'), state: of('state'), postalCode: of('postalCode'), country: of('country') };
  const parts = { ...list('line', lines), ...Object.fromEntries(Object.entries(simple).filter(([, value]) => value !== undefined)) };
  const text = Object.keys(parts).length === 0 ? textOf(at) : undefined;
  if (Object.keys(parts).length === 0 && text === undefined) return undefined;
  const use = useOf(addressUse, attributeOf(at, 'use'), at, context);
  const useable = childElement(at, 'useablePeriod');
  const valid = useable ? period(useable, context) : undefined;
  return { ...(use ? { use } : {}), ...(text === undefined ? {} : { text }), ...parts, ...(valid ? { period: valid } : {}) };
});

/** A CDA telecom: the scheme becomes the system, the rest the value as written. A pager is known by its use. */
export const contactPoint = named('ContactPoint', (at, context): ContactPoint | undefined => {
  const written = attributeOf(at, 'value');
  if (written === undefined) return undefined;
  const [, scheme, rest] = /^([A-Za-z][A-Za-z-]*):(.*)$/s.exec(written) ?? [];
  const uses = attributeOf(at, 'use');
  const use = useOf(telecomUse, uses, at, context);
  const isPager = uses?.split(/\s+/).includes('PG') === true;
  const system =
    scheme === undefined ? undefined : isPager && scheme.toLowerCase() === 'tel' ? 'pager' : telecomSystem.get(scheme.toLowerCase());
  const value = system === undefined || system === 'url' ? written : rest?.trim();
  if (!value) return undefined;
  // cpt-2: a value needs a system. A scheme we do not know is kept as written under "other".
  return { system: system ?? 'other', value, ...(use ? { use } : {}) };
});
