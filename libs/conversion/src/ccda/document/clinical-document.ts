import { createHash } from 'node:crypto';
import { attributeOf, childElement, childElements, descendants, textOf, type XmlElement } from '../../xml/element.js';
import { narrativeIndex } from './narrative.js';

/** One section of the body, with the sections inside it. */
export interface Section {
  readonly element: XmlElement;
  /** Its LOINC code, or whatever code it has. */
  readonly code: string | undefined;
  readonly entries: readonly XmlElement[];
  readonly sections: readonly Section[];
}

/** A ClinicalDocument that was read. */
export interface ClinicalDocument {
  readonly root: XmlElement;
  /** What stays equal over the versions of a document: its set id, else its id, else the hash of its bytes. The base of ids made from places. */
  readonly setKey: string;
  readonly patientRole: XmlElement | undefined;
  readonly sections: readonly Section[];
  /** The body of a document without sections: `component/nonXMLBody/text`. */
  readonly unstructuredBody: XmlElement | undefined;
  /** The text of the narrative element with this ID. */
  narrativeText(id: string): string | undefined;
}

export function clinicalDocumentOf(root: XmlElement, bytes: Uint8Array): ClinicalDocument {
  const component = childElement(root, 'component');
  const body = component ? childElement(component, 'structuredBody') : undefined;
  const nonXml = component ? childElement(component, 'nonXMLBody') : undefined;
  // Texts are looked up only when something refers to them, so the index waits until then.
  let index: ReadonlyMap<string, XmlElement> | undefined;
  const sectionElements = (): XmlElement[] => [...descendants(root)].filter((element) => element.name === 'section');
  const recordTarget = childElement(root, 'recordTarget');
  return {
    root,
    setKey: idKey(childElement(root, 'setId')) ?? idKey(childElement(root, 'id')) ?? createHash('sha1').update(bytes).digest('hex'),
    patientRole: recordTarget ? childElement(recordTarget, 'patientRole') : undefined,
    sections: body ? sectionsIn(body) : [],
    unstructuredBody: nonXml ? childElement(nonXml, 'text') : undefined,
    narrativeText(id) {
      index ??= narrativeIndex(sectionElements());
      return textOf(index.get(id));
    },
  };
}

/** Depth is bounded by the reader, so recursion is. */
function sectionsIn(parent: XmlElement): Section[] {
  return childElements(parent, 'component')
    .flatMap((component) => childElements(component, 'section'))
    .map((element) => ({
      element,
      code: attributeOf(childElement(element, 'code'), 'code'),
      entries: childElements(element, 'entry'),
      sections: sectionsIn(element),
    }));
}

/** A CDA id as one string; undefined when it identifies nothing. */
export function idKey(id: XmlElement | undefined): string | undefined {
  const root = attributeOf(id, 'root');
  const extension = attributeOf(id, 'extension');
  if (attributeOf(id, 'nullFlavor') !== undefined || (root === undefined && extension === undefined)) return undefined;
  return JSON.stringify([root?.toLowerCase() ?? '', extension ?? '']);
}
