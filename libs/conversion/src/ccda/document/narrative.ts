import { attributeOf, childElement, childElements, textOf, type XmlElement } from '../../xml/element.js';

/** CDA narrative elements to the XHTML elements FHIR allows (narrative.html). What is not listed becomes a span, its text kept. */
const elementNames: ReadonlyMap<string, string> = new Map([
  ['content', 'span'],
  ['footnote', 'span'],
  ['footnoteRef', 'span'],
  ['sub', 'sub'],
  ['sup', 'sup'],
  ['br', 'br'],
  ['caption', 'div'],
  ['item', 'li'],
  ['table', 'table'],
  ['thead', 'thead'],
  ['tbody', 'tbody'],
  ['tfoot', 'tfoot'],
  ['tr', 'tr'],
  ['th', 'th'],
  ['td', 'td'],
  ['col', 'col'],
  ['colgroup', 'colgroup'],
]);
/** Attributes that mean the same in XHTML and are allowed there. Everything else, and with it every script and style, is left behind. */
const keptAttributes = ['colspan', 'rowspan', 'scope', 'align', 'valign', 'abbr', 'axis'] as const;
const emptyElements: ReadonlySet<string> = new Set(['br', 'col']);
const blockElements: ReadonlySet<string> = new Set(['paragraph', 'list', 'table', 'caption']);
/** styleCode words that XHTML has classes for: kept as the class, since only the words of the source decide how it looks. */
const stylePattern = /^[A-Za-z][\w-]*$/;
/** What may stand in a link. Anything else, such as javascript:, is shown as text. */
const linkPattern = /^(https?:\/\/|mailto:|tel:|#)[^\s<>"]+$/i;
const idPattern = /^[A-Za-z][\w.-]*$/;
/** Where text may not stand by itself: white space between rows is dropped, anything else is wrapped. */
const structural: ReadonlySet<string> = new Set(['table', 'thead', 'tbody', 'tfoot', 'tr', 'colgroup', 'list']);
/** Children that each structural element may have in XHTML; others are wrapped into the one named last. */
const allowedInside: Readonly<Record<string, { readonly names: ReadonlySet<string>; readonly wrapper: string }>> = {
  ul: { names: new Set(['li']), wrapper: 'li' },
  ol: { names: new Set(['li']), wrapper: 'li' },
  tr: { names: new Set(['td', 'th']), wrapper: 'td' },
};

/** Elements whose text was hidden code, not text: they are dropped with their content. */
const droppedElements: ReadonlySet<string> = new Set(['script', 'style', 'iframe', 'object', 'embed']);

/** Ids that stand in the Composition already: XHTML ids are unique in a resource. */
export type UsedIds = Set<string>;

/**
 * A CDA narrative block as the div of a FHIR Narrative: all text kept, tables and lists as tables and lists, nothing that runs. Undefined when there is no text
 * (FHIR txt-2). Recursion is safe: the reader bounds depth.
 */
export function narrativeDiv(text: XmlElement | undefined, usedIds: UsedIds): string | undefined {
  if (!text || textOf(text) === undefined) return undefined;
  const pieces: string[] = ['<div xmlns="http://www.w3.org/1999/xhtml">'];
  writeChildren(text, pieces, usedIds);
  pieces.push('</div>');
  return pieces.join('');
}

function writeChildren(at: XmlElement, pieces: string[], usedIds: UsedIds): void {
  for (const node of at.children) {
    if (typeof node === 'string') {
      if (!structural.has(at.name) || node.trim() !== '') pieces.push(escapeText(node));
    } else write(node, pieces, usedIds);
  }
}

function write(at: XmlElement, pieces: string[], usedIds: UsedIds): void {
  if (droppedElements.has(at.name.replace(/^\{.*\}/, ''))) return;
  const name = targetName(at);
  const attributes = idOf(at, usedIds) + attributesOf(at, name);
  if (emptyElements.has(name)) {
    pieces.push(`<${name}${attributes}/>`);
    return;
  }
  pieces.push(`<${name}${attributes}>`);
  const inside = allowedInside[name];
  if (inside) writeWrapped(at, inside, pieces, usedIds);
  else if (at.name === 'table') writeTable(at, pieces, usedIds);
  else writeChildren(at, pieces, usedIds);
  pieces.push(`</${name}>`);
}

function targetName(at: XmlElement): string {
  if (at.name === 'list') return attributeOf(at, 'listType') === 'ordered' ? 'ol' : 'ul';
  if (at.name === 'paragraph') return hasBlocks(at) ? 'div' : 'p';
  if (at.name === 'caption' && at.parent?.name === 'table') return 'caption';
  if (at.name === 'caption') return 'span';
  if (at.name === 'linkHtml') return linkPattern.test(attributeOf(at, 'href') ?? '') ? 'a' : 'span';
  const name = elementNames.get(at.name) ?? 'span';
  return name === 'span' && hasBlocks(at) ? 'div' : name;
}

function hasBlocks(at: XmlElement): boolean {
  return childElements(at).some((child) => blockElements.has(child.name) || hasBlocks(child));
}

/** List items and table cells only, where XHTML wants only those: a caption or stray text gets its own item or cell. */
function writeWrapped(
  at: XmlElement,
  inside: { readonly names: ReadonlySet<string>; readonly wrapper: string },
  pieces: string[],
  usedIds: UsedIds,
): void {
  for (const node of at.children) {
    const text = typeof node === 'string';
    if (text && node.trim() === '') continue;
    const fits = !text && inside.names.has(targetName(node));
    if (!fits) pieces.push(`<${inside.wrapper}>`);
    if (text) pieces.push(escapeText(node));
    else write(node, pieces, usedIds);
    if (!fits) pieces.push(`</${inside.wrapper}>`);
  }
}

/** XHTML wants caption, columns, head, foot, body in this order; CDA lets some systems mix them. Loose text is kept in a body of its own. */
function writeTable(at: XmlElement, pieces: string[], usedIds: UsedIds): void {
  const children = childElements(at);
  const of = (...names: string[]): XmlElement[] => children.filter((child) => names.includes(child.name));
  const known = ['caption', 'col', 'colgroup', 'thead', 'tfoot', 'tbody', 'tr'];
  const [caption, ...furtherCaptions] = of('caption');
  for (const child of [
    ...(caption ? [caption] : []),
    ...of('col'),
    ...of('colgroup'),
    ...of('thead').slice(0, 1),
    ...of('tfoot').slice(0, 1),
  ])
    write(child, pieces, usedIds);
  const loose = [
    ...furtherCaptions,
    ...at.children.filter((node) => (typeof node === 'string' ? node.trim() !== '' : !known.includes(node.name))),
  ];
  for (const node of loose) {
    pieces.push('<tbody><tr><td>');
    if (typeof node === 'string') pieces.push(escapeText(node));
    else writeChildren(node, pieces, usedIds);
    pieces.push('</td></tr></tbody>');
  }
  for (const child of [...of('thead').slice(1), ...of('tfoot').slice(1)]) {
    pieces.push('<tbody>');
    writeChildren(child, pieces, usedIds);
    pieces.push('</tbody>');
  }
  const rows = of('tr');
  if (rows.length > 0) {
    pieces.push('<tbody>');
    for (const row of rows) write(row, pieces, usedIds);
    pieces.push('</tbody>');
  }
  for (const child of of('tbody')) write(child, pieces, usedIds);
}

function attributesOf(at: XmlElement, name: string): string {
  let written = '';
  const styles = (attributeOf(at, 'styleCode') ?? '').split(/\s+/).filter((style) => stylePattern.test(style));
  if (styles.length > 0) written += ` class="${styles.join(' ')}"`;
  if (name === 'a') written += ` href="${escapeAttribute(attributeOf(at, 'href') ?? '')}"`;
  if (['td', 'th', 'tr', 'col', 'colgroup', 'thead', 'tbody', 'tfoot'].includes(name)) {
    for (const key of keptAttributes) {
      const value = attributeOf(at, key);
      if (value !== undefined && isAllowed(name, key, value)) written += ` ${key}="${escapeAttribute(value)}"`;
    }
  }
  return written;
}

function isAllowed(name: string, key: string, value: string): boolean {
  const isCell = name === 'td' || name === 'th';
  if (key === 'colspan' || key === 'rowspan') return isCell && /^\d{1,4}$/.test(value);
  if (key === 'align') return /^(left|center|right|justify|char)$/.test(value);
  if (key === 'valign') return /^(top|middle|bottom|baseline)$/.test(value);
  return isCell;
}

function idOf(at: XmlElement, usedIds: UsedIds): string {
  const id = attributeOf(at, 'ID');
  if (id === undefined || !idPattern.test(id) || usedIds.has(id)) return '';
  usedIds.add(id);
  return ` id="${id}"`;
}

const escapeText = (text: string): string => withoutControls(text).replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
const escapeAttribute = (text: string): string => escapeText(text).replace(/"/g, '&quot;');
/** XML 1.1 sources may name control characters that XHTML 1.0 cannot carry. */
const withoutControls = (text: string): string => text.replace(/[^\t\n\r\u0020-\ufffd]/g, ' ');

/** Text by the ID of the narrative element it stands in, over all narrative blocks below `root`; the first of equal IDs counts. */
export function narrativeIndex(sections: Iterable<XmlElement>): ReadonlyMap<string, XmlElement> {
  const index = new Map<string, XmlElement>();
  for (const section of sections) {
    const text = childElement(section, 'text');
    const open = text ? [text] : [];
    for (let at = open.pop(); at; at = open.pop()) {
      const id = attributeOf(at, 'ID');
      if (id !== undefined && !index.has(id)) index.set(id, at);
      open.push(...childElements(at).reverse());
    }
  }
  return index;
}
