import { randomBytes } from 'node:crypto';
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { attempt, run, until } from '../../support/command';
import { RUN_LABEL } from '../machine/cluster-info';
import { Resource, create, get, merge, request } from './api';
import { clusterInfo } from './cluster-info';

/** The label that a Deployment's pods have, and no other's. */
export const DEPLOYMENT = 'cdk8s-canary/deployment';

/**
 * `kubectl apply` with the types that it has built in: from the schema that it would ask the server for it makes the same patches, and takes
 * ten times as much of the processor. `api.test.ts` has the one see that the other has nothing left to do.
 */
const APPLY = ['apply', '--openapi-patch=false', '--validate=false'] as const;

/** How many pods a Deployment has that are not going away, and how many of them are ready. */
export interface TrackPods {
  readonly ready: number;
  readonly pods: number;
}

/**
 * An address that no test of this run had before: the kernel remembers for minutes where it sent a client's connections,
 * and would go on sending there those that look the same.
 */
function nextAddress(): string {
  const taken = join(clusterInfo.results, 'addresses');
  mkdirSync(taken, { recursive: true });
  for (const address of clusterInfo.loadBalancers!) {
    try {
      // Other test files may be looking for one at the same time.
      writeFileSync(join(taken, address), '', { flag: 'wx' });
      return address;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
        throw error;
      }
    }
  }
  throw new Error(`the run has used up its ${clusterInfo.loadBalancers!.length} addresses for load balancers`);
}

/** A namespace of one test. */
export class Namespace {
  private constructor(readonly name: string) {}

  static async create(labels: Readonly<Record<string, string>> = {}): Promise<Namespace> {
    const namespace = new Namespace(`canary-${randomBytes(4).toString('hex')}`);
    const metadata = { name: namespace.name, labels: { ...labels, [RUN_LABEL]: clusterInfo.run } };
    await create('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata });
    // A pod cannot be made before the account that it runs as.
    await until('the default account', 30, () => namespace.object('v1', 'serviceaccounts', 'default'));
    return namespace;
  }

  /** Runs kubectl in this namespace; it must succeed. */
  kubectl(...words: string[]): Promise<string> {
    return run([clusterInfo.kubectl, '--namespace', this.name, ...words]);
  }

  /** The same, and gives it something to read. */
  kubectlWith(input: string, ...words: string[]): Promise<string> {
    return run([clusterInfo.kubectl, '--namespace', this.name, ...words], { input });
  }

  /** Runs kubectl in this namespace, whatever comes of it. */
  tryKubectl(...words: string[]) {
    return attempt([clusterInfo.kubectl, '--namespace', this.name, ...words]);
  }

  /** Applies as `kubectl apply -f` does, and as fast as it can. */
  apply(path: string): Promise<string> {
    return this.kubectl(...APPLY, '-f', path);
  }

  /** The same with manifests that no file holds. */
  applyText(text: string): Promise<string> {
    return this.kubectlWith(text, ...APPLY, '-f', '-');
  }

  /** Lets no pod be made: where what is asked is what the API server holds, pods would only cost time. */
  async withoutPods(): Promise<void> {
    await this.limitPods(0);
  }

  /** Leaves room for so many pods, and no more. */
  async limitPods(pods: number): Promise<void> {
    const quota = { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'pods' }, spec: { hard: { pods: String(pods) } } };
    await create(this.path('v1', 'resourcequotas'), quota);
  }

  /** Waits for Deployments as docs/tutorial.md does. */
  async ready(...deployments: string[]): Promise<void> {
    for (const name of deployments) {
      await this.kubectl('rollout', 'status', `deploy/${name}`, '--timeout=120s');
    }
  }

  /** Waits until no pod is going away. */
  async gone(): Promise<void> {
    const goes = (pods: Resource[]) => pods.some(({ metadata }) => metadata.deletionTimestamp);
    await until('pods that are going away', 60, async () => (goes(await this.list('v1', 'pods')) ? undefined : true), 200);
  }

