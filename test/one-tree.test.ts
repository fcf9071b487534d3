import { ApiObject, App, type Chart } from 'cdk8s';
import { CanaryPair, IstioVirtualService, Stages } from '../lib';
import { type Written, byNameWithoutDigest, inChart, pairProps, synthesize } from './support/apps';
import { declareRandomApp } from './support/random-app';
import { amountOf } from './support/sampling';

// A synth renders its tree once. Every stage must equal the result of rendering the tree for that stage alone.

/** The objects of one stage that plain cdk8s renders from the same declarations. */
function fromScratch(seed: number, folder: string): Written[] {
  const app = new App();
  Stages.select(app, folder);
  declareRandomApp(app, seed);
  return app.node.children.flatMap((chart) => (chart as Chart).toJson() as Written[]);
}

test.each(Array.from({ length: amountOf('one tree: random apps') }, (_, seed) => [seed + 1]))(
  'random app %i: every folder has the objects that plain cdk8s renders for it',
  (seed) => {
    const output = synthesize((app) => declareRandomApp(app, seed));
    for (const folder of output.folders()) {
      expect({ folder, objects: byNameWithoutDigest(output.objects(folder)) }).toEqual({
        folder,
        objects: byNameWithoutDigest(fromScratch(seed, folder)),
      });
    }
  },
);

describe('the number of calls in a synth', () => {
  /** The number of renderings in a synth of this many pairs with these stages. */
  function renderings(pairs: number, percentages: readonly number[]): number {
    const spy = jest.spyOn(ApiObject.prototype, 'toJson');
    try {
      synthesize(
        inChart((chart) => {
          for (let n = 0; n < pairs; n += 1) {
            const names = {
              service: { name: `shop-${n}`, ports: [{ port: 80, targetPort: 8080 }] },
              stages: Stages.percent(...percentages),
            };
            const tracks = pairProps({ ...names });
            const pair = new CanaryPair(chart, `pair-${n}`, {
              ...tracks,
              stable: { ...tracks.stable, name: `shop-${n}-a` },
              canary: { ...tracks.canary!, name: `shop-${n}-b` },
            });
            new IstioVirtualService(chart, `route-${n}`, { pair });
          }
        }),
      );
      return spy.mock.calls.length;
    } finally {
      spy.mockRestore();
    }
  }

  test('does not depend on the number of stages', () => {
    expect(renderings(2, [1, 2, 5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100])).toBe(renderings(2, [50, 100]));
  });

  test('grows by the same number with each pair', () => {
    const [one, two, ten] = [renderings(1, [10, 100]), renderings(2, [10, 100]), renderings(10, [10, 100])];
    expect(two - one).toBe(one);
    expect(ten).toBe(10 * one);
  });

  test('is one for the validation of a construct', () => {
    let asked = 0;
    synthesize(
      inChart((chart) => {
        chart.node.addValidation({ validate: () => ((asked += 1), []) });
        new CanaryPair(chart, 'shop', pairProps());
      }),
    );
    expect(asked).toBe(1);
  });
});
