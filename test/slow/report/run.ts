/**
 * Checks the page of a run in a browser: several records, on a wide and a narrow screen, in light and dark mode, and on paper.
 *
 *   npm run test:report [-- FOLDER]
 *
 * Opens each page as a file in a headless Chromium, and checks that it causes no errors and no requests, that everything is drawn and
 * nothing overflows, and that axe finds no fault. With a FOLDER it saves screenshots there. Ends with the line `N passed, N failed`.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, type Page, chromium } from 'playwright-core';
import type { RunRecord } from '../../../cli/src/core/rollout/record';
import { reportPage } from '../../../cli/src/html-report/page';
import { HOSTILE, LONG_WORDS } from '../../../cli/test/support/hostile-records';
import { EMPTY, ONE_STAGE, PROMOTED, ROLLED_BACK, TWO_DAYS, UNFINISHED } from '../../../cli/test/support/run-records';
import { findChromium } from './chromium';

const RECORDS: Readonly<Record<string, RunRecord>> = {
  promoted: PROMOTED,
  'rolled-back': ROLLED_BACK,
  unfinished: UNFINISHED,
  empty: EMPTY,
  'one-stage': ONE_STAGE,
  'two-days': TWO_DAYS,
  hostile: HOSTILE,
  'long-words': LONG_WORDS,
};

interface View {
  readonly name: string;
  readonly width: number;
  readonly colorScheme: 'light' | 'dark';
  readonly media: 'screen' | 'print';
}

const VIEWS: readonly View[] = [
  { name: 'wide, light', width: 1280, colorScheme: 'light', media: 'screen' },
  { name: 'wide, dark', width: 1280, colorScheme: 'dark', media: 'screen' },
  { name: 'narrow, light', width: 400, colorScheme: 'light', media: 'screen' },
  { name: 'narrow, dark', width: 400, colorScheme: 'dark', media: 'screen' },
  // A4 without its margins. A page in dark mode must still print on white.
  { name: 'paper', width: 680, colorScheme: 'dark', media: 'print' },
];

const LAYOUT = readFileSync(join(__dirname, 'in-page.js'), 'utf8');
const AXE = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
/** The number of faults to print for a page; the first few are enough. */
const SHOWN = 8;
const WHITE = 'rgb(255, 255, 255)';

let passed = 0;
let failed = 0;

async function check(what: string, task: () => Promise<readonly string[]>): Promise<void> {
  const start = performance.now();
  const wrong = await task().catch((error: unknown) => [error instanceof Error ? error.message : String(error)]);
  const took = `(${((performance.now() - start) / 1000).toFixed(1)} s)`;
  if (wrong.length === 0) {
    passed++;
    console.log(`ok      ${what} ${took}`);
  } else {
    failed++;
    console.log(
      `FAILED  ${what} ${took}\n${wrong
        .slice(0, SHOWN)
        .map((line) => `          ${line}`)
        .join('\n')}`,
    );
  }
}

async function look(
  browser: Browser,
  file: string,
  record: RunRecord,
  view: View,
  picture: string | undefined,
): Promise<readonly string[]> {
  const { width, colorScheme, media } = view;
  const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
  try {
    const wrong: string[] = [];
    page.on('console', (message) => wrong.push(`the console says: ${message.text()}`));
    page.on('pageerror', (error) => wrong.push(`an error: ${error.message}`));
    page.on('dialog', (dialog) => {
      wrong.push(`a script ran: ${dialog.message()}`);
      void dialog.dismiss();
    });
    const address = pathToFileURL(file).href;
    page.on('request', (request) => {
      if (request.url() !== address) {
        wrong.push(`a request for ${request.url()}`);
      }
    });
    await page.emulateMedia({ media, colorScheme });
    await page.goto(address, { waitUntil: 'load' });
    if (picture !== undefined) {
      await page.screenshot({ path: picture, fullPage: true });
    }
    wrong.push(...(await contents(page, record)), ...(await colours(page, view)));
    wrong.push(...(await page.evaluate<string[]>(LAYOUT)), ...(await axe(page)));
    await page.evaluate("document.querySelectorAll('details').forEach((details) => (details.open = true))");
    wrong.push(...(await page.evaluate<string[]>(LAYOUT)).map((line) => `with all figures open, ${line}`));
    if (media === 'print' && (await page.pdf({ format: 'A4' })).subarray(0, 5).toString() !== '%PDF-') {
      wrong.push('it does not print');
    }
    return wrong;
  } finally {
    await page.close();
  }
}

/** Checks that the page has a title, a heading equal to it, and each chart that the record has data for. */
async function contents(page: Page, { stages, steps }: RunRecord): Promise<readonly string[]> {
  const [title, heading] = [await page.title(), await page.locator('h1').innerText()];
  const wrong =
    title !== '' && title === heading.trim() ? [] : [`its title is ${JSON.stringify(title)}, its heading ${JSON.stringify(heading)}`];
  const charts = await page.locator('figure.chart > .plot > svg:visible').count();
  const expected = (steps.length + stages.length > 0 ? 1 : 0) + (stages.length > 0 ? 3 : 0) + (steps.length > 0 ? 1 : 0);
  return charts === expected ? wrong : [...wrong, `it shows ${charts} charts instead of ${expected}`];
}

/** Checks that the background follows the screen's colour scheme, and is white on paper. */
async function colours(page: Page, { media, colorScheme }: View): Promise<readonly string[]> {
  const ground = await page.evaluate<string>('getComputedStyle(document.documentElement).backgroundColor');
  const isWhite = media === 'print' || colorScheme === 'light';
  return (ground === WHITE) === isWhite ? [] : [`its ground is ${ground}`];
}

async function axe(page: Page): Promise<readonly string[]> {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate<{
    violations: { id: string; help: string; nodes: { html: string; failureSummary: string }[] }[];
  }>('axe.run()');
  return violations.flatMap(({ id, help, nodes }) => nodes.slice(0, 3).map(({ html }) => `axe: ${id}: ${help}: ${html.slice(0, 200)}`));
}

async function main(pictures: string | undefined): Promise<void> {
  const work = mkdtempSync(join(tmpdir(), 'canary-report-'));
  if (pictures !== undefined) {
    mkdirSync(pictures, { recursive: true });
  }
  let browser: Browser | undefined;
  try {
    await check('a Chromium is installed and starts', async () => {
      const executablePath = await findChromium((text) => console.log(`        ${text}`));
      browser = await chromium.launch({ executablePath });
      console.log(`        ${browser.version()}`);
      return [];
    });
    for (const [name, record] of browser ? Object.entries(RECORDS) : []) {
      const file = join(work, `${name}.html`);
      writeFileSync(file, reportPage(record));
      for (const view of VIEWS) {
        const picture = pictures && join(pictures, `${name}, ${view.name}.png`);
        await check(`${name}: ${view.name}`, () => look(browser!, file, record, view, picture));
      }
    }
  } finally {
    await browser?.close();
    rmSync(work, { recursive: true, force: true });
  }
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}

void main(process.argv[2]);
