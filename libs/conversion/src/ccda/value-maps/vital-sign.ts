import type { ValueMap } from '../../mapping/value-map.js';

/** How systems write the units of vital signs, whatever the case. None of HL7’s. */
export const vitalUnit: ValueMap<string> = {
  name: 'units of vital signs',
  url: 'https://bulfinch.org/maps/vital-sign-units',
  source: 'no code system: the units as written, in any case',
  ours: 'HL7 has no map of units. FHIR’s profile vitalsigns demands the UCUM code; none of these can mean anything else as the unit of a vital sign, and an annotation changes no unit',
  rows: [
    ['lb', 'pound', '[lb_av]'],
    ['lbs', 'pound', '[lb_av]'],
    ['in', 'inch', '[in_i]'],
    ['inch', 'inch', '[in_i]'],
    ['inches', 'inch', '[in_i]'],
    ['[in_us]', 'inch (US survey)', '[in_i]'],
    ['f', 'degree Fahrenheit', '[degF]'],
    ['degf', 'degree Fahrenheit', '[degF]'],
    ['c', 'degree Celsius', 'Cel'],
    ['degc', 'degree Celsius', 'Cel'],
    ['mmhg', 'millimetre of mercury', 'mm[Hg]'],
    ['mm hg', 'millimetre of mercury', 'mm[Hg]'],
    ['bpm', 'per minute', '/min'],
    ['/minute', 'per minute', '/min'],
    ['{beats}/min', 'beats per minute', '/min'],
    ['{beat}/min', 'beats per minute', '/min'],
    ['{breaths}/min', 'breaths per minute', '/min'],
    ['{h.b}/min', 'heart beats per minute', '/min'],
    ['kg/m²', 'kilogram per square metre', 'kg/m2'],
  ],
};
