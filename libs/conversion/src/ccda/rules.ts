import type { CodeableConcept, Extension, Reference } from 'fhir/r4.js';
import type { Context } from '../mapping/context.js';
import { all, always, type Condition, deviation, each, firstOf, from, named, type Reading, type Rule } from '../mapping/mapping.js';
import { parsePath, select } from '../mapping/path.js';
import { attributeOf, childElement, childElements, type XmlElement } from '../xml/element.js';
import { conceptFrom } from './datatypes/coding.js';
import { annotation, textFrom } from './datatypes/text.js';
import { dateTime, dateTimeExtension, isInterval } from './datatypes/time.js';
import { participants } from './participants.js';
import { dataAbsent } from './value-maps/null-flavor.js';

/** The statement says that something is not so, or was not done. */
export const negated: Condition = named('negationInd is true', (at): true | undefined =>
  attributeOf(at, 'negationInd') === 'true' ? true : undefined,
);

/** The act around a statement: its concern, or the act a section puts around it. */
export function enclosing(at: XmlElement, name = 'act'): XmlElement | undefined {
  const above = at.parent?.parent;
  return above?.name === name ? above : undefined;
}

/** A rule read from the act around the statement. */
export function above<T>(path: string, reading: Reading<T>): Rule<T> {
  const parsed = parsePath(path);
  return {
    from: `../../${path}`,
    how: `${reading.label} of the enclosing act`,
    read(at, context) {
      const act = enclosing(at);
      for (const found of act ? select(act, parsed) : []) {
        const value = reading(found, context);
        if (value !== undefined) return value;
      }
      return undefined;
    },
  };
}

/** Where FHIR requires a concept and the source states none, the reason of its absence stands there: never a default. */
export function orAbsent(rule: Rule<CodeableConcept>): Rule<CodeableConcept> {
  return {
    ...rule,
    how: `${rule.how}; where the source says nothing, data-absent-reason unknown`,
    read: (at, context) => rule.read(at, context) ?? { extension: [dataAbsent('unknown')] },
  };
}

/** Comment Activity texts as notes (HL7 guidance, Comment to Annotation). */
export const comments = all(
  each('entryRelationship/act[code=48767-8]/text', annotation),
  each('entryRelationship/act[templateId=2.16.840.1.113883.10.20.22.4.64]/text', annotation),
);

/** Authors of the statement, else those of the act around it (HL7 recommends mapping them where only the act has them). */
function authorsOf(at: XmlElement): XmlElement[] {
  const own = childElements(at, 'author');
  const act = enclosing(at);
  return own.length > 0 || !act ? own : childElements(act, 'author');
}

/** The earliest author's time. Times are compared as dateTimes of the same zone would be: good to the day. */
export const recordedDate: Rule<string> = {
  from: 'author/time',
  how: 'dateTime of the earliest author',
  read: (at, context) =>
    authorsOf(at)
      .map((author) => childElement(author, 'time'))
      .map((time) => (time ? dateTime(time, context) : undefined))
      .filter((time) => time !== undefined)
      .sort()[0],
};

/** The last author, where a person. */
export const recorder: Rule<Reference> = {
  from: 'author',
  how: 'Practitioner or PractitionerRole of the last author',
  read: (at, context) =>
    authorsOf(at)
      .map((author) => participants(author, context).person)
      .filter((person) => person !== undefined)
      .at(-1),
};

/** Whoever made or did it, of the elements named: people and organizations. */
export function performers(...names: string[]): Rule<Reference[]> {
  return {
    from: names.join(' and '),
    how: 'each: Practitioner, PractitionerRole or Organization',
    read(at, context) {
      const found = names.flatMap((name) => childElements(at, name)).map((element) => participants(element, context));
      const references = found.flatMap((who) => who.person ?? who.organization ?? []);
      const distinct = [...new Map(references.map((reference) => [reference.reference, reference])).values()];
      return distinct.length === 0 ? undefined : distinct;
    },
  };
}

/** effectiveTime as one point: a value, or a low without another high. */
export const pointInTime: Reading<string> = named(dateTime.label, (at, context) =>
  isInterval(at, context) ? undefined : dateTime(at, context),
);
export const pointInTimeExtension: Reading<{ extension: Extension[] }> = named(dateTimeExtension.label, (at, context) =>
  isInterval(at, context) ? undefined : dateTimeExtension(at, context),
);

/** A concept, or the text where the source has only that (xsi:type ST or ED). */
export const conceptOrText: Reading<CodeableConcept> = named('CodeableConcept, or its text', (at: XmlElement, context: Context) => {
  const found = conceptFrom(at, context);
  if (found) return found;
  const text = textFrom(at, context);
  return text === undefined ? undefined : { text };
});

/** An element's text as a concept without code. */
export const textConcept: Reading<CodeableConcept> = named('CodeableConcept with the text only', (at, context) => {
  const text = textFrom(at, context);
  return text === undefined ? undefined : { text };
});

/** A statement's code, else its text: vendors write plans and procedures that are only named in words. */
export const codeOrText: Rule<CodeableConcept> = firstOf(
  from('code', conceptOrText),
  deviation('the statement’s text, where it has no code: nothing else names it', from('text', textConcept)),
);

/** What an observation is part of, in HL7's observation-category. */
export const category = (code: string, display: string): Rule<CodeableConcept[]> =>
  always(`${code} in observation-category`, () => [
    { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code, display }] },
  ]);

/** The codes of all reasons (Indication). */
export const reasons: Rule<CodeableConcept[]> = each('entryRelationship[@typeCode=RSON]/observation/value', conceptOrText);
