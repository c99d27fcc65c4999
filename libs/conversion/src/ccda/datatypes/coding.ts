import type { CodeableConcept, Coding } from 'fhir/r4.js';
import type { Context } from '../../mapping/context.js';
import { named } from '../../mapping/mapping.js';
import { isCodeOf, systemUri } from '../../terminology/code-systems.js';
import { attributeOf, childElement, childElements, type XmlElement } from '../../xml/element.js';
import { textFrom } from './text.js';

/** One CDA code (its attributes only) as a Coding; undefined without a code. */
export function codingFrom(at: XmlElement, context: Pick<Context, 'warn'>): Coding | undefined {
  const code = attributeOf(at, 'code')?.replace(/\s+/g, ' ');
  if (code === undefined || attributeOf(at, 'nullFlavor') !== undefined) return undefined;
  const codeSystem = attributeOf(at, 'codeSystem');
  const claimed = codeSystem === undefined ? undefined : systemUri(codeSystem);
  const system = claimed !== undefined && isCodeOf(claimed, code) ? claimed : undefined;
  if (claimed === undefined) context.warn(at, 'a code without a usable code system');
  else if (system === undefined) context.warn(at, `a code that is not of the code system it names: ${claimed}`);
  const version = attributeOf(at, 'codeSystemVersion');
  const display = attributeOf(at, 'displayName');
  return {
    ...(system === undefined ? {} : { system }),
    ...(version === undefined ? {} : { version }),
    code,
    ...(display === undefined ? {} : { display }),
  };
}

/** All that a CDA CD, CE, CV or CS says: its code, its translations, its original text. Undefined when it says nothing. */
export function conceptFrom(at: XmlElement, context: Pick<Context, 'narrativeText' | 'warn'>): CodeableConcept | undefined {
  const coded = [at, ...childElements(at, 'translation')];
  const coding = coded.map((code) => codingFrom(code, context)).filter((code) => code !== undefined);
  const text =
    textFrom(childElement(at, 'originalText'), context) ??
    coded.map((code) => textFrom(childElement(code, 'originalText'), context)).find((found) => found !== undefined) ??
    (coding.length === 0 ? coded.map((code) => attributeOf(code, 'displayName')).find((found) => found !== undefined) : undefined);
  if (coding.length === 0 && text === undefined) return undefined;
  return { ...(coding.length === 0 ? {} : { coding: withoutRepeats(coding) }), ...(text === undefined ? {} : { text }) };
}

function withoutRepeats(coding: readonly Coding[]): Coding[] {
  const seen = new Map<string, Coding>();
  for (const code of coding) {
    const key = `${code.system}|${code.code}`;
    if (!seen.has(key)) seen.set(key, code);
  }
  return [...seen.values()];
}

/** A CodeableConcept; nothing where the source gives neither code nor text. */
export const codeableConcept = named('CodeableConcept: code, translations, original text', conceptFrom);

/** A code of a fixed code system, with its display. */
export const fixedConcept = (system: string, code: string, display: string): CodeableConcept => ({ coding: [{ system, code, display }] });
