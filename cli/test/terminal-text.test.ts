import { Fraction } from '../../lib/core/fraction';
import { MetricCounter } from '../src/core/prometheus/metric-counter';
import { UNBOUNDED } from '../src/core/statistics/quantiles';
import { lineText, liveText, summaryText, versionsTable } from '../src/terminal/monitor-text';
import type { Evidence } from '../src/core/traffic/evidence';
import { RequestCounter } from '../src/core/traffic/request-counter';
import type { RunEvent } from '../src/driver/events';
import { health, pairWith } from './support/pair-health';
import { statusText } from '../src/terminal/status-text';
import type { Status } from '../src/core/rollout/status';
import { TextProgress } from '../src/terminal/progress-text';
import { type Terminal, displayWidth, fold } from '../src/terminal/terminal';

/** A fake terminal that records the printed lines and the live text below them. */
function screen() {
  const lines: string[] = [];
  let moving: string | undefined;
  const terminal: Terminal = {
    print: (text) => void lines.push(text),
    note: (text) => void lines.push(text),
    show: (text) => (moving = text),
    isLive: true,
    paint: (_, text) => text,
  };
  return { terminal, lines, moving: () => moving };
}

/** Ten requests of each version. */
function evidenceOfRequests(): Evidence {
  const counter = new RequestCounter({ stable: '1.0', canary: '1.1' });
  for (let n = 0; n < 20; n += 1) {
    counter.add(0, { kind: 'answer', version: n % 2 ? '1.0' : '1.1', isError: false, milliseconds: 3 });
  }
  return counter.evidence({ from: '2026-01-01T00:00:00Z', until: '2026-01-01T00:00:10Z', source: 'a test' });
}

function evidence(): Evidence {
  const tally = new RequestCounter({ stable: '1.0', canary: '1.1' });
  return tally.evidence({ from: '2026-01-01T00:00:00Z', until: '2026-01-01T00:00:10Z', source: 'a test' });
}

const begin = (folder: string): RunEvent => ({ type: 'begin', folder, direction: 'advance', allowed: undefined });

const decision = (what: 'go on' | 'roll back', by: 'person' | 'pods' | 'gates', why: string): RunEvent => ({
  type: 'decision',
  folder: 'stage-25',
  decision: what,
  by,
  why,
});

