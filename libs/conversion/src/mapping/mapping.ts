import type { CodeableConcept, Reference } from 'fhir/r4.js';
import type { XmlElement } from '../xml/element.js';
import type { Context } from './context.js';
import { parsePath, select } from './path.js';

/** Reads one value from an element. `label` is what the mapping's page prints for it. */
export interface Reading<T> {
  (at: XmlElement, context: Context): T | undefined;
  readonly label: string;
}
/** How one FHIR element is filled. `from` and `how` are printed for clinical review; `ours` is the reason of a deviation from HL7. */
export interface Rule<T> {
  readonly read: (at: XmlElement, context: Context) => T | undefined;
  readonly from: string;
  readonly how: string;
  readonly ours?: string;
}
/** The rules of a resource or backbone element: each element in one place; the compiler refuses unknown ones, missing required ones and wrong shapes. */
export type Rules<R> = { readonly [K in keyof R as K extends 'resourceType' ? never : K]: Rule<NonNullable<R[K]>> };

/** What the printed page says about a mapping. `template`: CDA template or element; `page`: HL7's page the rules were checked against. */
export interface About {
  readonly file: string;
  readonly template: string;
  readonly page: string;
  readonly notes?: readonly string[];
  /** Why there is this mapping at all, where HL7 has none. */
  readonly ours?: string;
}
export interface Mapping<R> {
  readonly resourceType: string;
  readonly about: About;
  readonly rules: readonly (readonly [element: string, rule: Rule<unknown>])[];
  /** The resource that `at` states. Elements whose rule gives nothing are left out. */
  readonly read: (at: XmlElement, context: Context) => R;
}

/** A mapping of one source template to one FHIR resource. */
export function mapping<R extends { resourceType: string }>(resourceType: R['resourceType'], about: About, rules: Rules<R>): Mapping<R> {
  const ordered = Object.entries<Rule<unknown>>(rules);
  const read = (at: XmlElement, context: Context): R =>
    // Cast: Rules<R> demands a rule for each required element, and each rule's type is its element's.
    ({ resourceType, ...readAll(ordered, at, context) }) as unknown as R;
  return { resourceType, about, rules: ordered, read };
}

/** The rules of a backbone element, as a reading to use inside `each` or `from`. Gives undefined when no rule found anything. */
export function part<B extends object>(
  label: string,
  rules: { readonly [K in keyof B]: Rule<NonNullable<B[K]>> },
): Reading<B> & { readonly rules: Mapping<B>['rules'] } {
  const ordered = Object.entries<Rule<unknown>>(rules);
  const reading = named(label, (at, context) => {
    const found = readAll(ordered, at, context);
    // Cast: as in mapping, the rules cover every required element of B.
    return Object.keys(found).length === 0 ? undefined : (found as B);
  });
  return Object.assign(reading, { rules: ordered });
}

function readAll(rules: readonly (readonly [string, Rule<unknown>])[], at: XmlElement, context: Context): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  for (const [element, rule] of rules) {
    const value = rule.read(at, context);
    if (value !== undefined) found[element] = value;
  }
  return found;
}

/** Gives a reading the name it is printed under. */
export function named<T>(label: string, read: (at: XmlElement, context: Context) => T | undefined): Reading<T> {
  return Object.assign((at: XmlElement, context: Context) => read(at, context), { label });
}

/** The first element on the path that gives a value. */
export function from<T>(path: string, reading: Reading<T>): Rule<T> {
  const parsed = parsePath(path);
  return {
    from: path,
    how: reading.label,
    read(at, context) {
      for (const found of select(at, parsed)) {
        const value = reading(found, context);
        if (value !== undefined) return value;
      }
      return undefined;
    },
  };
}

/** Every element on the path, as a list; no list when none gives a value. Equal values are kept once. */
export function each<T>(path: string, reading: Reading<T>): Rule<T[]> {
  const parsed = parsePath(path);
  return {
    from: path,
    how: `each: ${reading.label}`,
    read: (at, context) => distinct(select(at, parsed).map((found) => reading(found, context))),
  };
}

