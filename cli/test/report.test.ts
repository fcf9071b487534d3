import { amountOf, oneIn } from '../../test/support/sampling';
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HtmlValidate } from 'html-validate';
import type { RecordedWeight, RunRecord } from '../src/core/rollout/record';
import { reportPage } from '../src/html-report/page';
import { roundValues } from '../src/html-report/plot';
import { bins } from '../src/html-report/series';
import { duration, ticks } from '../src/html-report/time';
import { writeRecord } from '../src/html-report/write';
import { MARKUP, withTexts } from './support/hostile-records';
import {
  EMPTY,
  FAILURE,
  ONE_STAGE,
  PROMOTED,
  ROLLED_BACK,
  TWO_DAYS,
  UNFINISHED,
  at,
  decision,
  evidence,
  stage,
  step,
} from './support/run-records';

/** The record of a source that has totals but no latency, such as request counters of a mesh. */
const SUMS_ONLY: RunRecord = {
  ...ROLLED_BACK,
  stages: ROLLED_BACK.stages.map((reached) => ({
    ...reached,
    evidence: reached.evidence && {
      ...reached.evidence,
      series: [],
      share: undefined,
      versions: reached.evidence.versions.map((version) => ({ ...version, latency: undefined })),
    },
  })),
};

const RECORDS: readonly (readonly [string, RunRecord])[] = [
  ['an empty run', EMPTY],
  ['a promoted run', PROMOTED],
  ['a run that was rolled back', ROLLED_BACK],
  ['an unfinished run', UNFINISHED],
  ['a run of a single stage', ONE_STAGE],
  ['a long run', TWO_DAYS],
  ['a run with totals only', SUMS_ONLY],
];

const validator = new HtmlValidate({
  extends: ['html-validate:recommended'],
  rules: {
    // A title may be longer than seventy characters.
    'long-title': 'off',
    // HTML allows both spellings.
    'doctype-style': 'off',
  },
});

async function wrongIn(page: string): Promise<readonly string[]> {
  const { results } = await validator.validateString(page);
  return results.flatMap(({ messages }) => messages.map(({ ruleId, message, line }) => `${line} ${ruleId}: ${message}`));
}

const PAGES = new Map<RunRecord, string>();

/** The page of a record, rendered once for all tests. */
function pageOf(record: RunRecord): string {
  const page = PAGES.get(record) ?? reportPage(record);
  PAGES.set(record, page);
  return page;
}

