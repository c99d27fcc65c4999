import { attributeOf, childElements, type XmlElement } from '../xml/element.js';
import type { Context } from './context.js';
import { named, type Reading } from './mapping.js';

/** HL7 lists the code and gives it no target: the element is left out and the ledger says so. */
export const NO_TARGET = 'no-target';

/** A row that is not HL7's, with the reason for having it. */
export interface OwnRow {
  readonly ours: string;
}
/** Source code, its display, target code; a fourth item where the row is ours. */
export type Row<Target extends string> = readonly [code: string, display: string, target: Target | typeof NO_TARGET, own?: OwnRow];

/** One table of codes. `url`: HL7's canonical address of the ConceptMap; `source`: the code system the rows' codes are of. */
export interface ValueMap<Target extends string> {
  readonly name: string;
  readonly url: string;
  readonly source: string;
  readonly rows: readonly Row<Target>[];
  /** Why there is this map at all, where HL7 has none: every row is then ours. */
  readonly ours?: string;
}

/** Marks a row as ours. `reason` is printed on the mapping's page and listed by a test. */
export const ours = (reason: string): OwnRow => ({ ours: reason });

/**
 * Reads a code through a value map: the element's own code, else those of its translations. A code that is not in the map, or has no target, gives
 * undefined and a warning; an element without any code gives undefined in silence.
 */
export function codeOf<Target extends string>(map: ValueMap<Target>): Reading<Target> {
  const targets = new Map(map.rows.map(([code, , target]) => [code, target]));
  return named(`code by ${map.name}`, (at, context) => {
    const codes = [at, ...childElements(at, 'translation')].map((coded) => attributeOf(coded, 'code')).filter((code) => code !== undefined);
    for (const code of codes) {
      const target = targets.get(code);
      if (target !== undefined && target !== NO_TARGET) return target;
    }
    if (codes.length > 0)
      warnUnmapped(
        map,
        at,
        context,
        codes.some((code) => targets.has(code)),
      );
    return undefined;
  });
}

function warnUnmapped(map: ValueMap<string>, at: XmlElement, context: Context, isListed: boolean): void {
  context.warn(at, isListed ? `HL7's ${map.name} lists the code without a target` : `the code is not in HL7's ${map.name}`);
}

/** Every row of the map that is not HL7's. */
export function ownRows(map: ValueMap<string>): { readonly code: string; readonly reason: string }[] {
  return map.rows.flatMap(([code, , , own]) => (own ? [{ code, reason: own.ours }] : []));
}
