import { terminalPicture } from '../scripts/terminal-picture';

const ESC = '\x1b';
const textsIn = (svg: string) => [...svg.matchAll(/<text ([^>]*)>([^<]*)<\/text>/g)].map(([, attributes, text]) => ({ attributes, text }));

test('the picture places text at its columns, in any colour', () => {
  const svg = terminalPicture(`ab${ESC}[31mcd${ESC}[0m  ef\n\n${ESC}[1;32mx${ESC}[39my${ESC}[22mz\n\n`, 'a title');
  expect(textsIn(svg)).toEqual([
    { text: 'ab', attributes: expect.stringMatching(/^x="18" y="32" textLength="16.8".*"preserve"$/) as string },
    { text: 'cd', attributes: expect.stringMatching(/^x="34.8" .*fill="#ff7b72"$/) as string },
    { text: 'ef', attributes: expect.stringMatching(/^x="68.4" .*"preserve"$/) as string },
    { text: 'x', attributes: expect.stringMatching(/y="70" .*fill="#56d364" font-weight="bold"$/) as string },
    { text: 'y', attributes: expect.stringMatching(/^x="26.4" .*"preserve" font-weight="bold"$/) as string },
    { text: 'z', attributes: expect.stringMatching(/^x="34.8" .*"preserve"$/) as string },
  ]);
});

test('the picture has a title, contains no scripts and no control sequences, and refers to no other file', () => {
  const svg = terminalPicture(`<script>&"${ESC}[7m!`, 'run: <a> & "b"');
  expect(svg).toMatch(/^<svg [^>]*role="img" aria-labelledby="title">\n<title id="title">run: &lt;a&gt; &amp; &quot;b&quot;<\/title>/);
  expect(textsIn(svg)[0]!.text).toBe('&lt;script&gt;&amp;&quot;');
  expect(svg).not.toMatch(/<script|href|url\(|@import/);
  expect(svg).not.toContain(ESC);
});

test.each([
  ['bright', '94', '#a5d6ff'],
  ['of 256: one of the first sixteen', '38;5;1', '#ff7b72'],
  ['of 256: one of the colour cube', '38;5;208', 'rgb(255,135,0)'],
  ['of 256: a grey', '38;5;240', 'rgb(88,88,88)'],
  ['of 24 bits', '38;2;1;2;3', 'rgb(1,2,3)'],
  ['with another attribute after it', '38;5;208;1', 'rgb(255,135,0)" font-weight="bold'],
])('the picture shows a colour: %s', (_, codes, fill) => {
  expect(textsIn(terminalPicture(`${ESC}[${codes}mx`, 't'))[0]!.attributes).toContain(`fill="${fill}"`);
});

test('the picture draws each part of a bar as one rectangle', () => {
  const svg = terminalPicture(`${ESC}[36m████${ESC}[2;39m░░${ESC}[0m  2/3`, 't');
  const bars = [...svg.matchAll(/<rect x="([\d.]+)" [^>]*width="([\d.]+)"[^>]*opacity="([\d.]+)"/g)].map(([, ...found]) => found);
  expect(bars).toEqual([
    ['18', '33.6', '1'],
    ['51.6', '16.8', '0.25'],
  ]);
  expect(textsIn(svg).map(({ text }) => text)).toEqual(['2/3']);
});
