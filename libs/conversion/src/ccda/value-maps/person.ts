import type { Address, ContactPoint, HumanName, Patient } from 'fhir/r4.js';
import type { Context } from '../../mapping/context.js';
import { NO_TARGET, ours, type ValueMap } from '../../mapping/value-map.js';
import type { XmlElement } from '../../xml/element.js';

const addressUseSystem = 'http://terminology.hl7.org/CodeSystem/v3-AddressUse';

/** HL7 ConceptMap CF-AdministrativeGender, every row. HL7 maps everything else to unknown. */
export const gender: ValueMap<NonNullable<Patient['gender']>> = {
  name: 'CF-AdministrativeGender',
  url: 'http://hl7.org/fhir/us/ccda/ConceptMap/CF-AdministrativeGender',
  source: 'http://terminology.hl7.org/CodeSystem/v3-AdministrativeGender',
  rows: [
    ['M', 'Male', 'male'],
    ['F', 'Female', 'female'],
    ['UN', 'Undifferentiated', 'other'],
  ],
};

/** HL7 ConceptMap CF-AddressUse, every row. */
export const addressUse: ValueMap<NonNullable<Address['use']>> = {
  name: 'CF-AddressUse',
  url: 'http://hl7.org/fhir/us/ccda/ConceptMap/CF-AddressUse',
  source: addressUseSystem,
  rows: [
    ['BAD', 'bad address', 'old'],
    ['CONF', 'confidential address', NO_TARGET],
    ['H', 'home address', 'home'],
    ['HP', 'primary home', 'home'],
    ['HV', 'vacation home', 'home'],
    ['TMP', 'temporary address', 'temp'],
    ['WP', 'work place', 'work'],
    ['DIR', 'direct', 'work'],
    ['PUB', 'public', 'work'],
    ['PHYS', 'physical visit address', NO_TARGET],
    ['PST', 'postal address', NO_TARGET],
  ],
};

/** HL7 ConceptMap CF-NameUse, every row. P has two targets there, by a qualifier (CL: nickname, else anonymous): neither is certain, so ours takes none. */
export const nameUse: ValueMap<NonNullable<HumanName['use']>> = {
  name: 'CF-NameUse',
  url: 'http://hl7.org/fhir/us/ccda/ConceptMap/CF-NameUse',
  source: 'http://terminology.hl7.org/CodeSystem/v3-EntityNameUse',
  rows: [
    ['A', 'Artist/Stage', 'nickname'],
    ['ABC', 'Alphabetic', NO_TARGET],
    ['ASGN', 'assigned', NO_TARGET],
    ['C', 'License', 'official'],
    ['IDE', 'Ideographic', NO_TARGET],
    ['L', 'Legal', 'usual'],
    ['P', 'pseudonym', NO_TARGET, ours('HL7 gives nickname or anonymous by a name part’s qualifier; without one the use is left open')],
    ['PHON', 'phonetic', NO_TARGET],
    ['R', 'Religious', NO_TARGET],
    ['SNDX', 'Soundex', NO_TARGET],
    ['SRCH', 'search', NO_TARGET],
    ['SYL', 'Syllabic', NO_TARGET],
  ],
};

/** HL7 ConceptMap CF-TelecomUse, every row. */
export const telecomUse: ValueMap<NonNullable<ContactPoint['use']>> = {
  name: 'CF-TelecomUse',
  url: 'http://hl7.org/fhir/us/ccda/ConceptMap/CF-TelecomUse',
  source: addressUseSystem,
  rows: [
    ['AS', 'answering service', 'work'],
    ['BAD', 'bad address', 'old'],
    ['DIR', 'direct', 'work'],
    ['EC', 'emergency contact', NO_TARGET],
    ['H', 'home address', 'home'],
    ['HP', 'primary home', 'home'],
    ['HV', 'vacation home', 'home'],
    ['MC', 'mobile contact', 'mobile'],
    ['PG', 'pager', 'mobile'],
    ['PUB', 'public', 'work'],
    ['TMP', 'temporary address', 'temp'],
    ['WP', 'work place', 'work'],
  ],
};

/** HL7 ConceptMap CF-TelecomType, every row; `tel` with the use PG is a pager (see contactPoint). */
export const telecomType: ValueMap<NonNullable<ContactPoint['system']>> = {
  name: 'CF-TelecomType',
  url: 'http://hl7.org/fhir/us/ccda/ConceptMap/CF-TelecomType',
  source: 'http://terminology.hl7.org/CodeSystem/v3-URLScheme',
  rows: [
    ['mailto', 'Mailto', 'email'],
    ['http', 'HTTP', 'url'],
    ['tel', 'Telephone', 'phone'],
    ['fax', 'Fax', 'fax'],
    ['x-text-fax', 'Fax', 'fax'],
    ['sms', 'SMS (HL7 gives this row without a code, with the comment to map sms)', 'sms'],
    ['https', 'HTTPS', 'url', ours('the same as http')],
  ],
};
export const telecomSystem: ReadonlyMap<string, ContactPoint['system']> = new Map(
  telecomType.rows.flatMap(([scheme, , system]) => (system === NO_TARGET ? [] : [[scheme, system]])),
);

/** The first of the blank-separated uses that the map has a target for. Uses without one are told to the ledger. */
export function useOf<Use extends string>(map: ValueMap<Use>, uses: string | undefined, at: XmlElement, context: Context): Use | undefined {
  if (uses === undefined) return undefined;
  const rows = new Map(map.rows.map(([code, , target]) => [code, target]));
  for (const use of uses.split(/\s+/)) {
    const target = rows.get(use);
    if (target !== undefined && target !== NO_TARGET) return target;
  }
  context.warn(at, `the use has no target in HL7's ${map.name}`);
  return undefined;
}
