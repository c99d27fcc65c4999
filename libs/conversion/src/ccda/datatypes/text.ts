import type { Context } from '../../mapping/context.js';
import { named } from '../../mapping/mapping.js';
import { attributeOf, childElement, textOf, type XmlElement } from '../../xml/element.js';

/**
 * The text of a CDA ED or ST: that of the narrative element it refers to (`<reference value="#id"/>`), else its own. Undefined when empty. A reference to
 * nothing is told to the ledger.
 */
export function textFrom(at: XmlElement | undefined, context: Pick<Context, 'narrativeText' | 'warn'>): string | undefined {
  if (!at) return undefined;
  const target = attributeOf(childElement(at, 'reference'), 'value');
  if (target?.startsWith('#')) {
    const referred = context.narrativeText(target.slice(1));
    if (referred !== undefined) return referred;
    if (textOf(at) === undefined) context.warn(at, 'refers to a narrative element that is not there or is empty');
  }
  return textOf(at);
}

/** Text as a FHIR string. */
export const text = named('text, narrative references resolved', textFrom);

/** Text as a FHIR Annotation. */
export const annotation = named('Annotation with the text, narrative references resolved', (at, context) => {
  const found = textFrom(at, context);
  return found === undefined ? undefined : { text: found };
});
