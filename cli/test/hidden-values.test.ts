import { conflictsText, extrasText } from '../src/cluster/apply-errors';
import { HiddenValues, withoutSecrets } from '../src/core/text/hidden-values';
import { showValue } from '../src/core/text/show-value';
import type { RunEvent } from '../src/driver/events';
import { JsonProgress } from '../src/terminal/progress-json';
import { TextProgress } from '../src/terminal/progress-text';
import type { Terminal } from '../src/terminal/terminal';

/** Literal values of variables that look like secrets are on no terminal and in no output for programs. */

const VALUE = 'hunter2';
const CONTAINER = '.spec.template.spec.containers[name="web"]';

describe('a field is shown without a secret', () => {
  test.each<[string, unknown, string]>([
    [`${CONTAINER}.env[name="DB_PASSWORD"].value`, VALUE, '"(hidden)"'],
    [`${CONTAINER}.env[name="DB_PASSWORD"]`, { name: 'DB_PASSWORD', value: VALUE }, '{"name":"DB_PASSWORD","value":"(hidden)"}'],
    ['.spec.template.spec.containers[web].env[DB_PASSWORD].value', VALUE, '"(hidden)"'],
    ['.spec.template.spec.containers', [{ env: [{ name: 'A_TOKEN', value: VALUE }] }], '[{"env":[{"name":"A_TOKEN","value":"(hidden)"}]}]'],
    [`${CONTAINER}.env[name="LEVEL"].value`, 'info', '"info"'],
    [`${CONTAINER}.env[name="DB_PASSWORD"].valueFrom.secretKeyRef.name`, 'database', '"database"'],
    ['.spec.replicas', 3, '3'],
    ['.spec.paused', undefined, 'nothing'],
  ])('%s', (field, value, expected) => {
    expect(showValue(value, field)).toBe(expected);
  });
});

test('values that differ still differ, and equal ones are equal', () => {
  const hidden = new HiddenValues();
  const shown = [VALUE, 'other', VALUE].map((value) => hidden.in({ env: [{ name: 'A_TOKEN', value }] }));
  expect(shown[0]).toEqual({ env: [{ name: 'A_TOKEN', value: '(hidden)' }] });
  expect(shown[1]).toEqual({ env: [{ name: 'A_TOKEN', value: '(hidden, value 2)' }] });
  expect(shown[2]).toEqual(shown[0]);
  expect(withoutSecrets(undefined, '.spec')).toBeUndefined();
});

test('what an apply took over is told without the value', () => {
  const lines: string[] = [];
  const write = (text: string | undefined) => void lines.push(text ?? '');
  const terminal: Terminal = { print: write, note: write, show: write, isLive: false, canAsk: false, paint: (_, text) => text };
  const field = `${CONTAINER}.env[name="DB_PASSWORD"].value`;
  const extra = { field, path: [], live: VALUE, managers: ['kubectl-set'], isForeign: false };
  const conflict = { field, manager: 'helm', live: VALUE, wanted: `${VALUE}!`, isOurs: false };
  const object = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'apps', name: 'web' };
  const event: RunEvent = { type: 'applied', object, applied: { change: 'changed', object: {}, takenOver: [conflict], removed: [extra] } };
  [new TextProgress(terminal), new JsonProgress(terminal)].forEach((progress) => progress.on(event));
  write(conflictsText([conflict], 'stage-0'));
  write(extrasText([extra]));
  expect(lines.filter((line) => line.includes('(hidden)'))).toHaveLength(5);
  expect(lines.join('\n')).not.toContain(VALUE);
});
