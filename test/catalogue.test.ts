import * as fs from 'node:fs';
import * as path from 'node:path';

/**
 * Tests and docs refer to hazards (S1), invariants (I1), faults (F1) and goals (G1) by code. Each code in use must have an entry in one of
 * these pages, or a reader cannot look it up.
 */
const ROOT = path.join(__dirname, '..');
const PAGES = ['docs/hazards.md', 'docs/faults.md', 'docs/invariants.md'];

/** The largest number of each kind. In running text only numbers up to it count, so that `F99` is not taken for a fault. */
const LARGEST: Readonly<Record<string, number>> = { S: 35, I: 20, F: 30, G: 19 };

/** A code that stands alone: not in a word, a path, a hexadecimal color, base64, or a member such as `F1.x`. */
const ANYWHERE = /(?<![\w$.#/+=-])([SIFG])([1-9]\d?)(?![\w$/+=(]|\.\w)/g;

/** At the start of a string, such as the test names `'F31: …'` and `'S36 …'`, any number counts, because it may be a typo. */
const TITLE = /['"`]([SIFG])([1-9]\d?)[ :,]/g;

const read = (file: string) => fs.readFileSync(path.join(ROOT, file), 'utf8');

function filesIn(folder: string, pattern: RegExp): string[] {
  return fs
    .readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .map((file) => path.join(folder, file))
    .filter((file) => pattern.test(file) && !/node_modules/.test(file) && file !== path.relative(ROOT, __filename));
}

function codesIn(text: string): Set<string> {
  const anywhere = [...text.matchAll(ANYWHERE)].filter(([, kind, number]) => Number(number) <= LARGEST[kind!]!);
  return new Set([...anywhere, ...text.matchAll(TITLE)].map(([, kind, number]) => `${kind}${number}`));
}

interface Entry {
  readonly page: string;
  readonly text: string;
}

/** The sections whose heading begins with a code, or with `Goal` and a code. */
function entriesIn(page: string, text: string): [string, Entry][] {
  return text.split(/^(?=##+ )/m).flatMap((section): [string, Entry][] => {
    const [, code] = /^##+ (?:Goal )?([SIFG]\d{1,2})\b/.exec(section) ?? [];
    return code === undefined ? [] : [[code, { page, text: section }]];
  });
}

/** The paths of tests and test helpers in backticks in a text; the path of a folder ends with a slash. */
function pathsIn(text: string): string[] {
  return [...text.matchAll(/`((?:cli\/)?test\/[\w./-]*)`/g)].map(([, file]) => file!);
}

const unexplained = (file: string, text: string, entries: ReadonlyMap<string, Entry>) =>
  [...codesIn(text)].filter((code) => !entries.has(code)).map((code) => `${file}: ${code}`);
const missing = (page: string, text: string) =>
  pathsIn(text)
    .filter((file) => !fs.existsSync(path.join(ROOT, file)))
    .map((file) => `${page}: ${file}`);

const all = PAGES.flatMap((page) => entriesIn(page, read(page)));
const entries = new Map(all);
const tests = [...filesIn('test', /\.ts$/), ...filesIn('cli/test', /\.ts$/)];
const docs = [...filesIn('docs', /\.md$/), 'README.md', 'README.ko.md', 'CONTRIBUTING.md', 'cli/README.md'];

test('every code in tests and docs has an entry', () => {
  expect([...tests, ...docs].flatMap((file) => unexplained(file, read(file), entries))).toEqual([]);
});

test('no code has two entries', () => {
  const codes = all.map(([code]) => code);
  expect(codes.filter((code, n) => codes.indexOf(code) !== n)).toEqual([]);
});

test('every hazard, invariant and fault has an entry', () => {
  const wanted = ['S', 'I', 'F'].flatMap((kind) => Array.from({ length: LARGEST[kind]! }, (_, n) => `${kind}${n + 1}`));
  expect(wanted.filter((code) => !entries.has(code))).toEqual([]);
});

test('every entry names a test that exists', () => {
  const without = [...entries].filter(([, { text }]) => !pathsIn(text).some((file) => /\.(ts|js)$/.test(file)));
  expect(without.map(([code, { page }]) => `${page}: ${code}`)).toEqual([]);
  expect(PAGES.flatMap((page) => missing(page, read(page)))).toEqual([]);
});

test('every code that has an entry is used by a test', () => {
  const used = new Set(tests.flatMap((file) => [...codesIn(read(file))]));
  expect([...entries.keys()].filter((code) => !used.has(code))).toEqual([]);
});

describe('the check finds', () => {
  const known = new Map(entriesIn('page.md', '# Page\n\n## S1 One\n\ntext\n\n### F20: Two\n\n## Goal G4\n'));

  test('the entries of a page', () => {
    expect([...known.keys()]).toEqual(['S1', 'F20', 'G4']);
  });

  test.each([
    ["test('S2 a name', …)", 'S2'],
    ['// I5 in another file', 'I5'],
    ['scenario(\n  `F21, F20: a title`', 'F21'],
    ['{ I9: "a text" }', 'I9'],
    ['as in F12–F20', 'F12'],
    ["test('S36 a hazard that is not there', …)", 'S36'],
    ["test.each([1])('G33 a goal that is not there: %d', …)", 'G33'],
    ['describe("F31: a fault that is not there", …)', 'F31'],
  ])('a code without an entry: %s', (text, code) => {
    expect(unexplained('a.test.ts', text, known)).toEqual([`a.test.ts: ${code}`]);
  });

  test.each([
    'S1, F20 and G4',
    'S36',
    'V1',
    'H1',
    'RE2',
    'M74 225',
    '#F5',
    '0xF2',
    'aS3b',
    'x/S3/',
    'S3.get()',
    'F2(x)',
    'zF3=',
    'S02',
    'I0',
  ])('no code in %s', (text) => {
    expect(unexplained('a.test.ts', text, known)).toEqual([]);
  });

  test('a path that does not exist', () => {
    const text = 'See `test/catalogue.test.ts`, `test/cluster/suites/`, `test/gone.test.ts` and `cli/test/gone/`.';
    expect(missing('page.md', text)).toEqual(['page.md: test/gone.test.ts', 'page.md: cli/test/gone/']);
  });
});