/** The visible text of a page. */
function textOf(page: string): string {
  return page
    .replace(/<(style|svg|details)\b[\s\S]*?<\/\1>/g, ' ')
    .replace(/<[^>]*>/g, ' ')
    .replace(/&#39;/g, "'")
    .replace(/\s+/g, ' ');
}

describe('the page of a record', () => {
  test.each(oneIn(amountOf('reports: one page in'), RECORDS))('is valid HTML: %s', async (_, record) => {
    expect(await wrongIn(pageOf(record))).toEqual([]);
  });

  test.each(RECORDS)('loads no resources and runs no scripts: %s', (_, record) => {
    const page = pageOf(record);
    expect(page).not.toMatch(/<(script|link|img|iframe|object|embed|base)\b|\son\w+=|\bstyle=|@import|url\((?!#)/);
    expect(page).toContain('content="default-src &#39;none&#39;; style-src &#39;sha256-');
  });

  test.each(RECORDS)('every chart has a title, a description and a table: %s', (_, record) => {
    const figures = pageOf(record).match(/<figure[\s\S]*?<\/figure>/g) ?? [];
    figures.forEach((figure) => {
      const [, id] = /<figure class="chart" id="([\w-]+)">/.exec(figure)!;
      expect(figure).toMatch(new RegExp(`role="img" aria-labelledby="${id}-title ${id}-desc"`));
      expect(figure).toMatch(new RegExp(`<title id="${id}-title">[^<]{5,}</title><desc id="${id}-desc">[^<]{10,}</desc>`));
      expect(figure).toMatch(/<details><summary>.*<table class="\w+">/);
      expect(figure).not.toMatch(/NaN|Infinity|undefined|null/);
    });
    expect(figures).toHaveLength(record === EMPTY ? 0 : record === SUMS_ONLY ? 4 : 5);
  });

  test.each(RECORDS)('shows no raw value such as NaN or undefined: %s', (_, record) => {
    expect(textOf(pageOf(record))).not.toMatch(/NaN|Infinity|undefined|null|\[object/);
  });

  test('shows the result, the decisions and the steps of a promoted run', () => {
    const text = textOf(pageOf(PROMOTED));
    expect(text).toContain('canary-svc 1.1 was promoted');
    expect(text).toContain('2026-03-02 14:23:08 UTC, after 23 min 8 s');
    expect(text).toContain('go on , decided by a person at the prompt: dana answered yes to “promote 1.1?”');
    expect(text).toContain('stage-25 , step forward, took 14 s; at least 4 pods ready, at most 10 pods changed: Deployment/canary-1-dep');
  });

  test('says when each weight was seen in force, and by what', () => {
    const weight = { pair: 'shop', folder: 'stage-100', from: '1/2', to: '1', at: at(20) };
    const weights: readonly RecordedWeight[] = [
      { ...weight, verdict: 'contradicted', by: [], answers: 9, why: 'pod envoy-b still serves 50 %' },
      { ...weight, verdict: 'in force', by: ['pod envoy-a', 'pod envoy-b'], answers: 40, since: at(19) },
      { ...weight, verdict: 'not proven', by: [], answers: 0, why: 'not proven (reached 0 of 2)' },
    ];
    const text = textOf(pageOf({ ...PROMOTED, weights }));
    expect(text).toContain("contradicted at stage-100 (shop), the canary's share from 1/2 to 1 pod envoy-b still serves 50 %");
    expect(text).toContain('seen by pod envoy-a, pod envoy-b, 40 answers, since');
    expect(text).toContain('not proven (reached 0 of 2)');
    expect(textOf(pageOf(PROMOTED))).not.toContain('Weights in force');
  });

  test('names the check that failed, in words, for a run that was rolled back', () => {
    const text = textOf(pageOf(ROLLED_BACK));
    expect(text).toContain('The rollout of canary-svc 1.1 was rolled back At stage-25 the canary failed');
    expect(text).toContain('fail errors : canary 18.4 % (163 of 887), stable 0.0 % (0 of 2,713); p = 1e-38');
    expect(text).toContain('180 more requests were not answered by a version of the release: 177 refused, 3 timeout.');
    expect(text).toContain('stage-0 , step back, took 20 s');
  });

  test('shows the last known position of a run that was killed', () => {
    const text = textOf(pageOf(UNFINISHED));
    expect(text).toContain('The rollout of canary-svc 1.1 has not ended');
    expect(text).toContain('it was on the way to stage-25; the last event is from 2026-03-02 14:05:42 UTC.');
    expect(text).toContain('Exit code none yet');
  });

  test('says in each section that an empty run has nothing', () => {
    const text = textOf(pageOf(EMPTY));
    expect(text).toContain('No stage was reached.');
    expect(text).toContain('No traffic was measured in this run.');
    expect(text).toContain('No decision was made.');
    expect(text).toContain('No folder was applied.');
    expect(text).toContain('it had applied nothing; the last event is from 2026-03-02 14:00:00 UTC.');
  });

  test('shows the decisions of each visit for a stage that was visited twice', () => {
    const visits = [100, 500].map((from) => stage({ folder: 'stage-10', asked: '1/10', percent: 10, seconds: 60 }, from));
    const decisions = [decision(150, 'stage-10', 'stop here', 'person', 'lunch'), decision(550, 'stage-10', 'go on', 'person', 'back')];
    const [first, second] = reportPage({ ...EMPTY, stages: visits, decisions }).match(
      /<div class="stage">[\s\S]*?(?=<div class="stage">|<\/section>)/g,
    )!;
    expect([first.includes('lunch'), first.includes('back'), second!.includes('lunch'), second!.includes('back')]).toEqual([
      true,
      false,
      false,
      true,
    ]);
  });

  test('shows the decision of each stage although it was recorded just after the stage was left, and the result where a run paused', () => {
    const stages = [100, 200].map((from, n) => ({
      ...stage({ folder: `stage-${n}`, asked: '1/10', percent: 10, seconds: 60 }, from),
      leftAt: at(from + 60),
    }));
    const decisions = [decision(160.003, 'stage-0', 'go on', 'gates', 'all gates passed')];
    const outcome = { result: 'paused', exitCode: 6, folder: 'stage-1', why: 'the gates are still inconclusive' } as const;
    const [summary, first] = reportPage({ ...EMPTY, stages, decisions, outcome }).match(
      /<table class="stacked">[\s\S]*?<\/table>|<div class="stage">[\s\S]*?<\/div>\n<div/g,
    )!;
    expect([...summary.matchAll(/<td data-label="Decision">(.*?)<\/td>/g)].map(([, cell]) => cell!.replace(/<.*?>/g, ''))).toEqual([
      'go on',
      'paused',
    ]);
    expect(first).toContain('all gates passed');
  });

  test('shows why pods failed: exit codes, events and log lines', async () => {
    const page = reportPage({ ...EMPTY, failures: [FAILURE] });
    const text = textOf(page);
    expect(text).toContain('What the failed pods said canary-2-dep, the canary Deployment, at stage-25');
    expect(text).toContain('web waiting: CrashLoopBackOff 3 code 1 (Error)');
    expect(text).toContain('Unhealthy 12 Readiness probe failed: HTTP probe failed with statuscode: 503');
    expect(text).toContain('Last log lines of container web of pod canary-2-dep-1 starting panic: no route to db');
    expect(text).toContain('the events of the pods are not in the record: missing permission to list events in demo');
    expect(await wrongIn(page)).toEqual([]);
  });

  test('shows samples of responses that name no version', () => {
    const reached = stage({ folder: 'stage-10', asked: '1/10', percent: 10, seconds: 10, lost: 1 }, 0);
    const unknown = { ...reached.evidence!.unknown, samples: [{ status: 404, contentType: 'text/html', start: '<h1>gone' }] };
    const page = reportPage({ ...EMPTY, stages: [{ ...reached, evidence: { ...reached.evidence!, unknown } }] });
    expect(page).toContain('<li>status 404, text/html, &quot;&lt;h1&gt;gone&quot;</li>');
  });

  test('shows the limits of the plan if the record has them', () => {
    const allowed = { ...step('stage-10', 0, 9, [9, 10]), allowed: { fewestReady: 3, mostPods: 12 } };
    const page = reportPage({ ...EMPTY, steps: [allowed] });
    expect(page).toContain('allowed by the plan');
    expect(page).toContain('<td>9</td><td>3</td><td>10</td><td>12</td>');
  });
});

describe('text from outside', () => {
  test('is escaped in every field', async () => {
    const paths: string[] = [];
    const record = withTexts(ROLLED_BACK, (_, path) => {
      paths.push(path);
      return MARKUP;
    }) as RunRecord;
    expect(paths.length).toBeGreaterThan(60);
    const page = reportPage(record);
    expect(page).not.toMatch(/<script|<img|alert\(1\)<\/|"'&(?!\w+;|#\d+;)/);
    expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;&lt;img src=x onerror=alert(2)&gt;&quot;&#39;&amp;');
    expect(await wrongIn(page)).toEqual([]);
  });

  test('is escaped in each field alone, with ordinary text in all others', () => {
    // All samples of a stage have the same fields, so the first three are enough.
    const short: RunRecord = {
      ...ROLLED_BACK,
      stages: ROLLED_BACK.stages.map((reached) => ({
        ...reached,
        evidence: reached.evidence && { ...reached.evidence, series: reached.evidence.series.slice(0, 3) },
      })),
    };
    const paths = new Set<string>();
    withTexts(short, (text, path) => (paths.add(path.replace(/series\[\d+\]/, 'series[0]')), text));
    for (const wanted of paths) {
      const record = withTexts(short, (text, path) => (path === wanted ? MARKUP : text)) as RunRecord;
      expect(reportPage(record)).not.toMatch(/<script|<img|"'&(?!\w+;|#\d+;)/);
    }
  });

  test('has its control, bidirectional and invalid characters replaced', () => {
    const page = reportPage({ ...EMPTY, by: 'dana\u0000\u001b[31m\u202e\ud800\uffff\u0085' });
    expect(page).toContain('dana\ufffd\ufffd[31m\ufffd\ufffd\ufffd\ufffd');
    expect(reportPage({ ...EMPTY, by: '조현준 🐤' })).toContain('조현준 🐤');
  });

  test('can be the name of a JavaScript property such as __proto__', () => {
    const record = withTexts(PROMOTED, (text) =>
      text === '1.1' || text === 'gates' || text === 'promoted' ? '__proto__' : text,
    ) as RunRecord;
    expect(textOf(reportPage(record))).toContain('The rollout of canary-svc __proto__ ended: __proto__');
  });
});

describe('size', () => {
  const kilobytes = (record: RunRecord) => Buffer.byteLength(pageOf(record)) / 1000;

  test('many samples are thinned', () => {
    expect(TWO_DAYS.stages.reduce((sum, { evidence: seen }) => sum + seen!.series.length, 0)).toBe(60_000);
    expect(kilobytes(TWO_DAYS)).toBeLessThan(150);
  });

  test('long reasons, many objects and many pairs are cut, and the page says where the rest is', () => {
    const why = 'x'.repeat(100_000);
    const object = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'demo', name: 'a'.repeat(60) };
    const record: RunRecord = {
      ...PROMOTED,
      outcome: { ...PROMOTED.outcome!, why },
      pairs: Array.from({ length: 1000 }, () => PROMOTED.pairs[0]!),
      steps: PROMOTED.steps.map((done) => ({
        ...done,
        objects: Array.from({ length: 2000 }, () => ({ object, change: 'changed' as const })),
      })),
      decisions: PROMOTED.decisions.map((made) => ({ ...made, why })),
    };
    expect(kilobytes(record)).toBeLessThan(300);
    expect(textOf(reportPage(record))).toContain('And 950 more; run.json has all of them.');
    expect(textOf(reportPage(record))).toContain('and 1960 more; run.json has all of them');
  });

  test('thinning loses no request and never joins two stages', () => {
    const seen = bins(TWO_DAYS.stages, 90);
    expect(seen.length).toBeLessThan(100);
    const requests = seen.flatMap(({ versions }) => [...versions.values()]).reduce((sum, version) => sum + version.requests, 0);
    expect(requests).toBe(60_000 * 20);
    seen.slice(1).forEach((bin, n) => expect(bin.from).toBeGreaterThanOrEqual(seen[n]!.until));
    expect(new Set(seen.map(({ stage: which }) => which)).size).toBe(3);
  });

  test('a bin has the highest of the percentiles of its samples', () => {
    const seen = evidence({ folder: 'stage-10', asked: '1/10', percent: 50, seconds: 60 }, 0);
    const worst = Math.max(...seen.series.map(({ versions }) => versions['1.1']!.p95 ?? 0));
    const all = bins([{ ...PROMOTED.stages[0]!, evidence: seen }], 1);
    expect(all.map(({ versions }) => versions.get('1.1')!.p95)).toEqual([worst]);
  });
});

describe('scales', () => {
  test.each([
    [1, false, [0, 0.25, 0.5, 0.75, 1]],
    [0.05, false, [0, 0.02, 0.04, 0.06]],
    [48, false, [0, 20, 40, 60]],
    [4, true, [0, 1, 2, 3, 4]],
    [10, true, [0, 5, 10]],
    [300_000, true, [0, 100_000, 200_000, 300_000]],
  ])('the values of an axis up to %p are round', (largest, isWhole, expected) => {
    expect(roundValues(largest, isWhole).map((value) => Number(value.toFixed(6)))).toEqual(expected);
  });

  test.each([
    [0, '0 s'],
    [499, '0 s'],
    [59_600, '1 min'],
    [303_000, '5 min 3 s'],
    [3_600_000, '1 h'],
    [3_605_000, '1 h'],
    [90_061_000, '1 d 1 h'],
  ])('%p milliseconds are shown as %p', (milliseconds, text) => expect(duration(milliseconds).replaceAll('\u00a0', ' ')).toBe(text));

  test.each([
    [20, ['14:00:00', '14:00:05', '14:00:10', '14:00:15', '14:00:20']],
    [1388, ['14:00', '14:05', '14:10', '14:15', '14:20']],
    [180_000, ['03-03 00:00', '03-03 12:00', '03-04 00:00', '03-04 12:00']],
    [864_000, ['03-04', '03-06', '03-08', '03-10', '03-12']],
  ])('the time axis of %p seconds has round labels', (seconds, labels) => {
    const from = Date.parse(at(0));
    expect(ticks({ from, until: from + seconds * 1000 }, 5).map(({ label }) => label)).toEqual(labels);
  });
});

describe('writing', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'canary-report-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test('creates the folder and two files that all users can read, and leaves nothing else', async () => {
    const umask = process.umask(0o077);
    try {
      await writeRecord(join(folder, 'runs', 'one'), PROMOTED);
    } finally {
      process.umask(umask);
    }
    const runs = join(folder, 'runs', 'one');
    expect(readdirSync(runs).sort()).toEqual(['run.html', 'run.json']);
    expect(readdirSync(runs).map((name) => (statSync(join(runs, name)).mode & 0o777).toString(8))).toEqual(['644', '644']);
    expect(JSON.parse(readFileSync(join(runs, 'run.json'), 'utf8'))).toEqual(JSON.parse(JSON.stringify(PROMOTED)));
    expect(readFileSync(join(runs, 'run.html'), 'utf8')).toBe(reportPage(PROMOTED));
  });

  test('the last of several concurrent calls wins', async () => {
    const records = Array.from({ length: 20 }, (_, n): RunRecord => ({ ...EMPTY, id: `run-${n}` }));
    await Promise.all(records.map((record) => writeRecord(folder, record)));
    expect(JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8'))).toMatchObject({ id: 'run-19' });
    expect(readFileSync(join(folder, 'run.html'), 'utf8')).toContain('run-19');
  });

  test('a concurrent reader finds the one record or the other, and always a whole one', async () => {
    await writeRecord(folder, EMPTY);
    const pages = [reportPage(EMPTY), reportPage(PROMOTED)];
    let isOver = false;
    const writing = (async () => {
      for (let n = 0; n < 20; n++) {
        await writeRecord(folder, n % 2 === 0 ? PROMOTED : EMPTY);
      }
      isOver = true;
    })();
    let reads = 0;
    while (!isOver) {
      expect(pages.includes(readFileSync(join(folder, 'run.html'), 'utf8'))).toBe(true);
      reads++;
      await new Promise((next) => setImmediate(next));
    }
    await writing;
    expect(reads).toBeGreaterThan(1);
  });

  test('a write that fails throws and leaves nothing, and the next write succeeds', async () => {
    const blocked = join(folder, 'blocked');
    writeFileSync(blocked, '');
    await expect(writeRecord(blocked, EMPTY)).rejects.toThrow(/EEXIST|ENOTDIR/);
    rmSync(blocked);
    await writeRecord(blocked, EMPTY);
    expect(readdirSync(blocked).sort()).toEqual(['run.html', 'run.json']);
  });
});