describe('TextProgress', () => {
  const at = { kind: 'at', folder: 'stage-25' } as const;

  /** A run that holds stage-25 and measures it. */
  function duringHold() {
    const { terminal, moving } = screen();
    const progress = new TextProgress(terminal);
    progress.on(begin('stage-25'));
    progress.on({ type: 'state', position: at, pairs: pairWith(1) });
    progress.on({ type: 'arrived', folder: 'stage-25', holdMs: 30_000 });
    progress.on({ type: 'waiting', evidence: evidence() });
    return { progress, moving };
  }

  test('prints no duration if the pods were ready already, and prints nothing twice', () => {
    const { terminal, lines } = screen();
    const progress = new TextProgress(terminal);
    progress.on(begin('stage-25'));
    progress.on({ type: 'state', position: at, pairs: pairWith(0) });
    progress.on({ type: 'state', position: at, pairs: pairWith(1) });
    progress.on({ type: 'state', position: at, pairs: pairWith(1) });
    progress.on({ type: 'arrived', folder: 'stage-25', holdMs: 30_000 });
    progress.on(decision('go on', 'person', 'the answer at stage-25 was yes'));
    expect(lines).toEqual(['-> stage-25', '   ready: old 3/3  new 1/1', '   hold stage-25 for 30 s']);
  });

  test('shows no changing lines while a prompt is open, even if the cluster changes', () => {
    const { progress, moving } = duringHold();
    expect(moving()).toMatch(/1\.0 stable[^]*old 3\/3 {2}new 1\/1; 30 s left$/);
    progress.on({ type: 'question', folder: 'stage-25', evidence: evidence(), verdict: undefined });
    progress.on({ type: 'state', position: at, pairs: pairWith(1) });
    progress.on({ type: 'waiting', evidence: evidence() });
    expect(moving()).toBeUndefined();
    progress.on(begin('stage-50'));
    progress.on({ type: 'state', position: { kind: 'between', from: 'stage-25', to: 'stage-50' }, pairs: pairWith(0) });
    expect(moving()).toBe('   old 3/3  new 0/1');
  });

  test('discards the measurements of a stage that starts again', () => {
    const { progress, moving } = duringHold();
    progress.on({ type: 'restarted', folder: 'stage-25' });
    progress.on({ type: 'state', position: at, pairs: pairWith(0) });
    expect(moving()).toBe('   old 3/3  new 0/1');
  });

  test('prints checks in columns', () => {
    const { terminal, lines } = screen();
    new TextProgress(terminal).on({
      type: 'verdict',
      folder: 'stage-25',
      verdict: {
        verdict: 'inconclusive',
        checks: [
          { name: 'errors', verdict: 'inconclusive', why: 'canary answered no request' },
          { name: 'latency p95', verdict: 'pass', why: 'canary 3 ms, stable 3 ms' },
        ],
      },
    });
    expect(lines.join('\n').split('\n')).toEqual([
      '   stage-25: inconclusive',
      '     inconclusive  errors       canary answered no request',
      '     pass          latency p95  canary 3 ms, stable 3 ms',
    ]);
  });

  test('prints the reason of a rollback once: the checks show it if the gates decided', () => {
    const { terminal, lines } = screen();
    const progress = new TextProgress(terminal);
    progress.on(decision('roll back', 'pods', 'pod new-1: ImagePullBackOff'));
    progress.on(decision('roll back', 'gates', 'errors: canary 20.0 %'));
    expect(lines).toEqual(['   rolling back: pod new-1: ImagePullBackOff', '   rolling back']);
  });
});

describe('counters of another program', () => {
  const counted = new MetricCounter({ stable: '1.0', canary: '1.1' }, 5);
  const part = (requests: number, errors: number, upper: number) => ({
    requests,
    errors,
    buckets: [{ lower: 10, upper, answers: requests }],
  });
  counted.add(0, { stable: part(900, 9, 25), canary: part(100, 1, UNBOUNDED) });
  const about = { from: '2026-01-01T00:00:00.000Z', until: '2026-01-01T00:00:30.000Z', source: 'Prometheus at prometheus:9090 (istio)' };
  const state = {
    pair: 'canary/shop',
    evidence: counted.evidence(about),
    seconds: 30,
    sent: undefined,
    total: undefined,
    durationSeconds: 180,
    expectation: undefined,
    readings: [],
    gates: { verdict: 'pass', checks: [] } as const,
  };
  const noPaint = (_style: unknown, text: string) => text;

  test('are shown like requests that the probe sends, and an unknown slowest latency is a dash', () => {
    const text = liveText(state, noPaint).replace(/ +/g, ' ');
    expect(text).toContain('canary/shop Prometheus at prometheus:9090 (istio)\n');
    expect(text).toContain('█████░░░░░░░░░░░░░░░░░░░░░░░░░ 1,000 requests 30/180 s');
    expect(text).toContain('p95 24.3 ms 10.0 ms\n');
    expect(text).toContain('slowest 25.0 ms -\n');
    expect(lineText(state)).toBe('30/180 s  1,000  1.0: 900 (90.0 %, 9 errors, p95 24.3 ms)  1.1: 100 (10.0 %, 1 errors, p95 10.0 ms)');
  });

  test('are described as counted, not as sent', () => {
    const summary = { pair: state.pair, evidence: state.evidence, verdict: state.gates, expectation: undefined, readings: [], notes: [] };
    const first = (isSent: boolean) => summaryText(summary, noPaint, isSent).split('\n')[0];
    expect(first(false)).toBe('canary/shop: 1,000 requests in 30.0 s, as counted by Prometheus at prometheus:9090 (istio)');
    expect(first(true)).toBe('canary/shop: 1,000 requests in 30.0 s, to Prometheus at prometheus:9090 (istio)');
  });
});