  /** The path of a kind's list in this namespace, such as `/apis/apps/v1/namespaces/x/deployments`. */
  path(group: string, kinds: string): string {
    return `${group === 'v1' ? '/api/v1' : `/apis/${group}`}/namespaces/${this.name}/${kinds}`;
  }

  async list(group: string, kinds: string, query = ''): Promise<Resource[]> {
    return (await get(`${this.path(group, kinds)}${query}`))['items'] as Resource[];
  }

  object(group: string, kinds: string, name: string): Promise<Resource> {
    return get(`${this.path(group, kinds)}/${name}`);
  }

  /** The identities of the pods with such labels that are not going away, in order. */
  async podsThatStay(selector: string): Promise<string[]> {
    const pods = await this.list('v1', 'pods', `?labelSelector=${encodeURIComponent(selector)}`);
    return pods
      .filter(({ metadata }) => !metadata.deletionTimestamp)
      .map(({ metadata }) => metadata.uid as string)
      .sort();
  }

  /** The addresses of a Service's endpoints that take traffic. */
  async readyEndpoints(service: string): Promise<string[]> {
    const slices = await this.list('discovery.k8s.io/v1', 'endpointslices', `?labelSelector=kubernetes.io/service-name%3D${service}`);
    const endpoints = slices.flatMap((slice) => (slice['endpoints'] ?? []) as Resource[]);
    return endpoints.filter((one) => one['conditions'].ready).flatMap((one) => one['addresses'] as string[]);
  }

  /**
   * Gives a Service of type LoadBalancer its address, as a cloud would, and returns its URL once the node knows it. A connection that is
   * tried before leads nowhere, and for two minutes the kernel sends there whatever has the same port of the client's.
   */
  async balance(service: string): Promise<string> {
    const ip = nextAddress();
    await merge(`${this.path('v1', 'services')}/${service}/status`, { status: { loadBalancer: { ingress: [{ ip }] } } });
    await until(`rules of kube-proxy for ${ip}`, 30, async () =>
      (await run(['iptables-save'])).includes(`-d ${ip}/32 `) ? true : undefined,
    );
    const { spec } = await this.object('v1', 'services', service);
    return `http://${ip}:${spec.ports[0].port}`;
  }

  /** Writes down what a failed test leaves, and returns the folder. */
  async keep(test: string): Promise<string> {
    const folder = join(clusterInfo.results, 'failed', test.replace(/[^\w.-]+/g, '-').slice(0, 100));
    mkdirSync(folder, { recursive: true });
    const kinds = 'deployments,replicasets,pods,services,endpointslices,poddisruptionbudgets,horizontalpodautoscalers';
    const routes = clusterInfo.istioctl ? ',virtualservices,destinationrules' : '';
    writeFileSync(join(folder, 'objects.yaml'), (await this.tryKubectl('get', kinds + routes, '-o', 'yaml')).stdout);
    writeFileSync(join(folder, 'events.txt'), (await this.tryKubectl('get', 'events', '--sort-by=.lastTimestamp')).stdout);
    for (const pod of await this.list('v1', 'pods')) {
      const { name } = pod['metadata'] as { name: string };
      for (const previous of [[], ['--previous']]) {
        appendFileSync(join(folder, `${name}.log`), (await this.tryKubectl('logs', name, '--all-containers', ...previous)).stdout);
      }
    }
    return folder;
  }

  /** Takes everything away, without the time that pods are given otherwise. */
  async remove(): Promise<void> {
    // No pod is made any more where the namespace is going.
    await request('DELETE', `/api/v1/namespaces/${this.name}`);
    await request('DELETE', `${this.path('v1', 'pods')}?gracePeriodSeconds=1`);
    await until('the pods to go', 60, async () => ((await this.list('v1', 'pods')).length === 0 ? true : undefined), 200);
  }
}
