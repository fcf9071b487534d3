import type { Ended, RunEvent } from '../src/driver/events';
import { publishTo } from '../src/driver/events';
import { Recorder } from '../src/driver/recorder';
import type { RunRecord } from '../src/core/rollout/record';
import { nextCommands } from '../src/core/rollout/next-commands';
import { recordsOf, objectsOf as stepsOf } from '../src/core/rollout/rollback-record';
import { JsonProgress } from '../src/terminal/progress-json';
import { TextProgress } from '../src/terminal/progress-text';
import type { Terminal } from '../src/terminal/terminal';
import { pairWith } from './support/pair-health';
import { objectsOf, trees } from './trees';

const measured = { verdict: { verdict: 'pass', checks: [] }, evidence: undefined, gates: undefined } as const;
const object = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'new' };
const ended: Ended = { result: 'at-stage', code: 0, why: 'stage-25 was the goal', folder: 'stage-25', next: ['kubectl canary run'] };

/** One stage of a run, whose measurement starts again once. */
const EVENTS: readonly RunEvent[] = [
  { type: 'state', position: { kind: 'at', folder: 'stage-0' }, pairs: pairWith(1) },
  { type: 'begin', folder: 'stage-25', direction: 'advance', allowed: { fewestReady: 3, mostPods: 5 } },
  { type: 'applied', object, applied: { change: 'changed', object: {}, takenOver: [], removed: [] } },
  { type: 'state', position: { kind: 'between', from: 'stage-0', to: 'stage-25' }, pairs: pairWith(0) },
  { type: 'state', position: { kind: 'at', folder: 'stage-25' }, pairs: pairWith(1) },
  { type: 'state', position: { kind: 'at', folder: 'stage-25' }, pairs: pairWith(1) },
  { type: 'arrived', folder: 'stage-25', holdMs: 1_000 },
  { type: 'restarted', folder: 'stage-25' },
  { type: 'state', position: { kind: 'at', folder: 'stage-25' }, pairs: pairWith(1) },
  { type: 'arrived', folder: 'stage-25', holdMs: 1_000 },
  { type: 'waiting', evidence: undefined },
  { type: 'note', text: 'a \u001b[31mnote' },
  { type: 'verdict', folder: 'stage-25', verdict: measured.verdict },
  { type: 'left', folder: 'stage-25', measured },
  { type: 'decision', folder: 'stage-25', by: 'option', decision: 'go on', why: '--yes' },
  { type: 'end', ...ended },
];

function published(): { text: string[]; json: Record<string, unknown>[]; record: RunRecord; writes: number } {
  const [text, json]: [string[], string[]] = [[], []];
  const terminal = (lines: string[]): Terminal => ({
    print: (line) => void lines.push(line),
    note: (line) => void lines.push(line),
    show: () => undefined,
    isLive: true,
    canAsk: true,
    paint: (_, line) => line,
  });
  let record: RunRecord | undefined;
  let writes = 0;
  const head = { version: 1, id: 'x', tool: 't', command: 'run', by: 'me', context: 'c', namespace: 'shop', plan: '', pairs: [] } as const;
  const recorder = new Recorder({ ...head, startedAt: '2026-01-01T00:00:00Z' }, { 'stage-25': '1/4' }, (written) => {
    record = written;
    writes += 1;
  });
  const publish = publishTo([new TextProgress(terminal(text)), new JsonProgress(terminal(json)), recorder]);
  EVENTS.forEach(publish);
  return { text, json: json.map((line) => JSON.parse(line) as Record<string, unknown>), record: record!, writes };
}

test('the terminal prints a run as lines', () => {
  expect(published().text).toEqual([
    '-> stage-25',
    '   Deployment/new changed',
    '   ready: old 3/3  new 1/1',
    '   hold stage-25 for 1 s',
    '   stage-25 is no longer ready; its measurements are discarded, and the hold starts again when all pods are ready',
    '   ready: old 3/3  new 1/1',
    '   hold stage-25 for 1 s',
    '   a note',
    '   stage-25: pass',
    'at stage-25: stage-25 was the goal',
    '  kubectl canary run',
  ]);
});