test('the table of the versions has no confidence intervals if it would be too wide', () => {
  const noPaint = (_style: unknown, text: string) => text;
  const wide = versionsTable(evidenceOfRequests(), noPaint);
  const narrow = versionsTable(evidenceOfRequests(), noPaint, displayWidth(wide) - 1);
  expect(versionsTable(evidenceOfRequests(), noPaint, displayWidth(wide))).toBe(wide);
  expect(wide).toMatch(/^share {4} +50\.0 % \(/m);
  expect(narrow).toMatch(/^share {4} +50\.0 % +50\.0 %$/m);
  expect(displayWidth(narrow)).toBeLessThanOrEqual(40);
});

describe('the status', () => {
  const noPaint = (_style: unknown, text: string) => text;
  const status = (more: Partial<Status>): Status => ({
    context: 'c',
    namespace: 'shop',
    position: { kind: 'at', folder: 'stage-0' },
    next: 'stage-10',
    pairs: [
      {
        path: 'canary/shop',
        service: 'shop',
        foreign: [],
        stable: health('old', 3, 3),
        canary: health('new', 0, 0),
        versions: { stable: '1.0', canary: '1.1' },
        share: { share: Fraction.ZERO, from: '3:0 ready endpoints' },
      },
    ],
    drift: [],
    holders: [],
    turned: undefined,
    ...more,
  });

  test('says that a Deployment has no pods, instead of calling it ready', () => {
    const text = statusText(status({}), noPaint);
    expect(text).toMatch(/^canary\/shop +stable +old +1\.0 +3\/3 +3 +ready$/m);
    expect(text).toMatch(/^ +canary +new +1\.1 +0\/0 +0 +no pods$/m);
  });

  test('prints no table if nothing of the plan exists, but the command that creates it', () => {
    expect(statusText(status({ position: { kind: 'absent' }, next: 'stage-0' }), noPaint).split('\n')).toEqual([
      'nothing of this plan exists in namespace shop   next: stage-0   (shop, context c)',
      '',
      'kubectl canary advance --create   creates stage-0',
    ]);
    const holders = [{ identity: 'me (pid 1)', since: undefined, seconds: 15 }];
    expect(statusText(status({ position: { kind: 'absent' }, next: 'stage-0', holders }), noPaint)).toMatch(/held by me \(pid 1\)$/);
  });
});

describe('lines that are too long for a terminal', () => {
  test.each([
    ['a line that fits stays', 'ready: canary-1-dep 3/3', 30, 'ready: canary-1-dep 3/3'],
    ['words stay whole', 'the answer at stage-25 was no', 20, 'the answer at\n  stage-25 was no'],
    ['continuation lines are indented further', '   took over 8 fields of kubectl', 20, '   took over 8\n     fields of\n     kubectl'],
    [
      'the last column stays a column',
      'errors  pass  none of a hundred requests',
      30,
      'errors  pass  none of a\n              hundred requests',
    ],
    ['each line is folded by itself', 'one two\nthree four five', 10, 'one two\nthree four\n  five'],
    ['a word that is too long stays whole', 'see https://example.com/a/long/path now', 12, 'see\n  https://example.com/a/long/path\n  now'],
    ['colours have no width', '\u001b[31mred\u001b[39m and green', 13, '\u001b[31mred\u001b[39m and green'],
    ['wide characters take two columns', '카나리 배포 완료', 12, '카나리 배포\n  완료'],
    ['a number keeps its unit', 'a pass excludes 100.0 %; or 12 ms', 22, 'a pass excludes\n  100.0 %; or 12 ms'],
  ])('%s', (_, text, width, folded) => {
    expect(fold(text, width)).toBe(folded);
  });
});
