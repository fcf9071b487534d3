import { ApiObject } from 'cdk8s';
import { CanaryPair, type CanaryPairProps } from '../lib';
import { inChart, pairProps, synthesize } from './support/apps';

// A pair of somebody who comes from another tool for canary releases, whose objects are still in the app.

const beside = (apiVersion: string, kind: string, spec: object, props: Partial<CanaryPairProps> = {}) => {
  const metadata = { name: 'shop' };
  return () =>
    synthesize(
      inChart((chart) => {
        new CanaryPair(chart, 'pair', pairProps(props));
        new ApiObject(chart, 'tool', { apiVersion, kind, metadata, spec });
      }),
    );
};

const GUIDE = 'docs/guides/coming-from-argo-flagger.md';
const ARGO = `take Rollout shop out of the app, and delete it in the cluster with --cascade=orphan, so that the pods of shop serve until those of stage-0 are ready (${GUIDE})`;
const FLAGGER = `take Canary shop out of the app, and set revertOnDeletion of canary shop to true in the cluster and delete it, so that Flagger restores its target (${GUIDE})`;
const KRUISE = `take Rollout shop out of the app, and delete shop in the cluster while no release is in progress; its workload keeps its pods (${GUIDE})`;

const target = (name: string) => ({ targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name } });
const primary: Partial<CanaryPairProps> = { stable: { name: 'shop-primary', version: '1.0' } };
const service = (name: string): Partial<CanaryPairProps> => ({ service: { name, ports: [{ port: 80, targetPort: 8080 }] } });
const workload = {
  selector: { matchLabels: { app: 'shop' } },
  template: { metadata: { labels: { app: 'shop' } }, spec: { containers: [{ name: 'main', image: 'shop:1.0' }] } },
};

test.each<[string, () => unknown, string, string]>([
  ['Flagger’s primary', beside('flagger.app/v1beta1', 'Canary', target('shop'), primary), 'Deployment shop-primary', FLAGGER],
  [
    'Flagger’s Service of a version',
    beside('flagger.app/v1beta1', 'Canary', target('web'), service('web-canary')),
    'Service web-canary',
    FLAGGER,
  ],
  [
    'OpenKruise’s Service',
    beside('rollouts.kruise.io/v1beta1', 'Rollout', { strategy: { canary: { trafficRoutings: [{ service: 'shop' }] } } }),
    'Service shop',
    KRUISE,
  ],
  [
    'Argo’s workload',
    beside('argoproj.io/v1alpha1', 'Rollout', { workloadRef: { kind: 'Deployment', name: 'shop-a' } }),
    'Deployment shop-a',
    ARGO,
  ],
])('%s is named, with the way over', (_, declare, object, way) => {
  expect(declare).toThrow(`names ${object}, so its controller changes that object too and works against the plan; ${way}, or let it`);
});

test('a Rollout whose pods the Service selects is named, with the way over', () => {
  expect(beside('argoproj.io/v1alpha1', 'Rollout', workload)).toThrow(
    `Service shop also selects the pods of Rollout shop (chart/tool), so a part of the requests reaches neither track; ${ARGO}`,
  );
});

describe('a Rollout whose selector matches the pods of a pair without a Service', () => {
  const worker = { service: undefined, name: 'shop' };

  test('is named, with the way over', () => {
    expect(beside('argoproj.io/v1alpha1', 'Rollout', workload, worker)).toThrow(
      `Rollout shop, spec.selector selects the pods of Deployment shop-a, so both work on the same pods; ${ARGO}, or give the pair other selectorLabels`,
    );
  });

  test.each([
    ['other labels', 'argoproj.io/v1alpha1', JSON.parse(JSON.stringify(workload).replaceAll('"shop"', '"other"'))],
    ['no labels', 'argoproj.io/v1alpha1', { ...workload, selector: {} }],
    ['another kind', 'example.org/v1', workload],
  ])('does not matter with %s', (_, apiVersion, spec) => {
    expect(beside(apiVersion, 'Rollout', spec, worker)).not.toThrow();
  });
});
