import { Fraction } from '../../lib/core/fraction';
import type { Status } from '../src/core/rollout/status';
import { RequestCounter } from '../src/core/traffic/request-counter';
import { TextProgress } from '../src/terminal/progress-text';
import { type MonitorState, liveText, summaryText, versionsTable } from '../src/terminal/monitor-text';
import { planText } from '../src/terminal/plan-text';
import { statusText } from '../src/terminal/status-text';
import { tableText } from '../src/terminal/table';
import { displayWidth, fold, liveView } from '../src/terminal/terminal';
import { health } from './support/pair-health';
import { trees } from './trees';

/** What the commands print in a terminal of 40 columns. */

const WIDTH = 40;
const plain = (_style: unknown, text: string) => text;

function evidence(versions = { stable: '1.0', canary: '1.1' }) {
  const counter = new RequestCounter(versions);
  for (let n = 0; n < 1_000; n += 1) {
    counter.add(0, { kind: 'answer', version: n % 10 ? versions.stable : versions.canary, isError: n % 10 === 0, milliseconds: 3 });
  }
  return counter.evidence({ from: '2026-01-01T00:00:00Z', until: '2026-01-01T00:01:40Z', source: 'http://192.0.2.10:8080/' });
}

const GATES = {
  verdict: 'inconclusive',
  checks: [
    { name: 'errors', verdict: 'fail', why: 'canary 100.0 % (100 of 100), stable 0.0 % (0 of 900); worse than stable' },
    { name: 'latency p95', verdict: 'inconclusive', why: 'canary 3.00 ms (0 to unknown), stable 3.00 ms (2.98 ms to 3.02 ms)' },
  ],
} as const;

const STATE: MonitorState = {
  pair: 'canary/shop',
  evidence: evidence(),
  seconds: 100,
  sent: 1_004,
  total: undefined,
  durationSeconds: 180,
  expectation: { share: Fraction.of(1, 10), from: '9:1 ready endpoints' },
  readings: [{ source: 'metrics.k8s.io', rows: [{ name: 'CPU', unit: 'cores', stable: 0.1, canary: undefined, why: 'no data' }] }],
  gates: GATES,
};

const STATUS: Status = {
  context: 'c',
  namespace: 'shop',
  position: { kind: 'at', folder: 'stage-10' },
  next: 'stage-25',
  pairs: [
    {
      path: 'canary/shop',
      service: 'shop',
      stable: health('canary-1-dep', 9, 9),
      canary: health('canary-2-dep', 0, 1),
      foreign: [],
      versions: { stable: '1.0', canary: '1.1' },
      share: { share: Fraction.of(1, 10), from: '9:1 ready endpoints' },
    },
  ],
  drift: [],
  holders: [],
  turned: undefined,
};

test('a table that is too wide becomes a block for each row', () => {
  const table = {
    header: ['stage', 'asked', 'pods'],
    rows: [
      ['stage-10', '10 %', '10'],
      ['stage-25', '25 %', ''],
    ],
  };
  expect(tableText(table)).toBe('stage     asked  pods\nstage-10  10 %   10\nstage-25  25 %');
  expect(tableText({ ...table, width: 21 })).toBe(tableText(table));
  expect(tableText({ ...table, width: 20, indent: ' ' })).toBe(' stage-10\n   asked  10 %\n   pods   10\n stage-25\n   asked  25 %');
});

test('a table that ends in a sentence keeps its columns while the sentence begins in the first half', () => {
  const table = { header: ['check', 'why'], rows: [['errors', 'one two three four five six']], endsInText: true };
  expect(tableText({ ...table, width: 20 })).toBe('check   why\nerrors  one two three four five six');
  expect(tableText({ ...table, width: 15 })).toBe('errors\n  one two three four five six');
});

test('the status has a block for each track', () => {
  const text = fold(statusText(STATUS, plain, WIDTH), WIDTH);
  expect(displayWidth(text)).toBeLessThanOrEqual(WIDTH);
  expect(text).toContain(
    [
      'canary/shop  stable',
      '  Deployment  canary-1-dep',
      '  version     1.0',
      '  ready       9/9',
      '  endpoints   9',
      '  state       ready',
    ].join('\n'),
  );
  expect(text).toContain('\ncanary\n  Deployment  canary-2-dep\n');
});

