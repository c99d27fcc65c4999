import { isUcum } from './ucum.js';

describe('UCUM units', () => {
  it.each([
    'mg/dL',
    'g',
    '%',
    '10*3/uL',
    '10*9/L',
    'mm[Hg]',
    '[pH]',
    '{tablet}',
    '/min',
    'kg/m2',
    'mL/min/{1.73_m2}',
    '[in_us]',
    '1',
    'Cel',
    '[degF]',
    'mmol/L',
    'U/L',
    'm[IU]/mL',
    '10*3.mm-1',
    '{score}',
    'ug{FEU}/mL',
    'mosm/kg',
    '(mg/dL).h',
    'ng/mL',
    'cm[H2O]',
    'meq/L',
    'a',
  ])('%s is one', (unit) => {
    expect(isUcum(unit)).toBe(true);
  });
  it.each([
    'tablet',
    'MG/DL',
    'x10E3/uL',
    'THOUS/MCL',
    'kg/m²',
    'mcg',
    'IU/L',
    'puff(s)',
    '',
    'mg/',
    'mg dL',
    '{open',
    'NA',
    '10^3/ul)',
    'g/dl/',
    `${'(m'.repeat(60)}`,
  ])('"%s" is none', (unit) => {
    expect(isUcum(unit)).toBe(false);
  });
});
