import { attributeOf, type XmlElement } from '../xml/element.js';
import { readXml } from '../xml/read-xml.js';
import { parsePath, select } from './path.js';

const tree = (text: string): XmlElement => {
  const reading = readXml(new TextEncoder().encode(text));
  if ('refused' in reading) throw new Error(reading.refused);
  return reading.root;
};
const ids = (path: string): (string | undefined)[] =>
  select(
    tree(
      '<r><e t="A"><o n="1"><code code="X"/></o><o n="2"><code code="Y"/><templateId root="9"/><templateId root="8"/></o></e><e t="B"><o n="3"/><p n="4"/></e></r>',
    ),
    parsePath(path),
  ).map((element) => attributeOf(element, 'n'));

describe('paths of the mapping language', () => {
  it.each([
    ['e/o', ['1', '2', '3']],
    ['e[@t=A]/o', ['1', '2']],
    ['e/o[code=Y]', ['2']],
    ['e/o[templateId=8]', ['2']],
    ['e[@t=B]/*', ['3', '4']],
    ['e[@t=A]/o[code=X][@n=1]', ['1']],
    ['e/none', []],
  ])('%s', (path, expected) => {
    expect(ids(path)).toEqual(expected);
  });
  it('leads to the element itself by a dot', () => {
    expect(select(tree('<r n="0"/>'), parsePath('.')).map(({ name }) => name)).toEqual(['r']);
  });
  it.each(['', 'a//b', 'a[b]', 'a[@b]', '/a', 'a/', 'a[@b=c', 'a b'])(
    'is refused while the module loads when it is not of the language: "%s"',
    (path) => {
      expect(() => parsePath(path)).toThrow('not understood');
    },
  );
});