test('the plan has a block for each stage and each transition', () => {
  const text = fold(planText(trees.pods().plan, true, plain, WIDTH), WIDTH);
  expect(displayWidth(text)).toBeLessThanOrEqual(WIDTH);
  expect(text).toContain('\n  stage-10\n    asked               10 %\n    achieved            10 %\n    stable:canary       9:1\n');
  expect(text).toMatch(/\n {2}stage-0 {2}stage-10-up\n {4}fewest ready +\d+\n {4}most pods +\d+\n/);
});

test('monitor has the numbers of each version and a block for each check, live and at the end', () => {
  const summary = { ...STATE, verdict: GATES, notes: [] };
  for (const text of [liveText(STATE, plain, WIDTH), summaryText(summary, plain, true, WIDTH)].map((one) => fold(one, WIDTH))) {
    expect(displayWidth(text)).toBeLessThanOrEqual(WIDTH);
    expect(text).toMatch(/^requests {2}900 +100$/m);
    expect(text).toContain('errors  fail\n  canary 100.0 % (100 of 100), stable');
    expect(text).toContain('latency p95  inconclusive\n  canary 3.00 ms');
  }
});

test('versions with long names are below each other', () => {
  const text = versionsTable(evidence({ stable: 'sha-0f3b6c7d9e1a', canary: 'sha-4f3b6c7d9e1b' }), plain, WIDTH);
  expect(displayWidth(text)).toBeLessThanOrEqual(WIDTH);
  expect(text).toMatch(/^sha-0f3b6c7d9e1a stable\n {2}requests {2}900\n {2}share +90\.0 %\n/);
  expect(text).toMatch(/\nsha-4f3b6c7d9e1b canary\n {2}requests {2}100\n/);
});

test('run has a block for each check', () => {
  const lines: string[] = [];
  const note = (text: string) => void lines.push(text);
  const progress = new TextProgress({ print: note, note, show: () => undefined, isLive: true, paint: plain, width: WIDTH });
  progress.on({ type: 'question', folder: 'stage-10', evidence: evidence(), verdict: GATES });
  const text = fold(lines.join('\n'), WIDTH);
  expect(displayWidth(text)).toBeLessThanOrEqual(WIDTH);
  expect(text).toContain('     fail  errors\n       canary 100.0 % (100 of 100),\n         stable 0.0 %');
});

test('a screen has one count of requests: progress does not count those that are not answered yet', () => {
  const text = liveText(STATE, plain);
  expect(text).toContain('1,000 requests  100/180 s');
  expect(text).not.toContain('1,004');
});

describe('the live view', () => {
  /** Shows texts, and returns what the terminal is told. */
  function shown(texts: readonly (string | undefined)[], width = WIDTH): string[] {
    const told: string[] = [];
    const update = Object.assign((text: string) => void told.push(text), { clear: () => void told.push('(clear)') });
    const show = liveView(update, () => width);
    texts.forEach(show);
    return told;
  }

  test('rewrites lines in place while their number stays the same', () => {
    expect(shown(['a\nb\nc', 'a\nx\nc'])).toEqual(['a\nb\nc', 'a\nx\nc']);
  });

  test('is removed first if a sentence in the middle takes fewer lines, or more', () => {
    expect(shown(['a\none two three\nc', 'a\none\nc', 'a\none two three\nc'], 10)).toEqual([
      'a\none two\n  three\nc',
      '(clear)',
      'a\none\nc',
      '(clear)',
      'a\none two\n  three\nc',
    ]);
  });

  test('counts the lines of a word that the terminal must break', () => {
    expect(shown(['a\nxxxxxxxxxxxx\nc', 'a\nx\nc'], 10)).toEqual(['a\nxxxxxxxxxxxx\nc', '(clear)', 'a\nx\nc']);
  });

  test('removes the text if there is nothing to show', () => {
    expect(shown(['a', undefined, 'a'])).toEqual(['a', '(clear)', 'a']);
  });
});
