/**
 * One XML element of a source. `name` is the local name for HL7 v3 elements (`observation`), `sdtc:raceCode` for the HL7 extension namespace whatever the
 * document's own prefix, and `{namespace}name` for anything else, so a foreign element is never taken for an HL7 one.
 */
export interface XmlElement {
  readonly name: string;
  /** Values by name: `code`, `xsi:type` (its prefix removed), `sdtc:valueSet`. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlNode[];
  readonly parent: XmlElement | undefined;
}
export type XmlNode = XmlElement | string;

/** The child elements of `element`, all or those of one name, in document order. */
export function childElements(element: XmlElement, name?: string): XmlElement[] {
  const found: XmlElement[] = [];
  for (const node of element.children) if (typeof node !== 'string' && (name === undefined || node.name === name)) found.push(node);
  return found;
}

/** The first child element of that name. */
export function childElement(element: XmlElement, name: string): XmlElement | undefined {
  for (const node of element.children) if (typeof node !== 'string' && node.name === name) return node;
  return undefined;
}

/** An attribute without surrounding white space; undefined when absent or empty. */
export function attributeOf(element: XmlElement | undefined, name: string): string | undefined {
  const value = element?.attributes.get(name)?.trim();
  return value === '' ? undefined : value;
}

/** All text inside, white space folded; undefined when there is none. Recursion is safe: the reader bounds depth. */
export function textOf(element: XmlElement | undefined): string | undefined {
  if (!element) return undefined;
  const pieces: string[] = [];
  collectText(element, pieces);
  const text = pieces.join('').replace(/\s+/g, ' ').trim();
  return text === '' ? undefined : text;
}

/** Narrative elements that stand on lines of their own: their text must not run into its neighbour's. */
const blocks: ReadonlySet<string> = new Set(['paragraph', 'list', 'item', 'table', 'tr', 'td', 'th', 'caption', 'br', 'thead', 'tbody']);

function collectText(element: XmlElement, pieces: string[]): void {
  const isBlock = blocks.has(element.name);
  if (isBlock) pieces.push(' ');
  for (const node of element.children) {
    if (typeof node === 'string') pieces.push(node);
    else collectText(node, pieces);
  }
  if (isBlock) pieces.push(' ');
}

/** Where an element stands, for reports: `section[2]/entry[1]/act`. Names and positions only, never content. */
export function placeOf(element: XmlElement, upTo?: XmlElement): string {
  const steps: string[] = [];
  for (let at: XmlElement | undefined = element; at && at !== upTo; at = at.parent) {
    const name = at.name;
    const alike = at.parent ? childElements(at.parent, name) : [];
    steps.push(alike.length > 1 ? `${name}[${alike.indexOf(at) + 1}]` : name);
  }
  return steps.reverse().join('/');
}

/**
 * Where an element stands, for ids: from its section on, every step numbered, so that a section or an entry that a later version adds behind changes nothing
 * before it. Never shown: it holds the section's code as written.
 */
export function positionOf(element: XmlElement): string {
  const steps: string[] = [];
  for (let at: XmlElement | undefined = element; at; at = at.parent) {
    const { name } = at;
    if (name === 'section') return [`section ${attributeOf(childElement(at, 'code'), 'code') ?? ''}`, ...steps.reverse()].join('/');
    steps.push(`${name}[${at.parent ? childElements(at.parent, name).indexOf(at) : 0}]`);
  }
  return steps.reverse().join('/');
}

/** Every element below and including `root`, in document order, without recursion. */
export function* descendants(root: XmlElement): Generator<XmlElement> {
  const open: XmlElement[] = [root];
  for (let at = open.pop(); at; at = open.pop()) {
    yield at;
    const children = childElements(at);
    for (let i = children.length - 1; i >= 0; i--) {
      const next = children[i];
      if (next) open.push(next);
    }
  }
}
