import type { RecordedWeight, RunRecord } from '../src/core/rollout/record';
import type { Status } from '../src/core/rollout/status';
import { Recorder } from '../src/driver/recorder';
import { JsonProgress } from '../src/terminal/progress-json';
import { TextProgress } from '../src/terminal/progress-text';
import { statusText } from '../src/terminal/status-text';
import type { Terminal } from '../src/terminal/terminal';
import { EMPTY } from './support/run-records';

// What people and programs see of the proof that a weight is in force.

const moved = { pair: 'shop', folder: 'stage-100', from: '1/2', to: '1', at: '2026-03-02T14:00:00.000Z', tookMs: 1_200 };
const SEEN: RecordedWeight = {
  ...moved,
  verdict: 'in force',
  by: ['pod envoy-a', 'pod envoy-b'],
  answers: 38,
  since: '2026-03-02T13:59:59.000Z',
};
const STALE: RecordedWeight = { ...moved, verdict: 'contradicted', by: [], answers: 9, why: 'pod envoy-b still serves 50 %' };
const UNPROVEN: RecordedWeight = { ...moved, verdict: 'not proven', by: [], answers: 0, why: 'not proven (reached 0 of 2): nothing' };

function printed(): { lines: string[]; terminal: Terminal } {
  const lines: string[] = [];
  const note = (line: string) => void lines.push(line);
  return { lines, terminal: { print: note, note, show: () => undefined, isLive: false, canAsk: false, paint: (_, text) => text } };
}

test.each<[RecordedWeight, string]>([
  [SEEN, '   100 % is in force after 1 s: seen by pod envoy-a, pod envoy-b, 38 answers'],
  [STALE, '   the weight is not in force yet: pod envoy-b still serves 50 %'],
  [UNPROVEN, '   the weight is not proven (reached 0 of 2): nothing; the run waits for --settle instead'],
])('a person reads a line for each verdict', (weight, line) => {
  const { lines, terminal } = printed();
  new TextProgress(terminal).on({ type: 'weight', weight });
  expect(lines).toEqual([line]);
});

test('a program gets an event for each verdict', () => {
  const { lines, terminal } = printed();
  new JsonProgress(terminal).on({ type: 'weight', weight: SEEN });
  expect(JSON.parse(lines[0]!)).toMatchObject({ type: 'weight', folder: 'stage-100', verdict: 'in force', by: SEEN.by, at: SEEN.at });
});

test('the record keeps all verdicts in their order', () => {
  const records: RunRecord[] = [];
  const recorder = new Recorder(EMPTY, {}, (record) => records.push(structuredClone(record)));
  [STALE, SEEN].forEach((weight) => recorder.on({ type: 'weight', weight }));
  expect(records.at(-1)!.weights).toEqual([STALE, SEEN]);
});

test.each<[Status['pairs'][number]['route'], RegExp]>([
  [{ isAccepted: true }, /^the route is accepted by all its parents; that every proxy serves its weights, only requests show$/m],
  [
    { isAccepted: false, why: 'HTTPRoute/shop: Gateway/infra/edge does not exist' },
    /^the weights are not in force: HTTPRoute\/shop: Gateway\/infra\/edge does/m,
  ],
])('the status says what the conditions of the route tell', (route, expected) => {
  const track = { name: 'x', wanted: 1, ready: 1, pods: 1, endpoints: 1, terminating: 0, isSettled: true, troubles: [] };
  const status: Status = {
    context: 'c',
    namespace: 'shop',
    position: { kind: 'at', folder: 'stage-10' },
    next: undefined,
    pairs: [{ path: 'shop', service: 'shop', stable: track, canary: track, foreign: [], versions: {}, share: { why: 'x' }, route }],
    drift: [],
    holders: [],
    turned: undefined,
  };
  expect(statusText(status, (_, words) => words)).toMatch(expected);
});
