import { type CodeRule, type RuleSet, systems } from './rule-set.js';

const version = '2026-11-24';
const author = 'Bulfinch, for review by clinicians and counsel';
const icd10cm = 'ICD-10-CM FY2026 tabular list';
const icd9cm = 'ICD-9-CM 2012 tabular list';
const who = 'ICD-10, WHO 2019';

/** A label that the source itself set: v3-ActCode, ActInformationSensitivityPolicy. */
const bySource = (...codes: string[]): CodeRule => ({
  system: systems.actCode,
  codes,
  certainty: 'set',
  source: 'HL7 v3-ActCode, InformationSensitivityPolicy and ActUSPrivacyLaw',
});

/**
 * The rule sets. Few and right: a code that its author was not sure of is not here. SNOMED CT and RxNorm are named code by code, without
 * what lies below them in their hierarchies, so the words catch more than the codes do and send it to a person.
 */
export const ruleSets: readonly RuleSet[] = [
  {
    kind: 'HIV',
    version,
    author,
    codes: [
      bySource('HIV'),
      {
        system: systems.icd10cm,
        ranges: [['B20', 'B24']],
        under: ['Z21', 'R75', 'B97.35', 'O98.7', 'Z20.6', 'Z11.4', 'Z71.7'],
        certainty: 'set',
        source: `${icd10cm}: B20 disease, Z21 status, R75 inconclusive evidence, B97.35 HIV-2, O98.7 in pregnancy, Z20.6 exposure, Z11.4 screening, Z71.7 counselling`,
      },
      {
        system: systems.icd10,
        ranges: [['B20', 'B24']],
        under: ['Z21', 'R75', 'F02.4', 'O98.7', 'Z20.6', 'Z11.4', 'Z71.7'],
        certainty: 'set',
        source: `${who}: B20-B24, Z21, R75, F02.4 dementia in HIV disease, O98.7, Z20.6, Z11.4, Z71.7`,
      },
      { system: systems.icd9cm, under: ['042', 'V08', '079.53', '795.71'], certainty: 'set', source: icd9cm },
      {
        system: systems.snomed,
        codes: ['86406008', '62479008', '91947003', '111880001', '165816005', '19030005'],
        certainty: 'set',
        source: 'SNOMED CT: HIV infection, AIDS, asymptomatic HIV infection, acute HIV infection, HIV positive, the virus',
      },
      {
        system: systems.loinc,
        codes: [
          '7917-8',
          '7918-6',
          '5221-7',
          '29893-5',
          '30361-0',
          '31201-7',
          '56888-1',
          '68961-2',
          '20447-9',
          '25836-8',
          '29541-0',
          '75622-1',
        ],
        certainty: 'set',
        source:
          'LOINC: HIV 1 and 2 antibodies, antigen, confirmation, RNA (viral load), the panel of HIV tests; a negative test tells too (c.111 s.70F)',
      },
      {
        system: systems.rxnorm,
        codes: ['11413', '68244', '195085'],
        certainty: 'set',
        source: 'RxNorm ingredients: zidovudine, lamivudine, efavirenz',
      },
      {
        system: systems.atc,
        under: ['J05AE', 'J05AG', 'J05AJ', 'J05AR'],
        certainty: 'set',
        source: 'WHO ATC: protease inhibitors, non-nucleosides, integrase inhibitors, combinations for HIV',
      },
    ],
    words: [
      {
        words: ['hiv', 'hiv1', 'hiv2', 'human immunodeficiency virus', 'acquired immunodeficiency', 'acquired immune deficiency'],
        source: 'names of the disease',
      },
      { words: ['AIDS', 'VIH', 'SIDA'], isExact: true, source: 'names of the disease in English, Spanish, French and Portuguese' },
      {
        words: [
          'antiretroviral*',
          'zidovudine',
          'lamivudine',
          'emtricitabine',
          'abacavir',
          'tenofovir',
          'efavirenz',
          'rilpivirine',
          'nevirapine',
          'etravirine',
          'doravirine',
          'atazanavir',
          'darunavir',
          'lopinavir',
          'ritonavir',
          'raltegravir',
          'dolutegravir',
          'bictegravir',
          'cabotegravir',
          'maraviroc',
          'lenacapavir',
        ],
        source: 'international nonproprietary names of antiretroviral medicines',
      },
    ],
  },
  {
    kind: 'SUD',
    version,
    author,
    codes: [
      bySource('SUD', 'ETHUD', 'OPIOIDUD'),
      {
        system: systems.icd10cm,
        ranges: [
          ['F10', 'F16'],
          ['F18', 'F19'],
        ],
        under: ['O99.31', 'O99.32', 'Z71.41', 'Z71.51'],
        certainty: 'set',
        source: `${icd10cm}: F10-F19 without F17, for 42 CFR 2.11 leaves tobacco out; use in pregnancy; counselling`,
      },
      {
        system: systems.icd10,
        ranges: [
          ['F10', 'F16'],
          ['F18', 'F19'],
        ],
        certainty: 'set',
        source: `${who}: F10-F19 without F17 (tobacco)`,
      },
      {
        system: systems.icd9cm,
        under: ['291', '292', '303', '304', '305.0', '305.2', '305.3', '305.4', '305.5', '305.6', '305.7', '305.8', '305.9'],
        certainty: 'set',
        source: `${icd9cm}: without 305.1 (tobacco)`,
      },
      {
        system: systems.snomed,
        codes: [
          '7200002',
          '66590003',
          '15167005',
          '75544000',
          '5602001',
          '31956009',
          '78267003',
          '26416006',
          '191816009',
          '37344009',
          '85005007',
          '66214007',
        ],
        certainty: 'set',
        source: 'SNOMED CT: alcoholism; dependence on and abuse of alcohol, opioids, cocaine, cannabis, drugs; substance abuse',
      },
      { system: systems.atc, under: ['N07BB', 'N07BC'], certainty: 'set', source: 'WHO ATC: drugs used in alcohol and opioid dependence' },
      {
        system: systems.rxnorm,
        codes: ['1819', '6813', '7243', '3554', '82819'],
        certainty: 'possible',
        source: 'RxNorm ingredients buprenorphine, methadone, naltrexone, disulfiram, acamprosate: some are given for pain too',
      },
    ],
    words: [
      {
        words: [
          'alcoholi*',
          'alcohol abuse',
          'alcohol dependence',
          'alcohol use disorder',
          'opioid abuse',
          'opioid dependence',
          'opioid use disorder',
          'substance abuse',
          'substance use disorder',
          'drug abuse',
          'drug dependence',
          'cocaine',
          'heroin',
          'methadone',
          'buprenorphine',
          'suboxone',
          'disulfiram',
        ],
        source: 'names of the disorders, of drugs taken, and of medicines against dependence',
      },
    ],
  },
  {
    kind: 'ETH',
    version,
    author,
    codes: [
      bySource('ETH'),
      { system: systems.loinc, codes: ['75626-2', '82667-7'], certainty: 'set', source: 'LOINC: total scores of AUDIT-C and DAST-10' },
    ],
    words: [],
  },
  {
    kind: '42CFRPart2',
    version,
    author,
    // By the source's own label; who else is a programme stands in `part2Programmes`. No code of a disorder or a drug sets this policy.
    codes: [bySource('42CFRPart2')],
    words: [],
  },
  {
    kind: 'MH',
    version,
    author,
    codes: [
      bySource('MH'),
      {
        system: systems.icd10cm,
        ranges: [
          ['F20', 'F99'],
          ['X71', 'X83'],
        ],
        under: ['R45.851', 'T14.91', 'Z91.5'],
        certainty: 'set',
        source: `${icd10cm}: F20-F99, suicidal ideation and attempt, intentional self-harm`,
      },
      {
        system: systems.icd10,
        ranges: [
          ['F20', 'F99'],
          ['X60', 'X84'],
        ],
        certainty: 'set',
        source: `${who}: F20-F99, intentional self-harm`,
      },
      {
        system: systems.icd9cm,
        ranges: [
          ['295', '302'],
          ['306', '319'],
        ],
        certainty: 'set',
        source: `${icd9cm}: 295-302, 306-319`,
      },
      {
        system: systems.snomed,
        codes: [
          '74732009',
          '35489007',
          '370143000',
          '36923009',
          '66344007',
          '78667006',
          '13746004',
          '58214004',
          '69322001',
          '197480006',
          '48694002',
          '21897009',
          '231504006',
          '371631005',
          '191736004',
          '47505003',
          '406506008',
          '72366004',
          '6471006',
          '82313006',
        ],
        certainty: 'set',
        source:
          'SNOMED CT: mental disorder; depressive, bipolar, psychotic, anxiety, panic, obsessive-compulsive, eating disorders; PTSD; ADHD; suicidal thoughts and attempt',
      },
      {
        system: systems.loinc,
        codes: ['44249-1', '44261-6', '55757-9', '55758-7', '69737-5', '70274-6', '73831-0', '73832-8'],
        certainty: 'set',
        source: 'LOINC: PHQ-9, PHQ-2, GAD-7 panels and scores, depression screening',
      },
    ],
    words: [
      {
        words: [
          'schizophren*',
          'schizoaffective',
          'bipolar disorder',
          'bipolar affective',
          'major depressi*',
          'suicid*',
          'psychotic',
          'psychosis',
          'psychiatr*',
          'psychotherap*',
        ],
        source: 'names of the disorders and of their care',
      },
    ],
  },
  { kind: 'PSY', version, author, codes: [bySource('PSY')], words: [] },
  { kind: 'PSYTHPN', version, author, codes: [bySource('PSYTHPN')], words: [{ words: ['psychotherapy note*'], source: '45 CFR 164.501' }] },
  {
    kind: 'GDIS',
    version,
    author,
    codes: [
      { ...bySource('GDIS'), certainty: 'possible' },
      {
        system: systems.icd10cm,
        under: ['Z13.7', 'Z14', 'Z15'],
        certainty: 'possible',
        source: `${icd10cm}: genetic screening, carrier, susceptibility; M.G.L. c.111 s.70G depends on what the test is for`,
      },
      {
        system: systems.loinc,
        codes: ['51969-4', '81247-9'],
        certainty: 'possible',
        source: 'LOINC: genetic analysis report, variant reporting panel',
      },
      { system: systems.serviceSection, codes: ['GE'], certainty: 'possible', source: 'HL7 v2 table 0074: genetics' },
    ],
    words: [],
  },
  {
    kind: 'SDV',
    version,
    author,
    codes: [
      bySource('SDV'),
      {
        system: systems.icd10cm,
        under: ['T74', 'T76', 'Y07', 'Z69'],
        certainty: 'set',
        source: `${icd10cm}: abuse confirmed and suspected, perpetrator, services`,
      },
    ],
    words: [],
  },
  {
    kind: 'STD',
    version,
    author,
    codes: [
      bySource('STD'),
      {
        system: systems.icd10cm,
        ranges: [['A50', 'A64']],
        certainty: 'set',
        source: `${icd10cm}: infections with a predominantly sexual mode of transmission`,
      },
      { system: systems.icd10, ranges: [['A50', 'A64']], certainty: 'set', source: who },
    ],
    words: [],
  },
  {
    kind: 'SEX',
    version,
    author,
    codes: [
      bySource('SEX'),
      {
        system: systems.icd10cm,
        under: ['F64', 'O04', 'Z33.2'],
        certainty: 'set',
        source: `${icd10cm}: gender identity, termination of pregnancy`,
      },
    ],
    words: [],
  },
  {
    kind: 'R',
    version,
    author,
    codes: [
      {
        system: systems.confidentiality,
        codes: ['R', 'V'],
        certainty: 'set',
        source: 'HL7 v3-Confidentiality: restricted, very restricted',
      },
    ],
    words: [],
  },
  // MINOR has no rule set yet: which services a minor consents to alone turns on age and facts (M.G.L. c.112 s.12F). The authority table has its column.
];

/** An organization by its Identifier, and whether it is a programme under 42 CFR Part 2 (2.11). Kept by the hospital; none is known by itself. */
export interface KnownSource {
  readonly system: string;
  readonly value: string;
  readonly isPart2Programme: boolean;
}
export const part2Programmes: readonly KnownSource[] = [];
