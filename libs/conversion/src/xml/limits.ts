/**
 * What one source document may cost to read. Real C-CDA documents stay far below: the largest of 190 public samples has 0.9 MB, 26 levels and 19,000 elements.
 * Everything is refused while reading, before the tree grows past it.
 */

/** Largest document that is parsed, in bytes. Documents with scanned pages inside reach tens of megabytes. */
export const sourceBytesMax = 50 * 1024 * 1024;

/** Deepest nesting of elements. Code after the reader may recurse, since nothing deeper ever gets to it. */
export const xmlDepthMax = 256;

/** Most elements in a document. At about 300 bytes an element in memory this bounds a tree to some 300 MB. */
export const xmlElementsMax = 1_000_000;

/** Most attributes on one element. CDA's widest element has 12, a narrative table cell about 15, namespaces included. */
export const xmlAttributesMax = 128;

/** Longest value of one attribute, in UTF-16 units: codes, ids, dates and URLs only. */
export const xmlAttributeLengthMax = 65_536;

/** Text of the whole document, in UTF-16 units: a document of the largest size in one-byte characters. */
export const xmlTextLengthMax = sourceBytesMax;
