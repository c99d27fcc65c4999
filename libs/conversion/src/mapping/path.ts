import { attributeOf, childElement, childElements, type XmlElement } from '../xml/element.js';

type Test =
  | { readonly type: 'attribute'; readonly name: string; readonly value: string }
  | { readonly type: 'child'; readonly name: string; readonly value: string };
interface Step {
  readonly name: string;
  readonly tests: readonly Test[];
}
/** A path that was understood; `source` is how it was written. */
export interface Path {
  readonly source: string;
  readonly steps: readonly Step[];
}

const stepPattern = /^(\*|[A-Za-z][\w:]*)((?:\[@?[A-Za-z][\w:]*=[^\][/]+\])*)$/;
const testPattern = /\[(@?)([A-Za-z][\w:]*)=([^\][/]+)\]/g;

/**
 * Understands a path of the mapping language: steps between `/`, each a child's name or `*`, with any number of tests: `[@typeCode=MFST]` (an attribute),
 * `[code=33999-4]` (a child with that code, root or value). `.` alone is the element itself.
 * @throws when the path is not of the language: mappings call it while the module loads, so a wrong path never waits for a document.
 */
export function parsePath(source: string): Path {
  if (source === '.') return { source, steps: [] };
  const steps = source.split('/').map((written) => {
    const [, name, tests] = stepPattern.exec(written) ?? [];
    if (name === undefined) throw new Error(`mapping path "${source}" has a step that is not understood: "${written}"`);
    return { name, tests: [...(tests ?? '').matchAll(testPattern)].map(toTest) };
  });
  return { source, steps };
}

function toTest([, at, name, value]: RegExpMatchArray): Test {
  return { type: at === '@' ? 'attribute' : 'child', name: name ?? '', value: value ?? '' };
}

/** All elements that the path leads to from `from`, in document order. */
export function select(from: XmlElement, path: Path): XmlElement[] {
  let found: XmlElement[] = [from];
  for (const step of path.steps) {
    const next: XmlElement[] = [];
    for (const element of found) {
      for (const child of childElements(element, step.name === '*' ? undefined : step.name))
        if (step.tests.every((test) => passes(child, test))) next.push(child);
    }
    found = next;
  }
  return found;
}

function passes(element: XmlElement, test: Test): boolean {
  if (test.type === 'attribute') return attributeOf(element, test.name) === test.value;
  if (test.name === 'templateId') return childElements(element, 'templateId').some((id) => attributeOf(id, 'root') === test.value);
  const child = childElement(element, test.name);
  return (attributeOf(child, 'code') ?? attributeOf(child, 'root') ?? attributeOf(child, 'value')) === test.value;
}
