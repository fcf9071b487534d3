import { DEFAULT_GATES } from '../../lib/core/gates/settings';
import { RequestCounter } from '../src/core/traffic/request-counter';
import { LiveGates } from '../src/monitor/live-gates';

test('a verdict counts the same requests as the evidence at the same moment', () => {
  const counter = new RequestCounter({ stable: '1.0', canary: '1.1' });
  const evidence = () => counter.evidence({ from: '2026-01-01T00:00:00Z', until: '2026-01-01T00:00:01Z', source: 'a test' });
  const gates = new LiveGates(evidence, { settings: DEFAULT_GATES, tests: 1, isAlone: false, expected: undefined });
  for (const total of [10, 30]) {
    while (counter.requests < total) {
      counter.add(0, { kind: 'answer', version: counter.requests % 2 ? '1.0' : '1.1', isError: false, milliseconds: 3 });
    }
    const errors = gates.verdict().checks.find(({ name }) => name === 'errors')!;
    expect(errors.why).toContain(`canary 0.0 % (0 of ${total / 2}), stable 0.0 % (0 of ${total / 2})`);
    expect(evidence().versions.map(({ requests }) => requests)).toEqual([total / 2, total / 2]);
  }
  gates.stop();
  const counted = gates.log.blocks.reduce((sum, { stable, canary }) => sum + stable.requests + canary.requests, 0);
  expect(counted).toBe(30);
});
