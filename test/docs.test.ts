import * as fs from 'node:fs';
import * as path from 'node:path';

/** Every link between the pages resolves, the READMEs stay short, and each Korean page has the sections of the English one. */
const ROOT = path.join(__dirname, '..');
const REPOSITORY = 'https://github.com/cdk8s-canary/cdk8s-canary';
/** A page of ours by its address on GitHub, as `cli/README.md` has it for readers of its package. */
const OWN_PAGE = new RegExp(`^${REPOSITORY}(?:/(?:blob|tree)/main/([^#]+))?(#.*)?$`);
const MOST_README_LINES = 200;

/** Folders with pages of other projects, or with generated files. */
const NOT_OURS = /^(\.git|node_modules|build|dist|coverage|test-results|canary-runs)$/;

/** The markdown pages below a folder, by their paths from the root. */
function pagesIn(folder: string): string[] {
  return fs.readdirSync(path.join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const file = path.posix.join(folder, entry.name);
    if (entry.isDirectory()) {
      return NOT_OURS.test(entry.name) ? [] : pagesIn(file);
    }
    return entry.isFile() && file.endsWith('.md') ? [file] : [];
  });
}

const isKorean = (page: string) => page.startsWith('docs/ko/');

/** A page without its code blocks, where `#` and `](` mean something else. */
const proseOf = (text: string) => text.replace(/^( *)(```+|~~~+)[^\n]*\n[\s\S]*?^\1\2[^\n]*$/gm, '');

/** The text of each heading, marks of markdown included, and its level. */
const headingsIn = (text: string) =>
  [...proseOf(text).matchAll(/^(#{1,6}) +(.*)$/gm)].map(([, marks, title]) => ({ level: marks!.length, title: title! }));

/** The anchor that GitHub gives a heading: letters of any script, digits, `_` and `-` stay. */
function slug(title: string): string {
  const shown = title
    .replace(/<[^>]*>/g, '')
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .trim();
  return shown
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, '')
    .replace(/ /g, '-');
}

/** All anchors of a page: those of its headings, of which equal ones are numbered, and those of HTML elements. */
function anchorsIn(text: string): Set<string> {
  const tags = [...text.matchAll(/<\w+ [^>]+>/g)].map(([tag]) => tag);
  const anchors = new Set(tags.flatMap((tag) => [...tag.matchAll(/ (?:id|name)="([^"]+)"/g)].map(([, name]) => name!)));
  const times = new Map<string, number>();
  for (const anchor of headingsIn(text).map(({ title }) => slug(title))) {
    const n = times.get(anchor) ?? 0;
    times.set(anchor, n + 1);
    anchors.add(n === 0 ? anchor : `${anchor}-${n}`);
  }
  return anchors;
}

/** The targets of all links and images of a page. */
function linksIn(text: string): string[] {
  const prose = proseOf(text).replace(/(`+)[^`\n]+\1/g, '');
  const links = [/\]\(<?([^\s()<>]+(?:\([^\s()]*\))?)>?(?: "[^"]*")?\)/g, /^\[[^\]]+\]: +<?([^\s<>]+)/gm, /\bhref="([^"]+)"/g];
  return links.flatMap((link) => [...prose.matchAll(link)].map(([, target]) => target!));
}

/** The file and the anchor that a link of a page leads to, the file from the root; nothing for a link to another site. */
function destination(page: string, link: string): { readonly file: string; readonly anchor: string } | undefined {
  const own = OWN_PAGE.exec(link);
  if (own === null && /^([a-z][a-z\d+.-]*:|\/\/)/i.test(link)) {
    return undefined;
  }
  const [target, anchor = ''] = (own === null ? link : (own[1] ?? 'README.md') + (own[2] ?? '')).split('#', 2).map(decodeURIComponent);
  const folder = own === null ? path.posix.dirname(page) : '.';
  return { file: target === '' ? page : path.posix.join(folder, target!), anchor };
}

type Pages = ReadonlyMap<string, string>;

/** The broken links of all pages: to a file that does not exist, or to an anchor that its page does not have. */
function brokenIn(pages: Pages, isThere = (file: string) => fs.existsSync(path.join(ROOT, file))): string[] {
  const anchors = new Map([...pages].map(([page, text]) => [page, anchorsIn(text)]));
  const isBroken = (page: string, link: string) => {
    const to = destination(page, link);
    if (to === undefined) {
      return false;
    }
    const inPage = anchors.get(to.file);
    return inPage === undefined ? !isThere(to.file) : to.anchor !== '' && !inPage.has(to.anchor);
  };
  return [...pages].flatMap(([page, text]) =>
    linksIn(text)
      .filter((link) => isBroken(page, link))
      .map((link) => `${page}: ${link}`),
  );
}

const pages: Pages = new Map(pagesIn('.').map((page) => [page, fs.readFileSync(path.join(ROOT, page), 'utf8')]));

test('every link between the pages leads to a file and an anchor that exist', () => {
  expect(brokenIn(pages)).toEqual([]);
});

test.each(['README.md', 'README.ko.md'])(`%s has at most ${MOST_README_LINES} lines`, (page) => {
  expect(pages.get(page)!.trimEnd().split('\n').length).toBeLessThanOrEqual(MOST_README_LINES);
});

test.each([['README.ko.md', 'README.md'], ...[...pages.keys()].filter(isKorean).map((page) => [page, page.replace('/ko/', '/')])])(
  '%s has the headings of %s, and the two pages link to each other',
  (korean, english) => {
    const [ko, en] = [pages.get(korean)!, pages.get(english) ?? ''];
    const levels = (text: string) => headingsIn(text).map(({ level }) => level);
    expect(levels(ko)).toEqual(levels(en));
    expect(linksIn(ko).map((link) => destination(korean, link)?.file)).toContain(english);
    expect(linksIn(en).map((link) => destination(english, link)?.file)).toContain(korean);
  },
);

describe('the check of links finds', () => {
  const page = '# A page\n\n## `run`: it & more\n\n## 2. 단계: 10 %, 25 %\n\n## Twice\n\n## Twice\n\n<a id="by-hand"></a>\n';
  const broken = (link: string) =>
    brokenIn(
      new Map([
        ['docs/a.md', link],
        ['docs/b.md', page],
        ['README.md', '# Start\n'],
      ]),
      (file) => file === 'main.ts',
    ).length;

  test.each([
    '[x](b.md)',
    '[x](b.md#run-it--more)',
    '[x](b.md#2-단계-10--25-)',
    '[x](b.md#twice) [x](b.md#twice-1)',
    '[x](b.md#by-hand)',
    '## Here\n[x](#here)',
    '[`x`](../main.ts)',
    '![x](../main.ts "a title")',
    '[x](../README.md#start)',
    `[x](${REPOSITORY}#start) [x](${REPOSITORY}/blob/main/docs/b.md#twice)`,
    '[x](https://example.com/none.md#none)',
    '```sh\n[x](none.md)\n```\n`[x](none.md)`',
  ])('no broken link in %j', (link) => {
    expect(broken(link)).toBe(0);
  });

  test.each([
    '[x](none.md)',
    '[x](README.md)',
    '[x](b.md#none)',
    '[x](b.md#Twice)',
    '[x](b.md#twice-2)',
    '```\n# Here\n```\n[x](#here)',
    '![x](none.svg)',
    '[x]: none.md',
    '<a href="b.md#none">x</a>',
    `[x](${REPOSITORY}#none)`,
    `[x](${REPOSITORY}/blob/main/docs/none.md)`,
  ])('the broken link in %j', (link) => {
    expect(broken(link)).toBe(1);
  });
});