test('the JSON output has each event once, with its time, and the state only if it changed', () => {
  const { json } = published();
  expect(json.map(({ type }) => type)).toEqual([
    ...['state', 'begin', 'applied', 'state', 'state', 'arrived', 'restarted', 'arrived', 'note', 'verdict', 'end'],
  ]);
  expect(json.every(({ at }) => !Number.isNaN(Date.parse(String(at))))).toBe(true);
  expect(json.at(-1)).toMatchObject(ended);
});

test('the record has the step, the stage once although its measurement started again, the decision and the end', () => {
  const { record, writes } = published();
  expect(record.steps).toMatchObject([
    { folder: 'stage-25', fewestReady: 3, mostPods: 4, allowed: { fewestReady: 3, mostPods: 5 }, objects: [{ object, change: 'changed' }] },
  ]);
  expect(record.steps[0]!.endedAt).toBeDefined();
  expect(record.stages).toMatchObject([{ folder: 'stage-25', asked: '1/4' }]);
  expect(record.stages[0]!.leftAt).toBeDefined();
  expect(record.decisions).toMatchObject([{ folder: 'stage-25', by: 'option', decision: 'go on', why: '--yes' }]);
  expect(record.outcome).toEqual({ result: 'at-stage', exitCode: 0, folder: 'stage-25', why: 'stage-25 was the goal' });
  // begin, the end of the step, arrived, left, decision, end.
  expect(writes).toBe(6);
});

describe('nextCommands', () => {
  const stepsBack = stepsOf(recordsOf(objectsOf(trees.pods())), 'default');
  const next = (result: Parameters<typeof nextCommands>[0], more: Partial<Parameters<typeof nextCommands>[2]> = {}) =>
    nextCommands(
      result,
      { kind: 'at', folder: 'stage-100' },
      { stepsBack, dir: 'dist', flags: [], fieldManager: 'kubectl-canary', ...more },
    );

  test('names nothing to do at a stage, and after a refusal', () => {
    expect([next('at-stage'), next('refused')]).toEqual([[], []]);
  });

  test('quotes the flags that reach the same cluster, and the folder unless it is the default', () => {
    const lines = next('paused', { dir: 'out put', flags: ['--context', "it's"] });
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(/^kubectl canary run --dir 'out put' --context 'it'\\''s' {2,}\S/);
    expect(lines[1]).toMatch(/^kubectl canary rollback --dir 'out put' --context 'it'\\''s' {2,}\S/);
    expect(next('promoted')[0]).toMatch(/^kubectl canary cleanup {2,}\S/);
  });

  test('gives the rollback as kubectl commands, folder by folder, with a wait for stable after each', () => {
    const lines = next('rollback-failed', { dir: 'out/', flags: ['--context', 'c'], fieldManager: 'me' });
    expect(lines[0]).toBe('to roll back by hand:');
    const patches = lines.filter((line) => line.includes(' patch '));
    const folders = patches.map((line) => /"cdk8s-canary\/stage":"([^"]+)"/.exec(line)?.[1]);
    expect(folders).toEqual(['rollback/from-stage-100', 'rollback/from-stage-100', 'stage-0', 'stage-0']);
    expect(patches.every((line) => line.includes('--type=merge --field-manager=me --context c '))).toBe(true);
    expect(patches.every((line) => / deployment\.apps\/canary-\d-dep --patch '\{/.test(line) && !line.includes('template'))).toBe(true);
    expect(lines.filter((line) => line.includes(' rollout status ')).every((line) => line.includes(' deploy/'))).toBe(true);
    expect(lines).toHaveLength(7);
  });

  test('goes to stage-0 if the cluster matches no folder', () => {
    const lines = nextCommands(
      'rollback-failed',
      { kind: 'unrecognized', why: 'x', next: [] },
      { stepsBack, dir: 'dist', flags: [], fieldManager: 'kubectl-canary' },
    );
    expect(lines[1]).toContain('"cdk8s-canary/stage":"stage-0"');
  });
});
