import { ApiObject, type Chart, Include } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CanaryPair, type CanaryPairProps, IstioVirtualService, StableTrack } from '../lib';
import { inChart, pairProps, synthesize } from './support/apps';
import { freshFolder } from './support/fresh-folder';

// A Service of a pair selects the pods of its two tracks and no others.

const LABELS = { app: 'shop', tier: 'worker' };
const template = { metadata: { labels: LABELS }, spec: { containers: [{ name: 'main', image: 'worker:1' }] } };
const workload = { selector: { matchLabels: LABELS }, template };

/** The manifests of everything that can make pods. */
const WORKLOADS: Record<string, object> = {
  Deployment: { apiVersion: 'apps/v1', spec: workload },
  StatefulSet: { apiVersion: 'apps/v1', spec: { ...workload, serviceName: 'x' } },
  DaemonSet: { apiVersion: 'apps/v1', spec: workload },
  ReplicaSet: { apiVersion: 'apps/v1', spec: workload },
  ReplicationController: { apiVersion: 'v1', spec: { selector: LABELS, template } },
  Job: { apiVersion: 'batch/v1', spec: { template } },
  CronJob: { apiVersion: 'batch/v1', spec: { schedule: '@daily', jobTemplate: { spec: { template } } } },
  Pod: { apiVersion: 'v1', metadata: { name: 'x', labels: LABELS }, spec: template.spec },
  Rollout: { apiVersion: 'argoproj.io/v1alpha1', spec: workload },
  CloneSet: { apiVersion: 'apps.kruise.io/v1alpha1', spec: workload },
  ScaledJob: { apiVersion: 'keda.sh/v1alpha1', spec: { jobTargetRef: { template } } },
};

const manifest = (kind: string): any => ({ kind, metadata: { name: 'x' }, ...WORKLOADS[kind] });

const beside = (declare: (chart: Chart) => void, props: Partial<CanaryPairProps> = {}) =>
  synthesize(
    inChart((chart) => {
      new CanaryPair(chart, 'shop', pairProps(props));
      declare(chart);
    }),
  );

const refusal = (title: string) => `Service shop also selects the pods of ${title}, so a part of the requests reaches neither track`;

test.each(Object.keys(WORKLOADS))('the synth refuses a %s whose pods the Service selects too, alone and in a List', (kind) => {
  expect(() => beside((chart) => new ApiObject(chart, 'x', manifest(kind)))).toThrow(refusal(`${kind} x (chart/x)`));
  const list = { apiVersion: 'v1', kind: 'List', items: [{ apiVersion: 'v1', kind: 'List', items: [manifest(kind)] }] };
  expect(() => beside((chart) => new ApiObject(chart, 'x', list))).toThrow(refusal(`${kind} x (chart/x)`));
});

test('the synth refuses other constructs whose pods the Service selects too', () => {
  const podMetadata = { labels: { app: 'shop' } };
  expect(() =>
    beside((chart) => new kplus.Deployment(chart, 'x', { metadata: { name: 'x' }, podMetadata, containers: [{ image: 'worker:1' }] })),
  ).toThrow(refusal('Deployment x (chart/x/Resource)'));
  expect(() =>
    beside((chart) => new StableTrack(chart, 'x', { name: 'x', version: '1', image: 'worker:1', selectorLabels: { app: 'shop' } })),
  ).toThrow(refusal('Deployment x (chart/x/Deployment/Resource)'));
});

test('the synth refuses an included file whose pods the Service selects too', () => {
  const url = join(freshFolder(), 'x.yaml');
  writeFileSync(url, JSON.stringify(manifest('Deployment')));
  expect(() => beside((chart) => new Include(chart, 'file', { url }))).toThrow(refusal('Deployment x (chart/file/x-deployment)'));
});

test('the synth refuses two pairs that share their selector labels, for both of them', () => {
  const selectorLabels = { 'app.kubernetes.io/part-of': 'store' };
  const cart = pairProps({
    selectorLabels,
    service: { name: 'cart', ports: [{ port: 80, targetPort: 8080 }] },
    stable: { name: 'cart-a', version: '1.0' },
    canary: { name: 'cart-b', version: '1.1', image: 'shop:1.1' },
  });
  const declare = () => beside((chart) => new CanaryPair(chart, 'cart', cart), { selectorLabels });
  expect(declare).toThrow('Deployment cart-a (chart/cart/stable/Deployment/Resource), Deployment cart-b');
  expect(declare).toThrow('Service cart also selects the pods of Deployment shop-a');
});

test('a router does not change that', () => {
  expect(() =>
    synthesize(
      inChart((chart) => {
        new IstioVirtualService(chart, 'route', { pair: new CanaryPair(chart, 'shop', pairProps()) });
        new ApiObject(chart, 'x', manifest('Deployment'));
      }),
    ),
  ).toThrow(refusal('Deployment x (chart/x)'));
});

test('pods with other labels or in another namespace are not selected, and the finding can be accepted', () => {
  const other = manifest('Deployment');
  other.spec = { selector: { matchLabels: { app: 'other' } }, template: { ...template, metadata: { labels: { app: 'other' } } } };
  expect(beside((chart) => new ApiObject(chart, 'x', other)).plan.findings).toEqual([]);
  const elsewhere = { ...manifest('Deployment'), metadata: { name: 'x', namespace: 'elsewhere' } };
  expect(beside((chart) => new ApiObject(chart, 'x', elsewhere)).plan.findings).toEqual([]);
  const accepted = beside((chart) => new ApiObject(chart, 'x', manifest('Job')), {
    accept: { 'foreign-pods': 'the pods are never ready' },
  });
  expect(accepted.plan.findings).toEqual([expect.objectContaining({ code: 'foreign-pods', level: 'info' })]);
});
