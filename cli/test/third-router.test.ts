import '../../test/support/toy-schema';
import { type Chart, JsonPatch } from 'cdk8s';
import { parseAllDocuments } from 'yaml';
import { typed } from './support/in-process';
import { CanaryPair, IstioVirtualService } from '../../lib';
import { type Output, inChart, pairProps, synthesize } from '../../test/support/apps';
import { once } from '../../test/support/once';
import { ToyRoute, registerToyRouter } from '../../test/support/toy-router';

// The seam between routers and the rest. `test/cluster/suites/objects/third-router.test.ts` carries the same rollout out.

beforeAll(registerToyRouter);

const output = once((): Output =>
  synthesize(inChart((chart) => void new ToyRoute(chart, 'route', new CanaryPair(chart, 'shop', pairProps())))),
);

test('a synth plans by the weights of a third router, writes them and names the router', () => {
  const { plan, files } = output();
  const [pair] = plan.pairs;
  expect(pair!.router).toBe('toy');
  // Stable keeps its baseline, as behind any route.
  expect(pair!.stages.map(({ stable, canary }) => `${stable}:${canary}`)).toEqual(['3:1', '3:2', '3:3']);
  const shareIn = (folder: string) => {
    const objects = parseAllDocuments(files[`${folder}/chart.k8s.yaml`]!).map((document) => document.toJS() as Record<string, any>);
    return objects.find(({ kind }) => kind === 'ConfigMap')!['data'].canary as string;
  };
  expect(plan.order.advance.map(shareIn)).toEqual(plan.order.advance.map((folder) => pair!.states[folder]!.route!.canary));
});

test('the command reads the plan and names the third router', async () => {
  const { status, stdout, stderr } = await typed(['plan', output().outdir]);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toContain('by toy route');
});

test('the synth checks the objects of a third router, patches included', () => {
  const patched = () =>
    synthesize(
      inChart((chart: Chart) => {
        const route = new ToyRoute(chart, 'route', new CanaryPair(chart, 'shop', pairProps()));
        route.configMap.addJsonPatch(JsonPatch.replace('/data/service', 'other'));
      }),
    );
  expect(patched).toThrow('ConfigMap toy-route, data.service: got other');
});

test('a pair accepts only one router', () => {
  const both = inChart((chart: Chart) => {
    const pair = new CanaryPair(chart, 'shop', pairProps());
    new ToyRoute(chart, 'toy', pair);
    new IstioVirtualService(chart, 'istio', { pair });
  });
  expect(() => synthesize(both)).toThrow('must be a pair without a router');
});
