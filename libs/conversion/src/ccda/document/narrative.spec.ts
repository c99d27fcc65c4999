import { readXml } from '../../xml/read-xml.js';
import { narrativeDiv } from './narrative.js';

const open = '<div xmlns="http://www.w3.org/1999/xhtml">';
const div = (content: string, used = new Set<string>()): string | undefined => {
  const reading = readXml(new TextEncoder().encode(`<text xmlns="urn:hl7-org:v3">${content}</text>`));
  if ('refused' in reading) throw new Error(reading.refused);
  return narrativeDiv(reading.root, used);
};
const inside = (content: string): string | undefined => div(content)?.slice(open.length, -'</div>'.length);

describe('narratives', () => {
  it('keeps tables, lists and paragraphs as such', () => {
    expect(inside('<paragraph>a</paragraph>')).toBe('<p>a</p>');
    expect(inside('<list listType="ordered"><item>a</item></list>')).toBe('<ol><li>a</li></ol>');
    expect(inside('<table><thead><tr><th colspan="2">h</th></tr></thead><tbody><tr><td>a</td></tr></tbody></table>')).toBe(
      '<table><thead><tr><th colspan="2">h</th></tr></thead><tbody><tr><td>a</td></tr></tbody></table>',
    );
  });
  it('keeps text that stands where XHTML allows none', () => {
    expect(inside('<list><caption>c</caption><item>a</item>loose</list>')).toBe('<ul><li><span>c</span></li><li>a</li><li>loose</li></ul>');
    expect(inside('<table>loose<tr><td>a</td></tr></table>')).toBe(
      '<table><tbody><tr><td>loose</td></tr></tbody><tbody><tr><td>a</td></tr></tbody></table>',
    );
    expect(inside('<table><tbody><tr>loose</tr></tbody></table>')).toBe('<table><tbody><tr><td>loose</td></tr></tbody></table>');
  });
  it('puts a table’s parts into the order of XHTML', () => {
    expect(inside('<table><tbody><tr><td>b</td></tr></tbody><thead><tr><th>h</th></tr></thead><caption>c</caption></table>')).toBe(
      '<table><caption>c</caption><thead><tr><th>h</th></tr></thead><tbody><tr><td>b</td></tr></tbody></table>',
    );
  });
  it('lets nothing that runs through', () => {
    expect(inside('a<script>alert(1)</script>')).toBe('a');
    expect(inside('<linkHtml href="javascript:alert(1)">x</linkHtml>')).toBe('<span>x</span>');
    expect(inside('<linkHtml href="https://example.org/a">x</linkHtml>')).toBe('<a href="https://example.org/a">x</a>');
    expect(inside('<content onclick="x()" style="y">a</content>')).toBe('<span>a</span>');
    expect(inside('<td colspan="1&quot; onclick=&quot;x">a</td>')).toBe('<td>a</td>');
    expect(inside('&lt;script&gt;')).toBe('&lt;script&gt;');
    expect(inside('<h:img xmlns:h="http://www.w3.org/1999/xhtml" onerror="x()">t</h:img>')).toBe('<span>t</span>');
  });
  it('keeps each ID once in the whole record', () => {
    expect(div('<content ID="a">1</content><content ID="a">2</content><content ID="1 x">3</content>')).toBe(
      `${open}<span id="a">1</span><span>2</span><span>3</span></div>`,
    );
  });
  it('makes no paragraph around a block', () => {
    expect(inside('<paragraph>a<list><item>b</item></list></paragraph>')).toBe('<div>a<ul><li>b</li></ul></div>');
  });
  it('is nothing where there is no text', () => {
    expect(div('  <br/> ')).toBeUndefined();
  });
});
