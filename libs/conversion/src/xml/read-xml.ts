import { SaxesParser } from 'saxes';
import { type DecodeRefusal, decodeXml } from './decode.js';
import type { XmlElement, XmlNode } from './element.js';
import { xmlAttributeLengthMax, xmlAttributesMax, xmlDepthMax, xmlElementsMax, xmlTextLengthMax } from './limits.js';
import { namespaceScope, type Scope } from './namespaces.js';

export type XmlRefusal =
  | DecodeRefusal
  | 'not-well-formed'
  | 'dtd-not-allowed'
  | 'too-deep'
  | 'too-many-elements'
  | 'too-many-attributes'
  | 'text-too-long';
/** `repairs`: what had to be overlooked, one sentence each, without content. `root`: the local name, also when reading broke off later. */
export type XmlReading =
  | { readonly root: XmlElement; readonly repairs: readonly string[] }
  | { readonly refused: XmlRefusal; readonly rootName?: string };

/** Breaks the parser off in mid-document. Never leaves this file. */
class ReadingStopped extends Error {
  constructor(readonly refusal: XmlRefusal) {
    super(refusal);
  }
}

interface OpenElement extends XmlElement {
  readonly children: XmlNode[];
}

/**
 * Reads an XML document strictly into a tree of elements. Refuses document type declarations (and with them every entity, so no expansion and no outside
 * file), anything not well-formed, and anything over a limit. Overlooked, with a repair noted: white space before the declaration, a missing declaration
 * of the well-known prefixes. Comments and processing instructions are dropped.
 */
export function readXml(bytes: Uint8Array): XmlReading {
  const decoded = decodeXml(bytes);
  if ('refused' in decoded) return decoded;
  const building = new TreeBuilding();
  const text = decoded.text.replace(/^\s+(?=<)/, '');
  if (text.length < decoded.text.length) building.repairs.add('white space before the XML declaration was dropped');
  try {
    return building.read(text);
  } catch (error) {
    if (error instanceof ReadingStopped) return { refused: error.refusal, rootName: building.rootName };
    throw error;
  }
}

class TreeBuilding {
  readonly repairs = new Set<string>();
  rootName: string | undefined;
  private root: OpenElement | undefined;
  private readonly open: { element: OpenElement; scope: Scope }[] = [];
  private elements = 0;
  private textLength = 0;
  private attributesOfTag = 0;

  read(text: string): XmlReading {
    const parser = new SaxesParser({ xmlns: false, position: false });
    parser.on('error', () => stop('not-well-formed'));
    parser.on('doctype', () => stop('dtd-not-allowed'));
    parser.on('opentagstart', (tag) => {
      this.attributesOfTag = 0;
      this.rootName ??= tag.name.split(':').pop();
      if (this.open.length >= xmlDepthMax) stop('too-deep');
      if (++this.elements > xmlElementsMax) stop('too-many-elements');
    });
    parser.on('attribute', (attribute) => {
      if (++this.attributesOfTag > xmlAttributesMax) stop('too-many-attributes');
      if (attribute.value.length > xmlAttributeLengthMax) stop('text-too-long');
    });
    parser.on('opentag', (tag) => this.openTag(tag.name, tag.attributes));
    parser.on('closetag', () => void this.open.pop());
    parser.on('text', (piece) => this.addText(piece));
    parser.on('cdata', (piece) => this.addText(piece));
    // saxes builds one string for each run of text: whole chunks keep that linear, and the byte limit bounds it.
    parser.write(text).close();
    return this.root ? { root: this.root, repairs: [...this.repairs] } : { refused: 'not-well-formed' };
  }

  private openTag(tagName: string, tagAttributes: Readonly<Record<string, string>>): void {
    const above = this.open.at(-1);
    const scope = namespaceScope(above?.scope, tagAttributes);
    const name = scope.elementName(tagName);
    if (name === undefined) stop('not-well-formed');
    const attributes = new Map<string, string>();
    for (const [key, value] of Object.entries(tagAttributes)) {
      if (key === 'xmlns' || key.startsWith('xmlns:')) continue;
      const attributeName = scope.attributeName(key);
      if (attributeName === undefined) stop('not-well-formed');
      attributes.set(attributeName, attributeName === 'xsi:type' ? value.replace(/^.*:/, '') : value);
    }
    for (const repair of scope.repairs) this.repairs.add(repair);
    const element: OpenElement = { name, attributes, children: [], parent: above?.element };
    if (above) above.element.children.push(element);
    else this.root = element;
    this.open.push({ element, scope });
  }

  private addText(piece: string): void {
    this.textLength += piece.length;
    if (this.textLength > xmlTextLengthMax) stop('text-too-long');
    this.open.at(-1)?.element.children.push(piece);
  }
}

function stop(refusal: XmlRefusal): never {
  throw new ReadingStopped(refusal);
}
