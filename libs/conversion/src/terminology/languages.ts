/** FHIR R4's common languages (value set languages). Any BCP 47 tag is allowed, but a validator without a terminology server knows only these. */
const common: ReadonlySet<string> = new Set(
  (
    'ar bn cs da de de-AT de-CH de-DE el en en-AU en-CA en-GB en-IN en-NZ en-SG en-US es es-AR es-ES es-UY fi fr fr-BE fr-CH fr-FR fy fy-NL hi hr it it-CH it-IT ja ko ' +
    'nl nl-BE nl-NL no no-NO pa pl pt pt-BR ru ru-RU sr sr-RS sv sv-SE te zh zh-CN zh-HK zh-SG zh-TW'
  ).split(' '),
);

/** ISO 639-2 codes of those languages, both the bibliographic and the terminological where they differ: BCP 47 wants the two-letter code. */
const threeLetter: ReadonlyMap<string, string> = new Map(
  (
    'ara:ar ben:bn ces:cs cze:cs dan:da deu:de ger:de ell:el gre:el eng:en spa:es fin:fi fra:fr fre:fr fry:fy hin:hi hrv:hr ita:it jpn:ja kor:ko nld:nl dut:nl ' +
    'nor:no pan:pa pol:pl por:pt rus:ru srp:sr swe:sv tel:te zho:zh chi:zh'
  )
    .split(' ')
    .map((pair): [string, string] => [pair.slice(0, 3), pair.slice(4)]),
);

/**
 * A language as documents write it (`en-US`, `en_us`, `eng`) as a tag of FHIR's common languages: with its region where that pair is common, else the language
 * alone. Undefined where the language itself is not common: the caller keeps it as text.
 */
export function commonLanguage(written: string): string | undefined {
  const [, first = '', region] = /^([A-Za-z]{2,3})(?:[-_]([A-Za-z]{2,4}))?$/.exec(written) ?? [];
  const language = threeLetter.get(first.toLowerCase()) ?? first.toLowerCase();
  const whole = region === undefined ? language : `${language}-${region.toUpperCase()}`;
  return [whole, language].find((tag) => common.has(tag));
}
