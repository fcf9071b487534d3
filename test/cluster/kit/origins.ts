import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { run } from '../../support/command';
import { buildGoModule } from '../../support/go-module';
import { HELM } from '../machine/programs';
import { clusterInfo } from './cluster-info';
import type { Namespace } from './namespace';

/** A way in which a service came to the cluster before anybody thought of canary releases. */
export interface Origin {
  readonly name: string;
  /** The name of its Deployment and its Service. */
  readonly service: string;
  /** Makes the service, whose image is `shop:1.0`. */
  readonly make: (namespace: Namespace) => Promise<unknown>;
  /** The manifests that `init` reads; undefined if it reads the cluster. */
  readonly manifests?: (namespace: Namespace) => Promise<string>;
  /** Whether the first apply must replace its pods, because they lack the label of their version. */
  readonly isRestarted: boolean;
  /** Whether its pods have a readiness probe and a preStop hook, without which a restart loses requests. */
  readonly hasHooks: boolean;
}

const FILES = resolve(__dirname, '..', 'adoption');

/** What `kubectl create deployment` cannot say and a service needs to lose no request, and the version that the demo reports. */
export const NEEDS = {
  env: [{ name: 'DEMO_VERSION', valueFrom: { fieldRef: { fieldPath: "metadata.labels['version']" } } }],
  readinessProbe: { httpGet: { path: '/healthz', port: 80 }, periodSeconds: 2 },
  lifecycle: { preStop: { sleep: { seconds: 5 } } },
};

/** Makes a service `shop` of three pods by kubectl alone. */
export async function createByKubectl(namespace: Namespace, needs: object): Promise<void> {
  await namespace.kubectl('create', 'deployment', 'shop', '--image=shop:1.0', '--replicas=3', '--port=80');
  await namespace.kubectl('set', 'resources', 'deployment/shop', '--requests=cpu=100m');
  const patch = { spec: { template: { spec: { containers: [{ name: 'shop', ...needs }] } } } };
  await namespace.kubectl('patch', 'deployment', 'shop', '--patch', JSON.stringify(patch));
  await namespace.kubectl('expose', 'deployment', 'shop', '--port=8080', '--target-port=80', '--type=LoadBalancer');
}

/** Runs Helm with settings of its own, so that those of this machine's user do not matter. */
async function helm(namespace: Namespace, ...words: string[]): Promise<string> {
  // The program was built before the cluster started: nothing can be downloaded from inside the cluster's network.
  const { folder } = await buildGoModule(HELM, () => undefined);
  const home = mkdtempSync(join(tmpdir(), 'canary-helm-'));
  const env = { ...process.env, HELM_CACHE_HOME: home, HELM_CONFIG_HOME: home, HELM_DATA_HOME: home };
  return run([join(folder, 'helm'), '--namespace', namespace.name, ...words], { env });
}

const OVERLAY = join(FILES, 'kustomize', 'overlay');
const CHART = join(FILES, 'chart');

/** The one that an ordinary run takes stands first. */
export const ORIGINS: readonly Origin[] = [
  {
    name: 'helm install',
    service: 'shop',
    make: (namespace) => helm(namespace, 'install', 'shop', CHART),
    manifests: (namespace) => helm(namespace, 'template', 'shop', CHART),
    isRestarted: true,
    hasHooks: true,
  },
  {
    name: 'kubectl create and expose',
    service: 'shop',
    make: (namespace) => createByKubectl(namespace, NEEDS),
    isRestarted: true,
    hasHooks: true,
  },
  {
    name: 'kubectl apply -k',
    service: 'shop-live',
    make: (namespace) => namespace.kubectl('apply', '-k', OVERLAY),
    manifests: () => run([clusterInfo.kubectl, 'kustomize', OVERLAY]),
    isRestarted: false,
    hasHooks: true,
  },
  {
    name: 'kubectl create, without a probe and a hook',
    service: 'shop',
    make: (namespace) => createByKubectl(namespace, { env: NEEDS.env }),
    isRestarted: true,
    hasHooks: false,
  },
];
