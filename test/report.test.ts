import { Chart } from 'cdk8s';
import { CanaryApp, CanaryPair, IstioVirtualService, type Stage, type StageGateOptions, Weight } from '../lib';
import { pairProps } from './support/apps';
import { freshFolder } from './support/fresh-folder';

// Tests the text that a synth prints.

/** The text of a synth of this many pairs, each in a chart of its own; `isRouted` selects the pairs with a route. */
function told(pairs: number, isRouted: (n: number) => boolean = () => false, gatesAtHalf?: (n: number) => StageGateOptions): string {
  const written = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
  try {
    const app = new CanaryApp({ outdir: `${freshFolder()}/dist` });
    for (let n = 1; n <= pairs; n += 1) {
      const chart = new Chart(app, `chart-${String(n).padStart(2, '0')}`, { namespace: `space-${n}` });
      const pair = new CanaryPair(chart, 'shop', pairProps({ stages: stagesOf(gatesAtHalf?.(n)) }));
      if (isRouted(n)) {
        new IstioVirtualService(chart, 'route', { pair });
      }
    }
    app.synth();
    return written.mock.calls.map(([text]) => String(text)).join('');
  } finally {
    written.mockRestore();
  }
}

const stagesOf = (gates?: StageGateOptions): Stage[] => [{ weight: Weight.percent(50), gates }, { weight: Weight.percent(100) }];

const tables = (text: string) => text.split('\n').filter((line) => line.includes('stable:canary')).length;

test('pairs with the same plan share a table, and a pair with another plan has its own', () => {
  const text = told(3, (n) => n === 2);
  expect(tables(text)).toBe(2);
  expect(text.split('\n').filter((line) => line.startsWith('chart-'))).toEqual([
    'chart-01/shop (1.0 -> 1.1, by pods)',
    'chart-03/shop (1.0 -> 1.1, by pods)',
    'chart-02/shop (1.0 -> 1.1, by Istio route)',
  ]);
});

test('pairs with the same plan share a table, even with different gates', () => {
  const text = told(3, undefined, (n) => ({ errorMargin: n / 100 }));
  expect(tables(text)).toBe(1);
  expect(text.split('\n').filter((line) => line.startsWith('chart-'))).toHaveLength(3);
});

test('the report names ten of many pairs', () => {
  const text = told(13);
  expect(tables(text)).toBe(1);
  expect(text).toContain('chart-10/shop (1.0 -> 1.1, by pods)\nand 3 more\n');
  expect(text).not.toContain('chart-11/shop');
});