/** The element that the statement itself is. */
export const here = <T>(reading: Reading<T>): Rule<T> => ({ from: '.', how: reading.label, read: reading });

/** The first rule that gives a value. */
export function firstOf<T>(...rules: Rule<T>[]): Rule<T> {
  return {
    from: rules.map((rule) => rule.from).join(', else '),
    how: rules.map((rule) => rule.how).join(', else '),
    ours: reasonsOf(rules),
    read(at, context) {
      for (const rule of rules) {
        const value = rule.read(at, context);
        if (value !== undefined) return value;
      }
      return undefined;
    },
  };
}

/** The lists of all rules joined; equal values once. */
export function all<T>(...rules: Rule<T[]>[]): Rule<T[]> {
  return {
    from: rules.map((rule) => rule.from).join(' and '),
    how: rules.map((rule) => rule.how).join(' and '),
    read: (at, context) => distinct(rules.flatMap((rule) => rule.read(at, context) ?? [])),
  };
}

/** The reasons of all deviations among rules, each once. */
function reasonsOf(rules: readonly Rule<unknown>[]): string | undefined {
  const reasons = [...new Set(rules.flatMap((rule) => rule.ours ?? []))];
  return reasons.length === 0 ? undefined : reasons.join('; ');
}

/** A question about an element, answered yes or no. */
export type Condition = Reading<true>;

/** One rule where the condition holds, another (or nothing) where it does not. */
export function when<T>(condition: Condition, then: Rule<T>, otherwise?: Rule<T>): Rule<T> {
  return {
    from: otherwise ? `${then.from} (${condition.label}), ${otherwise.from} (otherwise)` : then.from,
    how: `when ${condition.label}: ${then.how}${otherwise ? `; otherwise: ${otherwise.how}` : ''}`,
    ours: reasonsOf(otherwise ? [then, otherwise] : [then]),
    read: (at, context) => (condition(at, context) ? then : otherwise)?.read(at, context),
  };
}

/** A reading that gives nothing where the condition does not hold. */
export const where = <T>(condition: Condition, reading: Reading<T>): Reading<T> =>
  named(`${reading.label}, where ${condition.label}`, (at, context) => (condition(at, context) ? reading(at, context) : undefined));

/** A value that does not depend on the document and states nothing clinical. A new copy each time, so that no two resources share an object. */
export function always<T>(how: string, make: () => T): Rule<T> {
  return { from: '-', how, read: () => make() };
}

/** The record's Patient. */
export const documentPatient: Rule<Reference> = {
  from: 'recordTarget',
  how: 'the Patient of the record',
  read: (_at, context) => ({ ...context.subject }),
};

/** Marks a rule as a deviation from HL7's page; a test lists every one with its reason. */
export const deviation = <T>(reason: string, rule: Rule<T>): Rule<T> => ({ ...rule, ours: reason });

/** One value as a list of one. */
export const listOf = <T>(reading: Reading<T>): Reading<T[]> =>
  named(`list of ${reading.label}`, (at, context) => {
    const value = reading(at, context);
    return value === undefined ? undefined : [value];
  });

/** A rule's value as a list of one. */
export const one = <T>(rule: Rule<T>): Rule<T[]> => ({
  ...rule,
  read(at, context) {
    const value = rule.read(at, context);
    return value === undefined ? undefined : [value];
  },
});

/** A code of a fixed code system, as a CodeableConcept. */
export function concept(system: string, code: Reading<string>): Reading<CodeableConcept> {
  return named(`${code.label}, in ${system}`, (at, context) => {
    const found = code(at, context);
    return found === undefined ? undefined : { coding: [{ system, code: found }] };
  });
}

function distinct<T>(values: readonly (T | undefined)[]): T[] | undefined {
  const seen = new Map<string, T>();
  for (const value of values) if (value !== undefined) seen.set(JSON.stringify(value), value);
  return seen.size === 0 ? undefined : [...seen.values()];
}
